"""Hours of the day in which nothing is sent. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo


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
