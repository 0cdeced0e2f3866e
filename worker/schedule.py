"""What is due when: the scheduled jobs and the arithmetic of their slots. Pure.

A schedule is `every 30m`, `every 2h`, or five cron fields in local time (`40 8 * * *`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

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
        self.trigger()

    @property
    def interval(self) -> timedelta | None:
        """The distance of an `every …` schedule, None for cron fields."""
        if match := re.fullmatch(r"every\s+(\d+)\s*([smh])", self.text.strip()):
            return timedelta(**{_UNITS[match[2]]: int(match[1])})
        return None

    def trigger(self) -> CronTrigger | IntervalTrigger:
        """For APScheduler. Raises ValueError when the text is no schedule."""
        if self.interval is not None:
            if not self.interval:
                raise ValueError(f"schedule of {self.job}: {self.text!r} never ends")
            return IntervalTrigger(
                seconds=int(self.interval.total_seconds()), start_date=_EPOCH, timezone=UTC
            )
        try:
            return CronTrigger.from_crontab(self.text, timezone=self.timezone)
        except ValueError as error:
            raise ValueError(
                f"schedule of {self.job}: {self.text!r} is neither like 'every 30m' "
                f"nor five cron fields like '40 8 * * *' ({error})"
            ) from None

    def next_after(self, now: datetime) -> datetime:
        """The first slot after `now` (UTC)."""
        if self.interval is not None:
            return _EPOCH + ((now - _EPOCH) // self.interval + 1) * self.interval
        return self._from(now + timedelta(seconds=1))

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
        slot: datetime | None = self.trigger().get_next_fire_time(None, moment)
        assert slot is not None, "a cron schedule always comes again"
        return slot.astimezone(UTC)
