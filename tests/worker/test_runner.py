"""The runner: each run is on record, no failure stops the others, nothing due is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from models.claims import ClaimLost
from models.domain.values import RunState
from models.session import Database
from models.turns import TurnLost
from tasks.run import Counts, JobFailed, Run
from tests.models.rows import add_slots
from tests.services.clock import START, FakeClock
from tests.worker.conftest import LEASE, Bench
from worker.jobs import NoSuchJob


def test_a_run_is_recorded_with_what_it_did(bench: Bench) -> None:
    """`jobs history` says when, how long and how much."""

    def work(run: Run) -> Counts:
        (record,) = bench.runs()
        assert (record.id, record.state) == (run.id, RunState.RUNNING)
        assert record.alive_until == START + LEASE.length
        bench.clock.advance(seconds=7)
        return Counts(orders=3, new=1)

    bench.work = work
    outcome = bench.runner.run("sync-orders")
    assert (outcome.state, outcome.counts) == (RunState.DONE, Counts(orders=3, new=1))
    (record,) = bench.runs()
    assert (record.job, record.state, record.error) == ("sync-orders", RunState.DONE, None)
    assert (record.started_at, record.finished_at) == (START, START + timedelta(seconds=7))
    assert record.counts == {"orders": 3, "new": 1}


def test_nothing_due_is_no_run(bench: Bench) -> None:
    """A tick a second does not fill the history."""
    bench.runner.on_message("sync-orders")
    bench.runner.on_message("deliver-mail")
    assert (bench.runs(), bench.woken) == ([], [])


def test_a_wake_up_runs_what_is_due(bench: Bench) -> None:
    """A message names a kind; the slot is what makes it work, and it is finished by it."""
    add_slots(bench.db, "sync-orders", START)
    assert bench.runner.due() == ["sync-orders"]
    bench.runner.on_message("sync-orders")
    (slot,) = bench.slots()
    assert (slot.next_run_at, slot.finished_at) == (None, START)
    assert (len(bench.runs()), bench.runner.due()) == (1, [])


def test_a_doubled_message_finds_nothing(bench: Bench) -> None:
    """A message that was delivered twice costs a look."""
    add_slots(bench.db, "sync-orders", START)
    for _ in range(3):
        bench.runner.on_message("sync-orders")
    assert len(bench.runs()) == 1


def test_what_a_run_makes_due_is_woken(bench: Bench) -> None:
    """A new order is reviewed within seconds, without waiting for a tick."""
    add_slots(bench.db, "sync-orders", START)
    later = START + timedelta(minutes=1)

    def work(run: Run) -> Counts:
        add_slots(bench.db, "sync-orders", later)
        bench.clock.set(later)
        return Counts()

    bench.work = work
    bench.runner.on_message("sync-orders")
    assert bench.woken == ["sync-orders"]


def test_slots_that_pile_up_are_answered_by_one_run(bench: Bench) -> None:
    """After a weekend without workers there is one sync."""
    add_slots(bench.db, "sync-orders", *(START - timedelta(hours=n) for n in range(48)))
    bench.runner.on_message("sync-orders")
    assert len(bench.runs()) == 1
    assert all(slot.finished_at == START and slot.next_run_at is None for slot in bench.slots())


@pytest.mark.parametrize(
    "error", [JobFailed("no answer"), ClaimLost("no answer"), TurnLost("no answer")]
)
def test_a_failure_is_recorded_with_its_one_line(bench: Bench, error: Exception) -> None:
    """The reason is in the history, and the slot comes again after a back-off."""
    add_slots(bench.db, "sync-orders", START)

    def fail(run: Run) -> Counts:
        raise error

    bench.work = fail
    bench.runner.on_message("sync-orders")
    (record,) = bench.runs()
    assert (record.state, record.error, record.counts) == (RunState.FAILED, "no answer", {})
    assert record.finished_at == START
    (slot,) = bench.slots()
    assert (slot.next_run_at, slot.error) == (START + timedelta(minutes=1), "no answer")
    assert (slot.attempts, slot.finished_at) == (1, None)


def test_a_database_in_trouble_is_no_defect_of_ours(bench: Bench) -> None:
    """A full disk or a restarted server is told in one line, without a traceback."""

    def fail(run: Run) -> Counts:
        raise OperationalError("INSERT INTO mails", {}, Exception("database or disk is full"))

    bench.work = fail
    with capture_logs() as said:
        outcome = bench.runner.run("sync-orders")
    assert outcome.error == "the database can't be used: database or disk is full"
    assert not [line for line in said if line["log_level"] == "error"]


def failing(run: Run) -> Counts:
    """Fail as work does."""
    raise JobFailed("no answer")


def test_of_piled_up_slots_one_is_tried_again(bench: Bench) -> None:
    """A failure after a weekend is retried as one run, not as forty-eight."""
    add_slots(bench.db, "sync-orders", *(START - timedelta(hours=n) for n in range(5)))
    bench.work = failing
    bench.runner.on_message("sync-orders")
    waiting = [slot for slot in bench.slots() if slot.next_run_at is not None]
    assert [slot.attempts for slot in waiting] == [1]


def test_a_source_in_trouble_is_left_in_peace_until_the_next_slot(bench: Bench) -> None:
    """The run is on record as failed, and nothing asks again in a minute."""
    add_slots(bench.db, "sync-orders", START)

    def work(run: Run) -> Counts:
        raise JobFailed("the back office answers 500 (team)", again=False)

    bench.work = work
    bench.runner.on_message("sync-orders")
    (record,), (slot,) = bench.runs(), bench.slots()
    assert (record.state, record.error) == (RunState.FAILED, "the back office answers 500 (team)")
    assert (slot.next_run_at, slot.finished_at) == (None, START)


def test_a_slot_that_fails_each_time_is_parked(bench: Bench) -> None:
    """After the last attempt it rests until the next slot; success ends the back-off."""
    add_slots(bench.db, "sync-orders", START)
    bench.work = failing
    for _ in range(5):
        bench.runner.on_message("sync-orders")
        bench.clock.advance(hours=1)
    failed = [run for run in bench.runs() if run.state is RunState.FAILED]
    assert len(failed) == LEASE.max_attempts
    (slot,) = bench.slots()
    assert (slot.next_run_at, slot.error) == (None, "no answer")
    assert slot.parked_at is not None


def test_two_processes_answer_a_slot_once(bench: Bench, db: Database, clock: FakeClock) -> None:
    """Whoever comes too late for the slot does not run the work without one."""
    add_slots(db, "sync-orders", START)
    other = Bench(db, clock)
    look = bench.runner._is_due

    def slow_look(name: str) -> bool:
        found = look(name)
        other.runner.on_message(name)  # the other one is faster
        return found

    bench.runner._is_due = slow_look  # type: ignore[method-assign]
    bench.runner.on_message("sync-orders")
    assert len(bench.runs()) == 1


def test_a_parked_slot_is_no_run(bench: Bench) -> None:
    """A slot that only has to be parked does not start the work once more."""
    add_slots(bench.db, "sync-orders", START)
    bench.work = failing
    for _ in range(LEASE.max_attempts + 1):
        bench.runner.on_message("sync-orders")
        bench.clock.advance(hours=1)
    assert len(bench.runs()) == LEASE.max_attempts


def test_a_defect_does_not_stop_the_others(bench: Bench) -> None:
    """An unexpected exception is on record with its name, and the next job runs."""
    add_slots(bench.db, "sync-orders", START)

    def defect(run: Run) -> Counts:
        raise ZeroDivisionError("division by zero")

    bench.work = defect
    bench.runner.on_message("sync-orders")
    assert bench.runner.run("deliver-mail").state is RunState.DONE
    failed, done = bench.runs()
    assert failed.error == "unexpected ZeroDivisionError: division by zero"
    assert (failed.state, done.state) == (RunState.FAILED, RunState.DONE)
    assert bench.slots()[0].next_run_at == START + timedelta(minutes=1)


def test_a_stop_gives_the_slot_back(bench: Bench) -> None:
    """What was cut short by a restart runs again at once, without a lost attempt."""
    add_slots(bench.db, "sync-orders", START)

    def work(run: Run) -> Counts:
        assert not run.stopping()
        bench.stopping.set()
        assert run.stopping()
        return Counts(orders=1)

    bench.work = work
    bench.runner.on_message("sync-orders")
    (slot,) = bench.slots()
    assert (slot.next_run_at, slot.attempts, slot.finished_at) == (START, 0, None)
    assert bench.woken == []


def test_after_a_stop_nothing_begins(bench: Bench) -> None:
    """Messages that are still in the queue start no work."""
    add_slots(bench.db, "sync-orders", START)
    bench.stopping.set()
    bench.runner.on_message("sync-orders")
    assert (bench.runs(), bench.slots()[0].attempts) == ([], 0)


def test_one_run_of_a_job_at_a_time(bench: Bench) -> None:
    """A message that comes during the run does not start a second one beside it."""
    add_slots(bench.db, "sync-orders", START, START - timedelta(hours=1))
    running, go_on = threading.Event(), threading.Event()

    def work(run: Run) -> Counts:
        running.set()
        assert go_on.wait(timeout=20)
        return Counts()

    bench.work = work
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bench.runner.on_message, "sync-orders")
        assert running.wait(timeout=20)
        add_slots(bench.db, "sync-orders", START - timedelta(minutes=1))
        bench.runner.on_message("sync-orders")  # returns at once
        assert len(bench.runs()) == 1
        go_on.set()
        first.result(timeout=20)
    assert bench.woken == ["sync-orders"]  # the slot that came meanwhile is not forgotten


def test_a_sign_of_life_keeps_run_and_slot(bench: Bench) -> None:
    """A sync of an hour is not taken over by another worker, nor called abandoned."""
    add_slots(bench.db, "sync-orders", START)

    def work(run: Run) -> Counts:
        for _ in range(6):
            bench.clock.advance(seconds=50)
            run.beat()
            assert bench.runner.due() == []
        (record,) = bench.runs()
        assert record.alive_until == bench.clock.now() + LEASE.length
        return Counts()

    bench.work = work
    bench.runner.on_message("sync-orders")
    assert bench.slots()[0].finished_at == START + timedelta(seconds=300)


def test_a_run_that_lost_its_slot_does_not_end_it(bench: Bench) -> None:
    """Who slept through the lease leaves the slot to the one who took it over."""
    add_slots(bench.db, "sync-orders", START)

    def other(run: Run) -> Counts:
        return Counts(orders=9)

    def work(run: Run) -> Counts:
        bench.clock.advance(minutes=3)
        bench.work = other
        bench.runner.run("sync-orders")
        bench.clock.advance(minutes=3)
        return Counts(orders=1)

    bench.work = work
    bench.runner.on_message("sync-orders")
    assert bench.slots()[0].finished_at == START + timedelta(minutes=3)
    assert [run.counts["orders"] for run in bench.runs()] == [1, 9]


def test_a_job_can_be_run_by_hand(bench: Bench) -> None:
    """`jobs run` works without a slot, and what is not a job is told with what would be."""
    assert bench.runner.run("sync-orders").counts == Counts(orders=2)
    with pytest.raises(NoSuchJob, match="no job is called 'sync'; there are deliver-mail"):
        bench.runner.run("sync")
