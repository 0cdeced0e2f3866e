"""The one shell around every task: log context, run record, slot, outcome, what is due next."""

from __future__ import annotations

import os
import socket
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import claims
from models.claims import Claim, ClaimLost, Lease
from models.domain.values import RunState
from models.job import JobRun
from models.session import Database, outage
from models.setback import ahead_by, bring_back
from models.turns import TurnLost
from tasks.ports import Clock
from tasks.run import Counts, JobFailed, Run
from tasks.taking import take
from worker.jobs import Job, Jobs, NoSuchJob

log = structlog.get_logger()

#: More scheduled runs of one job than this never pile up: one run answers for all of them.
SLOTS_AT_ONCE = 1000


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    run_id: int
    state: RunState
    counts: Counts
    error: str | None = None
    again: bool = True
    """Whether a scheduled run that failed is repeated before its next time."""


class Runner:
    """Runs jobs. `wake` sends a message of a kind; it may be lost or doubled without harm."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        jobs: Jobs,
        lease: Lease,
        wake: Callable[[str], None],
        stopping: threading.Event,
    ) -> None:
        self.db, self.clock, self.jobs, self.lease = db, clock, jobs, lease
        self.wake, self.stopping = wake, stopping
        self._busy: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def on_message(self, name: str) -> None:
        """A wake-up arrived: work if there is something due, then wake what that made due.

        One run per job and process at a time: the running one looks again before it ends.
        """
        lock = self._busy[name]
        if self.stopping.is_set() or not lock.acquire(blocking=False):
            return
        try:
            self._work_off(name)
        except DBAPIError as error:
            if (reason := outage(error)) is None:
                raise
            log.warning("database can't be used", job=name, error=reason)
        finally:
            lock.release()

    def _work_off(self, name: str) -> None:
        if self._is_due(name):
            self._run_due(self._job(name))
            if not self.stopping.is_set():
                self.wake_due()

    def mend_clock(self) -> None:
        """Bring back what was written while the clock was ahead, if it has been set back."""
        now = self.clock.now()
        with self.db.read() as session:
            ahead = ahead_by(session, now)
        if ahead is not None:
            log.warning("the clock was set back; what is due is looked at again", by=str(ahead))
            with self.db.write() as session:
                bring_back(session, self.lease, now)

    def wake_due(self) -> list[str]:
        """Send a message for each job that has something due. Returns their names."""
        due = self.due()
        for name in due:
            self.wake(name)
        return due

    def due(self) -> list[str]:
        """The jobs that have something due now."""
        now = self.clock.now()
        with self.db.read() as session:
            return [job.name for job in self.jobs.values() if job.is_due(session, now)]

    def _is_due(self, name: str) -> bool:
        with self.db.read() as session:
            return self._job(name).is_due(session, self.clock.now())

    def _job(self, name: str) -> Job:
        if name not in self.jobs:
            raise NoSuchJob(name, self.jobs)
        return self.jobs[name]

    def run(self, name: str) -> Outcome:
        """Run a job now and record it. Raises NoSuchJob; what the work raises is the outcome."""
        job = self._job(name)
        return self._run(job, self._take_slots(job))

    def _run_due(self, job: Job) -> None:
        if not job.recorded:
            job.work(Run(0, self.stopping.is_set))
            return
        slots = self._take_slots(job)
        # None left: another process has just taken them, or they have no attempts left.
        if slots is None or slots.ids:
            self._run(job, slots)

    def _take_slots(self, job: Job) -> Claim | None:
        if not job.slotted:
            return None
        return take(self.db, self.clock, job.rows, self.lease, SLOTS_AT_ONCE)

    def _run(self, job: Job, slots: Claim | None) -> Outcome:
        run_id = self._begin(job.name)
        with structlog.contextvars.bound_contextvars(job=job.name, run=run_id):
            outcome = self._work(job, run_id, slots)
            self._end(job, outcome, slots)
        return outcome

    def _begin(self, name: str) -> int:
        now = self.clock.now()
        with self.db.write() as session:
            run = JobRun(
                job=name,
                state=RunState.RUNNING,
                started_at=now,
                alive_until=self._until(now),
                host=socket.gethostname(),
                pid=os.getpid(),
            )
            session.add(run)
            session.flush()
            return run.id

    def _until(self, now: datetime) -> datetime:
        return now + self.lease.length

    def _work(self, job: Job, run_id: int, slots: Claim | None) -> Outcome:
        run = Run(run_id, self.stopping.is_set, _Beat(self, job, run_id, slots))
        try:
            return Outcome(run_id, RunState.DONE, job.work(run))
        except (JobFailed, ClaimLost, TurnLost) as error:
            log.warning("job failed", error=str(error))
            again = getattr(error, "again", True)
            return Outcome(run_id, RunState.FAILED, Counts(), str(error), again)
        except Exception as error:  # the one place where a defect must not stop the others
            return Outcome(run_id, RunState.FAILED, Counts(), _told(error))

    def _end(self, job: Job, outcome: Outcome, slots: Claim | None) -> None:
        now = self.clock.now()
        with self.db.write() as session:
            session.execute(
                update(JobRun)
                .where(JobRun.id == outcome.run_id)
                .values(
                    state=outcome.state,
                    finished_at=now,
                    counts=dict(outcome.counts),
                    error=outcome.error,
                )
            )
            if slots and slots.ids:
                self._end_slots(session, job, outcome, slots, now)
        log.info("job ended", state=outcome.state.value, **outcome.counts)

    def _end_slots(
        self, session: Session, job: Job, outcome: Outcome, slots: Claim, now: datetime
    ) -> None:
        ours = claims.still_held(session, job.rows, slots)
        if outcome.error is not None and outcome.again:
            newest = max(ours, default=None)
            for slot in ours:
                if slot == newest:
                    claims.fail(session, job.rows, slots, slot, now, outcome.error)
            ours -= {newest}
        elif outcome.error is None and self.stopping.is_set():
            claims.give_back(session, job.rows, slots, ours, now)
            return
        claims.finish(session, job.rows, slots, ours, None, finished_at=now)


def _told(error: Exception) -> str:
    """The line for the history; a defect of ours is logged with all that led to it."""
    if isinstance(error, DBAPIError) and (reason := outage(error)) is not None:
        log.warning("job failed", error=f"the database can't be used: {reason}")
        return f"the database can't be used: {reason}"
    log.exception("job failed unexpectedly")
    return f"unexpected {type(error).__name__}: {error}"


class _Beat:
    """A sign of life: prolongs the run and its slots, at most four times a lease."""

    def __init__(self, runner: Runner, job: Job, run_id: int, slots: Claim | None) -> None:
        self.runner, self.job, self.run_id, self.slots = runner, job, run_id, slots
        self.last = runner.clock.now()

    def __call__(self) -> None:
        runner, now = self.runner, self.runner.clock.now()
        if now - self.last < runner.lease.length / 4:
            return
        self.last = now
        with runner.db.write() as session:
            session.execute(
                update(JobRun)
                .where(JobRun.id == self.run_id)
                .values(alive_until=now + runner.lease.length)
            )
            if self.slots and self.slots.ids:
                claims.renew(session, self.job.rows, self.slots, runner.lease, now)
