"""Claims: rows are the truth, so no row may be lost, doubled or worked on for ever."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models import claims
from models.alert import Alert
from models.claims import FIRST_BACK_OFF, LONGEST_BACK_OFF, Claim, ClaimLost, Lease
from models.domain.values import AlertState
from models.queues import slots_of
from models.session import Database
from tasks.taking import take
from tests.models.rows import add_slots, get_slot
from tests.services.clock import START, FakeClock

QUEUE = slots_of("sync-orders")
LEASE = Lease(timedelta(minutes=2), max_attempts=3)
LATER = START + timedelta(hours=1)


def claim(db: Database, clock: FakeClock, limit: int = 10) -> Claim:
    """What a worker would get now."""
    with db.write() as session:
        return claims.claim(session, QUEUE, LEASE, clock.now(), limit)


def test_only_what_is_past_is_due(db: Database, clock: FakeClock) -> None:
    """A row is worked on when its time has come, and not a moment before."""
    past, now, _ = add_slots(
        db, "sync-orders", START - timedelta(hours=1), START, START + timedelta(seconds=1)
    )
    assert claim(db, clock).ids == (past, now)


def test_rows_of_another_queue_are_left_alone(db: Database, clock: FakeClock) -> None:
    """The digest's slot does not start a sync."""
    add_slots(db, "daily-digest", START)
    assert claim(db, clock).ids == ()


def test_the_most_overdue_rows_come_first(db: Database, clock: FakeClock) -> None:
    """When there is more than a batch, nobody starves."""
    dues = [START - timedelta(minutes=n) for n in (1, 3, 2)]
    first, second, third = add_slots(db, "sync-orders", *dues)
    assert claim(db, clock, limit=2).ids == (second, third)
    assert claim(db, clock).ids == (first,)


def test_next_due_time_is_known_before_it_comes(db: Database) -> None:
    """The demo and the health check ask how long all is quiet."""
    with db.read() as session:
        assert QUEUE.next_due_at(session) is None
    add_slots(db, "sync-orders", LATER, START)
    with db.read() as session:
        assert QUEUE.next_due_at(session) == START
        assert not QUEUE.is_due(session, START - timedelta(seconds=1))
        assert QUEUE.is_due(session, START)


def test_a_claim_counts_before_the_work(db: Database, clock: FakeClock) -> None:
    """A process that dies over a row has used up an attempt: it can't kill workers for ever."""
    (row,) = add_slots(db, "sync-orders", START)
    held = claim(db, clock)
    slot = get_slot(db, row)
    assert (slot.attempts, slot.claim_token) == (1, held.token)
    assert slot.next_run_at == START + LEASE.length


def test_a_claimed_row_is_nobody_elses_until_its_lease_ends(db: Database, clock: FakeClock) -> None:
    """No two workers ask about the same parcel; a dead worker's rows come back."""
    (row,) = add_slots(db, "sync-orders", START)
    assert claim(db, clock).ids == (row,)
    clock.advance(seconds=119)
    assert claim(db, clock).ids == ()
    clock.advance(seconds=1)
    assert claim(db, clock).ids == (row,)
    assert get_slot(db, row).attempts == 2


def test_two_workers_claim_disjoint_rows(db: Database, clock: FakeClock) -> None:
    """Claims at the same moment share the work and miss none of it."""
    dues = [START - timedelta(minutes=n) for n in range(40)]
    rows = add_slots(db, "sync-orders", *dues)
    together = threading.Barrier(4)

    def work(_: int) -> list[int]:
        together.wait(timeout=20)
        mine: list[int] = []
        while held := claim(db, clock, limit=3).ids:
            mine += held
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [row for mine in pool.map(work, range(4)) for row in mine]
    # One who meets only locked rows may end early; what is left is taken by the next tick.
    taken += claim(db, clock, limit=100).ids
    assert sorted(taken) == sorted(rows)


def test_rows_that_another_transaction_claims_are_skipped(postgres_url: str) -> None:
    """On PostgreSQL a claim never waits for another one that is still open."""
    db = Database(postgres_url)
    rows = add_slots(db, "sync-orders", START, START - timedelta(hours=1))
    with db.write() as one, db.write() as other:
        first = claims.claim(one, QUEUE, LEASE, START, 1)
        second = claims.claim(other, QUEUE, LEASE, START, 1)
    assert {*first.ids, *second.ids} == set(rows)
    db.close()


def test_finishing_writes_the_result_and_ends_the_claim(db: Database, clock: FakeClock) -> None:
    """After success the attempts start anew: old failures don't park a healthy row."""
    (row,) = add_slots(db, "sync-orders", START)
    held = claim(db, clock)
    with db.write() as session:
        claims.finish(session, QUEUE, held, held.ids, LATER, finished_at=START)
    slot = get_slot(db, row)
    assert (slot.next_run_at, slot.finished_at) == (LATER, START)
    assert (slot.attempts, slot.claim_token, slot.error) == (0, None, None)


def lost(db: Database, clock: FakeClock) -> tuple[Claim, Claim]:
    """A claim whose lease ended, and the one that took its row over."""
    mine = claim(db, clock)
    clock.advance(minutes=3)
    return mine, claim(db, clock)


def test_a_lost_lease_writes_nothing(db: Database, clock: FakeClock) -> None:
    """A worker that slept does not overwrite what its successor knows better."""
    (row,) = add_slots(db, "sync-orders", START)
    mine, theirs = lost(db, clock)
    before = get_slot(db, row)
    with (
        pytest.raises(ClaimLost, match=r"Slot .* the lease ended"),
        db.write() as session,
    ):
        claims.finish(session, QUEUE, mine, mine.ids, None, finished_at=START)
    with pytest.raises(ClaimLost), db.write() as session:
        claims.renew(session, QUEUE, mine, LEASE, clock.now())
    with pytest.raises(ClaimLost), db.write() as session:
        claims.fail(session, QUEUE, mine, row, clock.now(), "no")
    with pytest.raises(ClaimLost), db.write() as session:
        claims.park(session, QUEUE, mine, row, clock.now(), "no")
    with pytest.raises(ClaimLost), db.write() as session:
        claims.give_back(session, QUEUE, mine, [row], clock.now())
    after = get_slot(db, row)
    assert after.claim_token == theirs.token
    assert (after.next_run_at, after.attempts, after.error, after.parked_at, after.finished_at) == (
        before.next_run_at, 2, None, None, None
    )  # fmt: skip


def test_one_lost_row_of_a_batch_undoes_the_whole_write(db: Database, clock: FakeClock) -> None:
    """Results are written together or not at all; the rest comes again after its lease."""
    one, two = add_slots(db, "sync-orders", START, START - timedelta(hours=1))
    held = claim(db, clock)
    with db.write() as session:
        claims.make_due(session, QUEUE, [one], START)
    with pytest.raises(ClaimLost), db.write() as session:
        claims.finish(session, QUEUE, held, held.ids, None)
    assert get_slot(db, two).claim_token == held.token


def test_a_renewed_claim_lasts_for_another_lease(db: Database, clock: FakeClock) -> None:
    """Long work that gives signs of life keeps its rows."""
    (row,) = add_slots(db, "sync-orders", START)
    held = claim(db, clock)
    clock.advance(seconds=100)
    with db.write() as session:
        claims.renew(session, QUEUE, held, LEASE, clock.now())
    clock.advance(seconds=100)
    assert claim(db, clock).ids == ()
    with db.read() as session:
        assert claims.still_held(session, QUEUE, held) == {row}


def test_a_failure_backs_off_longer_each_time(db: Database, clock: FakeClock) -> None:
    """A partner in trouble is asked less and less often, and the reason is kept."""
    (row,) = add_slots(db, "sync-orders", START)
    waits = []
    for _ in range(3):
        held, now = claim(db, clock), clock.now()
        with db.write() as session:
            claims.fail(session, QUEUE, held, row, now, "503")
        slot = get_slot(db, row)
        assert (slot.claim_token, slot.error) == (None, "503")
        assert slot.next_run_at is not None
        waits.append(slot.next_run_at - now)
        clock.set(slot.next_run_at)
    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]


@given(st.integers(-5, 2000), st.integers(-5, 2000))
def test_the_back_off_grows_but_stays_bearable(one: int, other: int) -> None:
    """Never less than a minute, never more than a day, never shorter after more attempts."""
    fewer, more = sorted((one, other))
    assert FIRST_BACK_OFF <= claims.back_off(fewer) <= claims.back_off(more) <= LONGEST_BACK_OFF


def test_what_is_given_back_was_no_attempt(db: Database, clock: FakeClock) -> None:
    """A server that is down, or a stop, costs no mail its attempts."""
    (row,) = add_slots(db, "sync-orders", START)
    for _ in range(5):
        held = claim(db, clock)
        assert held.ids == (row,)
        with db.write() as session:
            claims.give_back(session, QUEUE, held, held.ids, clock.now())
    slot = get_slot(db, row)
    assert (slot.attempts, slot.claim_token, slot.next_run_at) == (0, None, START)


def exhaust(db: Database, clock: FakeClock, error: str | None) -> None:
    """Use up all attempts; without an error the worker died each time."""
    for _ in range(LEASE.max_attempts):
        held = claim(db, clock)
        assert len(held.ids) == 1
        if error:
            with db.write() as session:
                claims.fail(session, QUEUE, held, held.ids[0], clock.now(), error)
        clock.advance(hours=1)


@pytest.mark.parametrize(
    ("error", "kept"), [("503", "503"), (None, "its process died again and again")]
)
def test_exhausted_rows_are_parked(
    db: Database, clock: FakeClock, error: str | None, kept: str
) -> None:
    """A row that fails each time, or kills its worker, stops; why is written on it."""
    (row,) = add_slots(db, "sync-orders", START)
    exhaust(db, clock, error)
    held = claim(db, clock)
    assert (held.ids, held.parked) == ((), (row,))
    slot = get_slot(db, row)
    assert (slot.next_run_at, slot.parked_at, slot.error) == (None, clock.now(), kept)
    assert claim(db, clock).parked == ()


def test_parked_rows_are_reported_once(db: Database, clock: FakeClock) -> None:
    """The operator gets one alert, not one a second."""
    (row,) = add_slots(db, "sync-orders", START)
    exhaust(db, clock, "503")
    for _ in range(3):
        take(db, clock, QUEUE, LEASE, 10)
    with db.read() as session:
        (alert,) = session.scalars(select(Alert)).all()
    assert (alert.key, alert.state, alert.episode) == ("job-parked:slots", AlertState.OPEN, 1)
    assert alert.details["detail"] == f"slots {row}: failed 3 times and parked"
    assert alert.next_notice_at == clock.now()


def test_new_facts_break_a_running_claim(db: Database, clock: FakeClock) -> None:
    """A review of older facts writes nothing; the row is due again at once, unparked."""
    (row,) = add_slots(db, "sync-orders", START)
    held = claim(db, clock)
    with db.write() as session:
        claims.make_due(session, QUEUE, [row], START)
    with pytest.raises(ClaimLost), db.write() as session:
        claims.finish(session, QUEUE, held, held.ids, None)
    again = claim(db, clock)
    assert again.ids == (row,)
    with db.write() as session:
        claims.park(session, QUEUE, again, row, START, "for a human")
    assert get_slot(db, row).parked_at == START
    with db.write() as session:
        claims.make_due(session, QUEUE, [row], START)
        claims.make_due(session, QUEUE, [], START)
    slot = get_slot(db, row)
    assert (slot.parked_at, slot.error, slot.attempts, slot.next_run_at) == (None, None, 0, START)


def test_finishing_each_leaves_out_lost_rows(db: Database, clock: FakeClock) -> None:
    """In a batch of parcels one that was lost does not hold up the others."""
    one, two = add_slots(db, "sync-orders", START, START - timedelta(hours=1))
    held = claim(db, clock)
    with db.write() as session:
        claims.make_due(session, QUEUE, [one], START)
    results: list[dict[str, Any]] = [
        {"id": one, "next_run_at": LATER, "finished_at": LATER},
        {"id": two, "next_run_at": None, "finished_at": START},
    ]
    with db.write() as session:
        assert claims.finish_each(session, QUEUE, held, results) == {two}
    assert (get_slot(db, one).next_run_at, get_slot(db, one).finished_at) == (START, None)
    done = get_slot(db, two)
    assert (done.next_run_at, done.finished_at, done.attempts) == (None, START, 0)
    assert done.claim_token is None


def test_writing_while_held_leaves_out_lost_rows(db: Database, clock: FakeClock) -> None:
    """What is written in the middle of the work keeps the claim, and touches no other's row."""
    one, two = add_slots(db, "sync-orders", START, START - timedelta(hours=1))
    held = claim(db, clock)
    rows = {one: {"next_run_at": LATER}, two: {"next_run_at": LATER}}
    with db.write() as session:
        assert claims.write_held(session, QUEUE, held, rows) == {one, two}
        claims.make_due(session, QUEUE, [one], START)
    with db.write() as session:
        assert claims.write_held(session, QUEUE, held, rows) == {two}
        assert claims.write_held(session, QUEUE, held, {}) == set()
    assert (get_slot(db, one).next_run_at, get_slot(db, one).claim_token) == (START, None)
    assert (get_slot(db, two).next_run_at, get_slot(db, two).claim_token) == (LATER, held.token)
