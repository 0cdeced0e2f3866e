"""Manners towards a source that all processes share: spacing, daily budget, pauses.

A source in trouble is paused; after the pause one request probes it (a circuit breaker that is
half open), and only its answer lets the others follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from models.source import Source
from models.sources import source_row

#: A claim takes no more than about this much work, so that leases and shutdowns stay short.
HORIZON = timedelta(seconds=30)

#: So long nobody else asks a source in trouble while one request probes it.
PROBE = timedelta(seconds=45)


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
    left: int = 0
    """What is left of the day's budget, these requests included."""
    probe: bool = False
    """The source was in trouble: one request finds out whether it still is."""

    def start_of(self, index: int) -> datetime:
        """When request number `index` (from 0) may start, aware UTC."""
        return self.first_at + self.spacing * index


def free_requests(
    session: Session,
    name: str,
    manners: Manners,
    now: datetime,
    today: date,
    most: int,
    horizon: timedelta = HORIZON,
) -> Reservation:
    """How many requests fit into the next half minute. Locks the source until the commit."""
    source = source_row(session, name)
    used = source.budget_used if source.budget_day == today else 0
    left = max(0, manners.daily_budget - used)
    first = max(now, source.next_request_at or now)
    fitting = _fitting(manners.spacing, horizon - (first - now), most)
    if is_paused(source, now):
        fitting = 0
    probe = source.failures > 0
    count = min(fitting, left, 1 if probe else most)
    return Reservation(first, manners.spacing, count, left, probe)


def _fitting(spacing: timedelta, room: timedelta, most: int) -> int:
    if room <= timedelta(0):
        return 0
    return min(most, int(room / spacing) + 1) if spacing else most


def reserve(session: Session, name: str, plan: Reservation, count: int, today: date) -> None:
    """Take `count` requests of the plan; other processes start after them."""
    source = source_row(session, name)
    if source.budget_day != today:
        source.budget_day, source.budget_used = today, 0
    source.budget_used += count
    # Half a slot stays free behind a batch: its last request may be late, the next one is not.
    source.next_request_at = plan.start_of(count) + (plan.spacing / 2 if count else timedelta(0))
    if plan.probe and count:
        source.paused_until = plan.first_at + PROBE


def may_ask(source: Source | None, manners: Manners, now: datetime, today: date) -> bool:
    """Whether a request could start soon: no pause, budget left, not all reserved."""
    if source is None:
        return True
    if is_paused(source, now):
        return False
    if source.budget_day == today and source.budget_used >= manners.daily_budget:
        return False
    return source.next_request_at is None or source.next_request_at <= now + HORIZON / 2


def is_paused(source: Source | None, now: datetime) -> bool:
    """Whether the source is left alone for a while."""
    return source is not None and source.paused_until is not None and source.paused_until > now
