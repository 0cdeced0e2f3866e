"""Berlin's calendar for the invented world: local times and German working days. Pure."""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def berlin(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """That time of day in Berlin, as aware UTC."""
    return datetime.combine(day, time(hour, minute, second), BERLIN).astimezone(UTC)


def local_date(at: datetime) -> date:
    """The German calendar day of a moment."""
    return at.astimezone(BERLIN).date()


@cache
def _holidays() -> Container[date]:
    import holidays  # half a second: not for those who only import the simulator

    return holidays.country_holidays("DE")


@cache
def is_working_day(day: date) -> bool:
    """Monday to Friday and no nationwide German holiday."""
    return day.weekday() < 5 and day not in _holidays()


@cache
def working_day_after(day: date, count: int = 1) -> date:
    """The `count`-th working day after `day`, which itself never counts."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def full_working_days_over(day: date, count: int) -> datetime:
    """The midnight (aware UTC) at which `count` full working days after `day` have passed."""
    return berlin(working_day_after(day, count) + timedelta(days=1))
