"""When an open alert is told again: less and less often, or on days of its own. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.domain.values import Severity

#: No gap between two reminders is longer than a week.
LONGEST_GAP_DAYS = 7

#: Days before its deadline on which a rule reminds, instead of by urgency (domain.md, R2).
DAYS_BEFORE = {"loyalty-month-at-risk": (3, 0)}


@dataclass(frozen=True)
class Reminding:
    """The hour of reminders, and after how many days the first one comes (0 = none at all)."""

    timezone: ZoneInfo
    at: time = time(9)
    high_days: int = 1
    medium_days: int = 3

    def next_after(
        self, now: datetime, rule: str, severity: Severity, notices: int, deadline: datetime | None
    ) -> datetime | None:
        """When to remind after the notice of `now` (UTC); None = not again.

        `notices`: how many the alert has had, that one included. Each gap is twice the one
        before, up to a week. Times are aware.
        """
        today = now.astimezone(self.timezone).date()
        if rule in DAYS_BEFORE and deadline is not None:
            last = deadline.astimezone(self.timezone).date()
            days = [last - timedelta(days=days) for days in DAYS_BEFORE[rule]]
            return next((at for at in map(self._moment, days) if at > now), None)
        first = {Severity.HIGH: self.high_days, Severity.MEDIUM: self.medium_days}.get(severity, 0)
        if not first:
            return None
        gap = min(first * 2 ** min(notices - 1, 10), max(first, LONGEST_GAP_DAYS))
        return self._moment(today + timedelta(days=gap))

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, self.at, self.timezone).astimezone(UTC)
