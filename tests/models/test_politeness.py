"""Manners towards others: spacing, budget and pauses hold over all processes together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from models.politeness import HORIZON, PROBE, Manners, Reservation, free_requests, may_ask, reserve
from models.session import Database
from models.source import Source
from models.sources import source_row
from tests.services.clock import START

TODAY = START.date()
MANNERS = Manners(timedelta(seconds=2), daily_budget=100)


def book(
    db: Database, now: datetime = START, most: int = 100, manners: Manners = MANNERS
) -> Reservation:
    """Reserve as many requests as are free."""
    with db.write() as session:
        plan = free_requests(session, "hermes", manners, now, now.date(), most)
        reserve(session, "hermes", plan, plan.count, now.date())
    return plan


def source(db: Database) -> Source:
    """The row as it is stored."""
    with db.read() as session:
        return session.get_one(Source, "hermes")


def test_a_batch_fits_into_half_a_minute(db: Database) -> None:
    """Leases and shutdowns stay short however many parcels are due."""
    plan = book(db)
    assert plan.count == 16
    assert plan.start_of(0) == START
    assert plan.start_of(plan.count - 1) - START <= HORIZON


def test_the_next_batch_starts_after_the_first(db: Database) -> None:
    """Two processes together keep the spacing that one would keep."""
    first, second = book(db, most=3), book(db, most=3)
    assert (first.count, second.count) == (3, 3)
    assert (
        second.first_at == first.start_of(3) + timedelta(seconds=1) == START + timedelta(seconds=7)
    )


def test_when_half_a_minute_is_reserved_nothing_is_free(db: Database) -> None:
    """Whoever comes too late comes again later instead of waiting with rows in hand."""
    book(db)
    assert book(db).count == 0
    assert book(db, START + timedelta(seconds=10)).count == 4


def test_many_processes_share_one_spacing(db: Database) -> None:
    """Reservations made at the same time never overlap."""
    together = threading.Barrier(4)

    def ask(_: int) -> list[datetime]:
        together.wait(timeout=20)
        plan = book(db, most=3)
        return [plan.start_of(n) for n in range(plan.count)]

    with ThreadPoolExecutor(4) as pool:
        starts = sorted(start for mine in pool.map(ask, range(4)) for start in mine)
    batches = [START + timedelta(seconds=7 * n) for n in range(4)]
    assert starts == [first + timedelta(seconds=2 * n) for first in batches for n in range(3)]


def test_a_source_in_trouble_is_probed_by_one_request(db: Database) -> None:
    """After the pause one process asks one question; no other does until it is answered."""
    with db.write() as session:
        source_row(session, "hermes").failures = 3
    first = book(db)
    assert (first.count, first.probe) == (1, True)
    assert not may_ask(source(db), MANNERS, START, TODAY)
    assert book(db).count == 0
    again = book(db, START + PROBE)
    assert (again.count, again.probe) == (1, True)


def test_the_daily_budget_holds_until_the_next_day(db: Database) -> None:
    """A defect of ours never floods a carrier."""
    manners = Manners(timedelta(0), daily_budget=5)
    assert [book(db, most=3, manners=manners).count for _ in range(3)] == [3, 2, 0]
    assert not may_ask(source(db), manners, START, TODAY)
    tomorrow = START + timedelta(days=1)
    assert may_ask(source(db), manners, tomorrow, tomorrow.date())
    assert book(db, tomorrow, most=3, manners=manners).count == 3


def test_a_paused_source_is_not_asked(db: Database) -> None:
    """After a refusal (403, Retry-After) nobody asks until the pause is over."""
    pause = START + timedelta(hours=6)
    with db.write() as session:
        source_row(session, "hermes").paused_until = pause
    assert book(db).count == 0
    assert not may_ask(source(db), MANNERS, START, TODAY)
    assert may_ask(source(db), MANNERS, pause, TODAY)
    assert book(db, pause, most=3).count == 3


def test_an_unknown_source_may_be_asked(db: Database) -> None:
    """The first request ever needs no preparation."""
    assert may_ask(None, MANNERS, START, TODAY)
    assert book(db, most=1).count == 1


@example(spacing=0.0, budget=1, most=1, ahead=31.0, used=0)  # the spacing was switched off since
@given(
    spacing=st.floats(0, 600),
    budget=st.integers(0, 50),
    most=st.integers(0, 40),
    ahead=st.floats(-100, 100),
    used=st.integers(0, 60),
)
def test_a_reservation_never_breaks_manners(
    shared_db: Database, spacing: float, budget: int, most: int, ahead: float, used: int
) -> None:
    """Whatever the settings, a batch keeps spacing, budget and the half minute."""
    manners = Manners(timedelta(seconds=spacing), budget)
    with shared_db.write() as session:
        row = source_row(session, "hermes")
        row.next_request_at = START + timedelta(seconds=ahead)
        row.budget_day, row.budget_used = TODAY, used
        plan = free_requests(session, "hermes", manners, START, TODAY, most)
    assert 0 <= plan.count <= most
    assert plan.count <= max(0, budget - used)
    assert plan.first_at >= max(START, START + timedelta(seconds=ahead))
    if plan.count:
        assert plan.start_of(plan.count - 1) <= START + HORIZON
