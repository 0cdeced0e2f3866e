"""Quiet hours and courtesy hours: nobody is mailed at night, and nothing is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.domain.hours import CourtesyHours, QuietHours
from models.domain.workdays import Workdays

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(21), time(7), BERLIN)

moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """A German time in October 2026."""
    return datetime(2026, 10, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (berlin(12, 20, 59), None),
        (berlin(12, 21), berlin(13, 7)),
        (berlin(12, 23, 59), berlin(13, 7)),
        (berlin(13, 0), berlin(13, 7)),
        (berlin(13, 6, 59), berlin(13, 7)),
        (berlin(13, 7), None),
        (berlin(13, 12), None),
        (berlin(31, 22), datetime(2026, 11, 1, 7, tzinfo=BERLIN)),
    ],
)
def test_the_night_ends_in_the_morning(now: datetime, until: datetime | None) -> None:
    """What is found at 23:00 is mailed at 07:00."""
    assert NIGHT.until(now) == until
    if until is not None:
        assert NIGHT.until(now.astimezone(UTC)) == until


def test_quiet_hours_may_lie_within_a_day() -> None:
    """A rest after lunch is quiet too."""
    rest = QuietHours(time(12, 30), time(14), BERLIN)
    assert rest.until(berlin(12, 12, 29)) is None
    assert rest.until(berlin(12, 13)) == berlin(12, 14)
    assert rest.until(berlin(12, 14)) is None
    assert rest.until(berlin(12, 23)) is None


def test_equal_times_are_no_quiet_hours() -> None:
    """`07:00-07:00` does not silence the program for ever."""
    never = QuietHours(time(7), time(7), BERLIN)
    assert [never.until(berlin(12, hour)) for hour in range(24)] == [None] * 24


@pytest.mark.parametrize(("day", "month", "hours"), [(29, 3, 9), (25, 10, 11)])
def test_a_night_with_a_clock_change_ends_at_seven(day: int, month: int, hours: int) -> None:
    """It is an hour shorter or longer, and ends at the same time of the day."""
    evening = datetime(2026, month, day, 21, tzinfo=BERLIN) - timedelta(days=1)
    until = NIGHT.until(evening)
    assert until == datetime(2026, month, day, 7, tzinfo=BERLIN)
    assert until is not None
    assert until - evening.astimezone(UTC) == timedelta(hours=hours)


@given(moments, times, times)
@example(datetime(2026, 10, 25, 0, 10, tzinfo=UTC), time(22), time(2, 30))
@example(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), time(22), time(2, 30))
@example(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), time(22), time(2, 30))
def test_quiet_always_ends(now: datetime, start: time, end: time) -> None:
    """Its end lies ahead, within about a day, and is not quiet itself."""
    hours = QuietHours(start, end, BERLIN)
    until = hours.until(now)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=25)
    assert until.utcoffset() == timedelta(0)
    assert hours.until(until) is None or until.astimezone(BERLIN).hour in (1, 2, 3)


@given(moments)
def test_a_day_is_never_quiet(now: datetime) -> None:
    """Between 07:00 and 21:00 nothing is held back."""
    by_day = time(7) <= now.astimezone(BERLIN).time() < time(21)
    assert (NIGHT.until(now) is None) is by_day


COURTESY = CourtesyHours(time(8), time(20), BERLIN, Workdays("BY").is_day_of_rest)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-10-19T05:59", "2026-10-19T06:00"),  # a Monday, before eight
        ("2026-10-19T06:00", None),
        ("2026-10-19T17:59", None),
        ("2026-10-19T18:00", "2026-10-20T06:00"),
        ("2026-10-17T12:00", None),  # a Saturday is fine
        ("2026-10-17T19:00", "2026-10-19T06:00"),  # its evening is followed by a Sunday
        ("2026-10-24T19:00", "2026-10-26T07:00"),  # the clocks go back meanwhile
        ("2026-12-24T20:00", "2026-12-28T07:00"),  # two holidays and a Sunday
        ("2027-01-06T12:00", "2027-01-07T07:00"),  # Epiphany, in Bavaria alone
    ],
)
def test_customers_are_written_to_by_day_and_not_on_days_of_rest(
    now: str, then: str | None
) -> None:
    """Never at night, on a Sunday or a holiday of the Land."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    expected = datetime.fromisoformat(then).replace(tzinfo=UTC) if then else None
    assert COURTESY.until(moment) == expected


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)))
def test_the_moment_that_is_named_is_one_to_write(now: datetime) -> None:
    """Whoever waits until then need not wait again."""
    until = COURTESY.until(now)
    if until is not None:
        assert until > now
        assert COURTESY.until(until) is None
