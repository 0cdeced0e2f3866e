"""Manners towards a source that all processes share: spacing, daily budget, pauses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from models.source import Source
from models.sources import source_row

#: A claim takes no more than about this much work, so that leases and shutdowns stay short.
HORIZON = timedelta(seconds=30)


@dataclass(frozen=True)
class Manners:
    """How a source wants to be asked: time between requests, requests a local day."""

    spacing: timedelta
    daily_budget: int


@dataclass
class Reservation:
    """The requests that a batch may make: when the first may start, and how far apart."""

    first_at: datetime
    spacing: timedelta
    count: int

    def start_of(self, index: int) -> datetime:
        """When request number `index` (from 0) may start, aware UTC."""
        return self.first_at + self.spacing * index


def free_requests(
    session: Session, name: str, manners: Manners, now: datetime, today: date, most: int
) -> Reservation:
    """How many requests fit into the next half minute. Locks the source until the commit."""
    source = source_row(session, name)
    if source.paused_until and source.paused_until > now:
        return Reservation(now, manners.spacing, 0)
    first = max(now, source.next_request_at or now)
    room = HORIZON - (first - now)
    fitting = 0
    if room > timedelta(0):
        fitting = int(room / manners.spacing) + 1 if manners.spacing else most
    used = source.budget_used if source.budget_day == today else 0
    count = min(most, fitting, max(0, manners.daily_budget - used))
    return Reservation(first, manners.spacing, count)


def reserve(session: Session, name: str, plan: Reservation, count: int, today: date) -> None:
    """Take `count` requests of the plan; other processes start after them."""
    source = source_row(session, name)
    if source.budget_day != today:
        source.budget_day, source.budget_used = today, 0
    source.budget_used += count
    source.next_request_at = plan.start_of(count)


def may_ask(source: Source | None, manners: Manners, now: datetime, today: date) -> bool:
    """Whether a request could start soon: no pause, budget left, not all reserved."""
    if source is None:
        return True
    if source.paused_until and source.paused_until > now:
        return False
    if source.budget_day == today and source.budget_used >= manners.daily_budget:
        return False
    return source.next_request_at is None or source.next_request_at <= now + HORIZON / 2
