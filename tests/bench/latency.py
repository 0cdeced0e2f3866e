"""From an order in the back office to the alert's mail in the mailbox, through real processes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles

from sqlalchemy import select

from models.order import Order
from models.queues import REVIEWS
from models.session import Database
from models.source import Source
from tests.bench.ground import Figures, Ground, figure
from tests.services.processes import Program, wait_until
from tests.services.redis_server import RedisServer
from worker.clock import SystemClock
from worker.scheduler import Planner
from worker.simulator.baskets import products
from worker.simulator.days import local_date
from worker.simulator.records import Customer
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

ORDERS = 30

#: What the issue promises for 95 of 100 orders (seconds).
PROMISED = 2.0

#: A sync is due when the order is there, so that its schedule is no part of the wait.
_SETTINGS = {
    "SCHEDULE__SYNC": "every 12h",
    "ALERTS__MAILS_PER_HOUR": "1000",
    "BACKOFFICE__MIN_SPACING_SECONDS": "0",
    "HERMES__MIN_SPACING_SECONDS": "0",
    "QUIET_HOURS": "off",
    "INVOICES__MODE": "off",
}
_PATIENCE_SECONDS = 60


def figures(ground: Ground) -> Figures:
    """Seconds within which 95 of 100 alerts are mailed, against what is promised."""
    return {
        "latency": figure([p95(None)], [PROMISED]),
        "latency_postgresql": figure([p95(ground.address("postgresql"))], [PROMISED]),
    }


def p95(database_url: str | None) -> float:
    """Seconds within which 95 of 100 alerts have been accepted by the mail server.

    None = `orderwatch run` on SQLite; else scheduler and worker on that PostgreSQL, and Redis.
    """
    with _running(database_url) as (simulator, db):
        people = [customer.member_id for customer in _casual(simulator)][:ORDERS]
        assert len(people) == ORDERS
        baskets = products()[:2]
        first = [simulator.stage.place(member, "IO", baskets).number for member in people]
        planner = Planner(db, SystemClock(), (), timedelta(0))
        planner.run_now("sync-orders")
        wait_until(lambda: _known(db, first), "the first orders have been read")
        waits = [_wait(simulator, planner, member) for member in people]
    return quantiles(waits, n=20)[-1]


def _wait(simulator: Simulator, planner: Planner, member: str) -> float:
    """She orders the same again; the seconds until the consultant is told."""
    began = time.perf_counter()
    order = simulator.stage.place(member, "IO", products()[:2]).number
    planner.run_now("sync-orders")
    known = len(simulator.mailbox.all("alert"))
    while time.perf_counter() - began < _PATIENCE_SECONDS:
        new = simulator.mailbox.all("alert")[known:]
        if any(order in str(mail.message.get_body(("plain",))) for mail in new):
            return time.perf_counter() - began
        time.sleep(0.005)
    raise AssertionError(f"no alert for order {order} within {_PATIENCE_SECONDS} s")


def _casual(simulator: Simulator) -> list[Customer]:
    world = simulator.world
    busy = {o.member_id for o in world.orders if o.source == "AS" or o.placed_at > world.opens_at}
    return [one for one in simulator.stage.team() if one.member_id not in busy]


@contextmanager
def _running(database_url: str | None) -> Iterator[tuple[Simulator, Database]]:
    world = make_world(1, local_date(datetime.now(UTC)), 20, 1, customers=2 * ORDERS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        simulator = stack.enter_context(Simulator(world))
        url, words, more = f"sqlite:///{folder / 'bench.db'}", ["run"], {}
        if database_url is not None:
            redis = RedisServer(folder)
            redis.start()
            stack.callback(redis.stop)
            url, words, more = database_url, ["scheduler", "worker"], {"REDIS_URL": redis.url}
        own = _SETTINGS | more | {"DATABASE_URL": url}
        named = {f"ORDERWATCH_{name}": value for name, value in own.items()}
        db = Database(url)
        db.upgrade()
        stack.callback(db.close)
        for word in words:
            stack.enter_context(Program(word, simulator.settings() | named, folder))
        wait_until(lambda: _has_begun(db, simulator), "the first sync has been told", 120)
        yield simulator, db


def _known(db: Database, numbers: list[str]) -> bool:
    with db.read() as session:
        stored = session.scalars(select(Order.number).where(Order.number.in_(numbers))).all()
        return len(stored) == len(numbers) and not REVIEWS.is_due(session, datetime.now(UTC))


def _has_begun(db: Database, simulator: Simulator) -> bool:
    with db.read() as session:
        source = session.get(Source, "backoffice")
        begun = source is not None and source.baseline_at is not None
    return begun and bool(simulator.mailbox.all("first-sync-summary"))
