"""A database, and a runner over jobs of the test's own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import select

from models.claims import Lease
from models.job import JobRun, Slot
from models.queues import DELIVERIES
from models.session import Database
from tasks.run import Counts, Run
from tests.services.clock import FakeClock
from worker.jobs import Job
from worker.runner import Runner

LEASE = Lease(timedelta(minutes=2), max_attempts=3)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """A migrated, empty database."""
    database = Database(database_url)
    yield database
    database.close()


class Bench:
    """A runner with a scheduled job `sync-orders` and a job `deliver-mail` with rows."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock = db, clock
        self.work: Callable[[Run], Counts] = lambda run: Counts(orders=2)
        self.mail_work: Callable[[Run], Counts] = lambda run: Counts()
        self.woken: list[str] = []
        self.stopping = threading.Event()
        jobs = (
            Job("sync-orders", lambda run: self.work(run)),
            Job("deliver-mail", lambda run: self.mail_work(run), DELIVERIES),
        )
        by_name = {job.name: job for job in jobs}
        self.runner = Runner(db, clock, by_name, LEASE, self.woken.append, self.stopping)

    def runs(self) -> list[JobRun]:
        """The history, oldest first."""
        with self.db.read() as session:
            return list(session.scalars(select(JobRun).order_by(JobRun.id)))

    def slots(self) -> list[Slot]:
        """The scheduled runs by time."""
        with self.db.read() as session:
            return list(session.scalars(select(Slot).order_by(Slot.due_at)))


@pytest.fixture
def bench(db: Database, clock: FakeClock) -> Bench:
    """A runner whose jobs do what the test says."""
    return Bench(db, clock)


@pytest.fixture
def own_logging() -> Iterator[None]:
    """A test that sets up logging leaves none of it behind."""
    root = logging.getLogger()
    before = root.handlers, root.level
    yield
    root.handlers, root.level = before
    structlog.reset_defaults()
