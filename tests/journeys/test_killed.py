"""Real processes that die, and a Redis that forgets: nothing is lost, nothing is doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.alert import Alert, AlertNotice
from models.domain.values import AlertState, MailState, RunState, Severity
from models.job import JobRun, Slot
from models.mail import Mail
from models.order import Order
from models.queue import Queue
from models.queues import COPIES, DELIVERIES, NOTICES, POLLS, REVIEWS
from models.session import Database
from models.shipment import Shipment
from models.source import Source
from tests.services.processes import Program, wait_until
from tests.services.redis_server import RedisServer
from worker.simulator.baskets import products
from worker.simulator.days import local_date
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

#: What `orderwatch run` may take to finish what it is doing.
GRACE_SECONDS = 45

TELLING = (REVIEWS, NOTICES, COPIES, DELIVERIES, Queue(Slot, Slot.next_run_at))

_MAILED = (Severity.HIGH, Severity.MEDIUM)


class Site:
    """A simulator on real time, a database to look into, and the settings of all processes."""

    def __init__(self, simulator: Simulator, database_url: str, folder: Path) -> None:
        self.simulator, self.folder = simulator, folder
        self.db = Database(database_url)
        self.own = {
            "DATABASE_URL": database_url,
            "BACKOFFICE__MIN_SPACING_SECONDS": "0",
            "HERMES__MIN_SPACING_SECONDS": "0",
            "HERMES__PACE__NIGHT": "off",
            "QUIET_HOURS": "off",
            "WORKER__LEASE_SECONDS": "30",
        }

    def program(self, words: str, **more: str) -> Program:
        """`orderwatch WORDS`, to be started."""
        named = {f"ORDERWATCH_{name}": value for name, value in (self.own | more).items()}
        return Program(words, self.simulator.settings() | named, self.folder)

    def count(self, model: type[Any], *where: Any) -> int:
        with self.db.read() as session:
            return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    def numbers(self) -> list[str]:
        """The orders that are known."""
        with self.db.read() as session:
            return sorted(session.scalars(select(Order.number)))

    def baseline(self) -> list[str]:
        """The orders that the back office shows."""
        return sorted(order.number for order in self.simulator.world.baseline())

    def baseline_is_reached(self) -> bool:
        with self.db.read() as session:
            source = session.get(Source, "backoffice")
            return source is not None and source.baseline_at is not None

    def order_twice(self, how_many: int) -> list[str]:
        """So many customers order the same thing twice. Returns the second orders' numbers."""
        who = [c.member_id for c in self.simulator.stage.team()][:how_many]
        stage, lines = self.simulator.stage, products()[3:5]
        return [[stage.place(one, "IO", lines).number for _ in "12"][1] for one in who]

    def doubles_are_known(self, numbers: list[str]) -> bool:
        """Whether the second orders have their alerts."""
        keys = [f"duplicate-order:{number}" for number in numbers]
        return self.count(Alert, Alert.key.in_(keys)) == len(numbers)

    def is_quiet(self) -> bool:
        """Whether all that was found has been told: nothing due, claimed or owed but parcels."""
        now = datetime.now(UTC)
        with self.db.read() as session:
            due = any(queue.is_due(session, now) for queue in TELLING)
        owed = self.count(Source, Source.summary_due_at.is_not(None))
        busy = due or owed or self.claimed(*TELLING)
        # Looked at last: a mail is written in the step in which its alert is no longer claimed.
        return not (busy or self.count(Mail, Mail.state.in_((MailState.QUEUED, MailState.SENDING))))

    def claimed(self, *queues: Queue) -> int:
        """How many rows somebody holds."""
        return sum(self.count(q.model, q.model.claim_token.is_not(None)) for q in queues)

    def check_mails(self) -> None:
        """Every mail arrived once by its Message-ID, every alert was told once a stage."""
        standing = (Alert.state == AlertState.OPEN, Alert.severity.in_(_MAILED))
        assert self.count(Alert, *standing) == self.count(Alert, *standing, Alert.stage == 1) > 0
        assert self.count(Mail, Mail.state != MailState.SENT) == 0
        with self.db.read() as session:
            sent = Counter(session.scalars(select(Mail.message_id)))
            told = Counter(session.execute(select(AlertNotice.alert_id, AlertNotice.stage)).all())
        arrived = Counter(mail.message_id for mail in self.simulator.mailbox.all())
        assert arrived == sent
        assert set(told.values()) <= {1}


def _site(database_url: str, folder: Path) -> Iterator[Site]:
    world = make_world(1, local_date(datetime.now(UTC)), 20, 1)
    with Simulator(world) as simulator:
        site = Site(simulator, database_url, folder)
        yield site
        site.db.close()


@pytest.fixture
def big(postgres_url: str, redis_server: RedisServer, tmp_path: Path) -> Iterator[Site]:
    """PostgreSQL and Redis: for scheduler and workers."""
    for site in _site(postgres_url, tmp_path):
        site.own["REDIS_URL"] = redis_server.url
        yield site


@pytest.fixture
def small(sqlite_url: str, tmp_path: Path) -> Iterator[Site]:
    """No server at all: for `orderwatch run`."""
    yield from _site(sqlite_url, tmp_path)


def test_a_worker_killed_in_the_middle_of_a_sync_loses_nothing(big: Site) -> None:
    """Another worker finishes what it began: all orders once, all alerts mailed once."""
    big.simulator.faults.latency = 0.05
    with big.program("scheduler"), big.program("worker") as first:
        wait_until(lambda: big.count(Order) >= 4, "the sync is under way")
        first.kill()
        some = big.numbers()
        assert 0 < len(some) < len(big.baseline())
        assert big.count(JobRun, JobRun.state == RunState.RUNNING) >= 1
        big.simulator.faults.clear()
        with big.program("worker"):
            wait_until(big.baseline_is_reached, "another worker has finished the sync")
            assert big.numbers() == big.baseline()
            wait_until(big.is_quiet, "the baseline is told")
            assert [mail.kind for mail in big.simulator.mailbox.all()] == ["first-sync-summary"]
            doubled = big.order_twice(3)
            assert big.program("jobs run sync-orders").start().wait() == 0
            wait_until(lambda: big.doubles_are_known(doubled), "the alerts are open")
            wait_until(big.is_quiet, "all is told")
    assert len(big.simulator.mailbox.all("first-sync-summary")) == 1
    assert len(big.simulator.mailbox.all("alert")) >= 1
    assert len(big.numbers()) == len(big.baseline()) + 6
    big.check_mails()


def test_redis_emptied_in_the_middle_of_polling_loses_nothing(
    big: Site, redis_server: RedisServer
) -> None:
    """Messages only wake: whatever was forgotten is due all the same, and done once."""
    spaced = {"HERMES__MIN_SPACING_SECONDS": "0.2"}
    asked = Shipment.asked_at.is_not(None)
    open_parcels = Shipment.next_poll_at.is_not(None)
    with big.program("scheduler", **spaced), big.program("worker", **spaced):
        wait_until(
            lambda: (
                big.simulator.log.count("hermes") >= 3
                and big.count(Shipment, open_parcels, ~asked) > 0
            ),
            "polling is under way",
        )
        redis_server.flush()
        doubled = big.order_twice(3)
        wait_until(big.baseline_is_reached, "the sync has ended")
        redis_server.flush()
        assert big.program("jobs run sync-orders").start().wait() == 0
        redis_server.flush()
        wait_until(lambda: not big.count(Shipment, open_parcels, ~asked), "all parcels are asked")
        redis_server.flush()
        wait_until(lambda: set(doubled) <= set(big.numbers()), "the new orders are read")
        redis_server.flush()
        wait_until(lambda: big.doubles_are_known(doubled), "the alerts are open")
        redis_server.flush()
        wait_until(big.is_quiet, "all is told")
    assert len(big.numbers()) == len(big.baseline()) + 6
    big.check_mails()


def test_sigterm_ends_a_run_within_its_grace(small: Site) -> None:
    """What runs may finish, nothing stays claimed, and the next start goes on at once."""
    small.simulator.faults.latency = 0.05
    with small.program("run") as program:
        wait_until(lambda: small.count(Order) >= 4, "the sync is under way")
        assert program.terminate(GRACE_SECONDS) == 0
        assert "Traceback" not in program.output()
    assert 0 < len(small.numbers()) < len(small.baseline())
    assert small.claimed(POLLS, *TELLING) == 0
    assert small.count(JobRun, JobRun.state == RunState.RUNNING) == 0
    assert small.count(Source, Source.busy_token.is_not(None)) == 0
    small.simulator.faults.clear()
    with small.program("run") as again:
        wait_until(small.baseline_is_reached, "the next start finishes the sync", 20)
        assert small.numbers() == small.baseline()
        wait_until(small.is_quiet, "all is told", 20)
        assert again.terminate(GRACE_SECONDS) == 0
    small.check_mails()
    assert len(small.simulator.mailbox.all("first-sync-summary")) == 1
