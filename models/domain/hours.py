"""Hours and days on which nothing is sent. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times from `start` to `end`, which may lie after midnight."""

    start: time
    end: time
    timezone: tzinfo

    def until(self, now: datetime) -> datetime | None:
        """When the quiet that `now` (aware) lies in ends (UTC), None outside of it."""
        local = now.astimezone(self.timezone)
        at = local.time()
        over_midnight = self.start > self.end
        inside = at >= self.start or at < self.end if over_midnight else self.start <= at < self.end
        if not inside:
            return None
        tomorrow = over_midnight and at >= self.start
        day = local.date() + timedelta(days=1 if tomorrow else 0)
        end = datetime.combine(day, self.end, self.timezone).astimezone(UTC)
        if end > now:
            return end
        # The night in which the clocks go back: the second pass of that hour is meant.
        return datetime.combine(day, self.end.replace(fold=1), self.timezone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class CourtesyHours:
    """When a customer may be written to: from `start` to `end`, not on a day of rest."""

    start: time
    end: time
    timezone: tzinfo
    is_day_of_rest: Callable[[date], bool]

    def until(self, now: datetime) -> datetime | None:
        """When she may next be written to (UTC); None when `now` (aware) is such a moment."""
        local = now.astimezone(self.timezone)
        day = local.date()
        if local.time() >= self.end:
            day += timedelta(days=1)
        elif local.time() >= self.start and not self.is_day_of_rest(day):
            return None
        while self.is_day_of_rest(day):
            day += timedelta(days=1)
        return datetime.combine(day, self.start, self.timezone).astimezone(UTC)
