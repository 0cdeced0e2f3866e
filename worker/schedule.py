"""What is due when: the scheduled jobs and the arithmetic of their slots. Pure.

A schedule is `every 30m`, `every 2h`, or five cron fields in local time (`40 8 * * *`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


@dataclass(frozen=True)
class Schedule:
    """When a job runs. `at_first_start`: also at once when it has never run."""

    job: str
    text: str
    timezone: ZoneInfo
    at_first_start: bool = False

    def __post_init__(self) -> None:
        self._check()

    @property
    def interval(self) -> timedelta | None:
        """The distance of an `every …` schedule, None for cron fields."""
        if match := re.fullmatch(r"every\s+(\d+)\s*([smh])", self.text.strip()):
            return timedelta(**{_UNITS[match[2]]: int(match[1])})
        return None

    def trigger(self) -> BaseTrigger:
        """For APScheduler: fires at the slots of this schedule."""
        return _AtSlots(self)

    def _check(self) -> None:
        if self.interval is not None:
            if not self.interval:
                raise ValueError(f"schedule of {self.job}: {self.text!r} never ends")
            return
        try:
            self._cron(self.timezone)
        except ValueError as error:
            raise ValueError(
                f"schedule of {self.job}: {self.text!r} is neither like 'every 30m' "
                f"nor five cron fields like '40 8 * * *' ({error})"
            ) from None

    def _cron(self, timezone: tzinfo) -> CronTrigger:
        return CronTrigger.from_crontab(self.text, timezone=timezone)

    def next_after(self, now: datetime) -> datetime:
        """The first slot after `now` (UTC)."""
        if self.interval is not None:
            return _EPOCH + ((now - _EPOCH) // self.interval + 1) * self.interval
        return self._from(now + timedelta(microseconds=1))

    def latest(self, now: datetime, window: timedelta) -> datetime | None:
        """The last slot at or before `now` (UTC), None when there was none within `window`."""
        if self.interval is not None:
            slot = _EPOCH + (now - _EPOCH) // self.interval * self.interval
            return slot if now - slot <= window else None
        found, slot = None, self._from(now - window)
        while slot <= now:
            found, slot = slot, self._from(slot + timedelta(seconds=1))
        return found

    def _from(self, moment: datetime) -> datetime:
        if self.text.split()[1].startswith("*"):  # each hour: also both that are called 02:00
            return _next(self._cron(self.timezone), moment).astimezone(UTC)
        # Named hours are found on the wall clock: APScheduler drops slots in the first hour after
        # a day with a clock change, and runs twice in the hour that comes twice.
        cron, wall = self._cron(UTC), moment.astimezone(self.timezone).replace(tzinfo=UTC)
        while True:
            wall = _next(cron, wall)
            found = wall.replace(tzinfo=self.timezone).astimezone(UTC)
            if found >= moment:
                return found
            wall += timedelta(seconds=1)


def _next(cron: CronTrigger, moment: datetime) -> datetime:
    slot: datetime | None = cron.get_next_fire_time(None, moment)
    assert slot is not None, "a cron schedule always comes again"
    return slot


class _AtSlots(BaseTrigger):  # type: ignore[misc]
    """What tells APScheduler the next slot."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The slot after the last one that fired, or after now."""
        return self.schedule.next_after(previous or now)
