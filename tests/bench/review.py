"""Reviews: whether their cost follows what changed, or what has piled up."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update

from models.claims import Lease, make_due
from models.customer import Customer
from models.domain.families import DEFAULT_FAMILIES
from models.domain.months import PvMonth
from models.domain.workdays import Workdays
from models.order import Order
from models.queues import REVIEWS
from models.session import Database
from tasks.checks.review import ReviewOptions, review_orders
from tasks.checks.thresholds import DEFAULT_THRESHOLDS
from tasks.orders.customers import CustomerRef
from tasks.orders.parts import Moment
from tasks.orders.store import store_orders
from tasks.ports import OrderPage, OrderRecord
from tasks.run import Run
from tests.bench.ground import DATABASES, Figure, Figures, Ground, figure, named
from tests.bench.history import grow
from tests.services.clock import FakeClock

NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

CHANGED = 100

#: Reviewed as a whole: does an order cost the same among ten times as many?
FEW, MANY = 10_000, 100_000

#: Old orders beside which a few new ones come: does history cost anything?
YOUNG, OLD = 1_000, 1_000_000

OPTIONS = ReviewOptions(
    BERLIN, Workdays(None), DEFAULT_THRESHOLDS, DEFAULT_FAMILIES, Lease(timedelta(minutes=5), 8)
)


def figures(ground: Ground) -> Figures:
    """Cost against cost in ms, 1 is the same: per 1,000 orders of many against few, and of a sync
    of 100 new orders beside a long history against a short one.
    """
    found: Figures = {}
    for database in DATABASES:
        linear = _alternate(ground, database, (MANY, FEW), 3, lambda db, _: review_all(db))
        growth = _alternate(ground, database, (OLD, YOUNG), 15, sync_changed)
        found[named("review_linear", database)] = linear
        found[named("review_growth", database)] = growth
    return found


def _alternate(
    ground: Ground,
    database: str,
    sizes: tuple[int, int],
    times: int,
    measure: Callable[[Database, int], float],
) -> Figure:
    """Turn about, so that the machine's moods hit both; the first round only warms up."""
    both = [ground.fresh(database) for _ in sizes]
    for db, orders in zip(both, sizes, strict=True):
        grow(db, orders)
    rounds = [tuple(measure(db, nth) for db in both) for nth in range(times + 1)]
    for db in both:
        db.close()
    ours, baseline = zip(*rounds[1:], strict=True)
    return figure(ours, baseline)


def review_all(db: Database) -> float:
    """Milliseconds per 1,000 orders when everybody is due."""
    with db.write() as session:
        session.execute(update(Customer).values(next_review_at=NOW, claim_token=None))
        orders = session.scalar(select(func.count()).select_from(Order)) or 0
        customers = session.scalar(select(func.count()).select_from(Customer)) or 0
    begin = time.perf_counter()
    counts = review_orders(db, FakeClock(NOW), OPTIONS, Run())
    seconds = time.perf_counter() - begin
    assert counts["customers"] == customers, counts
    return seconds * 1000 / (orders / 1000)


def sync_changed(db: Database, nth: int) -> float:
    """Milliseconds to store 100 new orders of as many customers and to review these."""
    clock = FakeClock(NOW)
    with db.read() as session:
        everybody = session.scalar(select(func.max(Customer.id))) or CHANGED
    rows = [n * everybody // CHANGED for n in range(CHANGED)]
    records = [_record(n, row, nth) for n, row in enumerate(rows)]
    people = {
        each.customer_id: CustomerRef(row + 1, False)
        for each, row in zip(records, rows, strict=True)
    }
    begin = time.perf_counter()
    with db.write() as session:
        moment = Moment(NOW, date(2026, 10, 12), frozenset())
        stored = store_orders(session, OrderPage(tuple(records)).orders, people, moment)
        make_due(session, REVIEWS, stored.touched, NOW)
    counts = review_orders(db, clock, OPTIONS, Run())
    seconds = time.perf_counter() - begin
    assert counts["customers"] == CHANGED, counts
    return seconds * 1000


def _record(n: int, row: int, nth: int) -> OrderRecord:
    return OrderRecord(
        number=f"{190_000_000 + nth * CHANGED + n}",
        customer_id=f"{8_000_000 + row}",
        customer_name=f"Nr. {row}",
        order_date=date(2026, 10, 11),
        pv_month=PvMonth(2026, 10),
        source="XX" if n == 0 else "IO",
        pv=Decimal(57),
        total=Decimal(80 + n),
        ship_date=date(2026, 10, 11),
    )
