"""The planner: a scheduled run is one row, however many schedulers there are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from unittest.mock import Mock
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from models.job import Slot
from models.session import Database
from tests.models.rows import add_slots
from tests.services.clock import START, FakeClock
from tests.worker.conftest import Bench
from worker.schedule import Schedule
from worker.scheduler import Planner, start_scheduler

BERLIN = ZoneInfo("Europe/Berlin")
SYNC = Schedule("sync-orders", "every 30m", BERLIN, at_first_start=True)
DIGEST = Schedule("daily-digest", "40 8 * * *", BERLIN)
HEART = Schedule("heartbeat", "every 1m", BERLIN)
DAY = timedelta(hours=24)

#: 08:40 in Germany on the day of START.
DIGEST_TIME = START - timedelta(minutes=20)


def planner(
    db: Database, clock: FakeClock, *schedules: Schedule, catch_up: timedelta = DAY
) -> Planner:
    """Of one process."""
    return Planner(db, clock, schedules or (SYNC, DIGEST), catch_up)


def planned(db: Database) -> list[tuple[str, datetime]]:
    """The slots by job and time."""
    with db.read() as session:
        rows = session.execute(select(Slot.job, Slot.due_at).order_by(Slot.job, Slot.due_at))
        return [(job, due_at) for job, due_at in rows]


def test_a_slot_is_due_when_it_is_made(db: Database, clock: FakeClock) -> None:
    """The next tick finds it."""
    planner(db, clock).plan(SYNC)
    with db.read() as session:
        slot = session.scalars(select(Slot)).one()
    assert (slot.job, slot.due_at, slot.next_run_at) == ("sync-orders", START, START)
    assert (slot.finished_at, slot.attempts) == (None, 0)


def test_many_schedulers_make_one_slot(db: Database, clock: FakeClock) -> None:
    """Two servers with a scheduler each still send one digest."""
    together = threading.Barrier(4)

    def run(seconds: int) -> None:
        mine = FakeClock(START + timedelta(seconds=seconds))
        together.wait(timeout=20)
        planner(db, mine).plan(SYNC)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(4)))
    assert planned(db) == [("sync-orders", START)]


def test_a_slot_that_has_run_is_not_run_again(db: Database, clock: FakeClock, bench: Bench) -> None:
    """A scheduler that is started again a minute later plans nothing twice."""
    planner(db, clock).plan(SYNC)
    bench.runner.run("sync-orders")
    clock.advance(minutes=1)
    planner(db, clock).plan_missed()
    assert bench.runner.due() == []


def test_the_first_start_syncs_at_once(db: Database, clock: FakeClock) -> None:
    """Whoever has just set it up sees something; the digest waits for its time."""
    planner(db, clock).plan_missed()
    assert planned(db) == [("sync-orders", START)]


def test_the_first_start_syncs_at_once_whatever_the_schedule(
    db: Database, clock: FakeClock
) -> None:
    """Also when no slot lies in the catch-up window."""
    weekly = Schedule("sync-orders", "0 8 * * sun", BERLIN, at_first_start=True)
    clock.advance(days=3)
    for _ in range(2):
        planner(db, clock, weekly).plan_missed()
        assert planned(db) == [("sync-orders", clock.now())]


def test_what_was_missed_runs_once(db: Database, clock: FakeClock) -> None:
    """After hours without power there is one sync, not twelve, and the digest comes late."""
    yesterday = DIGEST_TIME - timedelta(days=1)
    add_slots(db, "sync-orders", START - timedelta(hours=6))
    add_slots(db, "daily-digest", yesterday)
    clock.advance(minutes=10)
    planner(db, clock).plan_missed()
    assert planned(db) == [
        ("daily-digest", yesterday),
        ("daily-digest", DIGEST_TIME),
        ("sync-orders", START - timedelta(hours=6)),
        ("sync-orders", START),
    ]


def test_what_was_missed_too_long_ago_is_left(db: Database, clock: FakeClock) -> None:
    """A digest of the morning is not sent in the evening when the window is an hour."""
    add_slots(db, "daily-digest", DIGEST_TIME - timedelta(days=1))
    clock.advance(hours=1)
    planner(db, clock, DIGEST, catch_up=timedelta(hours=1)).plan_missed()
    assert len(planned(db)) == 1


def test_without_catching_up_slots_still_come(db: Database, clock: FakeClock) -> None:
    """CATCH_UP_HOURS=0 means nothing from before the start; what comes now is made."""
    none = timedelta(0)
    add_slots(db, "sync-orders", START - timedelta(hours=6))
    clock.advance(seconds=2)
    planner(db, clock, catch_up=none).plan_missed()
    assert len(planned(db)) == 1
    planner(db, clock, catch_up=none).plan(SYNC)
    assert planned(db)[-1] == ("sync-orders", START)


def test_a_slot_that_comes_during_an_outage_is_made_after_it(
    db: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that restarts at half past seven does not cost the day's digest."""
    clock.set(DIGEST_TIME)
    mine = planner(db, clock, DIGEST)
    away = OperationalError("INSERT", {}, Exception("the server is starting up"))
    with monkeypatch.context() as outage:
        outage.setattr(db, "write", Mock(side_effect=away))
        mine.keep_time(DIGEST)
        clock.advance(minutes=10)
        with pytest.raises(OperationalError):
            mine.make_up()
    assert planned(db) == []
    for _ in range(2):
        mine.make_up()
        assert planned(db) == [("daily-digest", DIGEST_TIME)]


def test_a_scheduled_run_does_not_wait_for_a_tick(
    db: Database, clock: FakeClock, bench: Bench
) -> None:
    """Its job is woken with its slot: the tick of the same second may have come before it."""
    woken = threading.Event()
    bench.runner.wake = lambda job: woken.set()
    often, never = Schedule("sync-orders", "every 1s", BERLIN), "0 0 1 1 *"
    rare = [Schedule(job, never, BERLIN) for job in ("tick", "heartbeat")]
    scheduler = start_scheduler(planner(db, clock, often), bench.runner, *rare)
    try:
        assert woken.wait(timeout=20)
    finally:
        scheduler.shutdown(wait=True)


def test_an_extra_run_can_be_asked_for(db: Database, clock: FakeClock) -> None:
    """`jobs run` beside a running service leaves a slot for it."""
    clock.advance(minutes=7)
    planner(db, clock).run_now("sync-orders")
    assert planned(db) == [("sync-orders", clock.now())]


def test_the_running_scheduler_ticks(db: Database, clock: FakeClock, bench: Bench) -> None:
    """Each second it wakes what is due; at its start it has planned what was missed."""
    told = threading.Event()
    bench.runner.wake = lambda job: told.set()
    tick = Schedule("tick", "every 1s", ZoneInfo("Europe/Berlin"))
    scheduler = start_scheduler(planner(db, clock), bench.runner, tick, HEART)
    try:
        assert planned(db) == [("sync-orders", START)]
        assert told.wait(timeout=20)
    finally:
        scheduler.shutdown(wait=True)
