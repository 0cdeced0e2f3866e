"""Reviews: whether their cost follows what changed, or what has piled up."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text, update

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
from tests.services.clock import FakeClock

NOW = datetime(2026, 10, 12, 8, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")

#: Orders of one customer: an AS each month.
EACH = 10
CHANGED = 100

#: Reviewed as a whole: does an order cost the same among ten times as many?
FEW, MANY = 10_000, 100_000

#: Old orders beside which a few new ones come: does history cost anything?
YOUNG, OLD = 1_000, 1_000_000

OPTIONS = ReviewOptions(
    BERLIN, Workdays(None), DEFAULT_THRESHOLDS, DEFAULT_FAMILIES, Lease(timedelta(minutes=5), 8)
)

_NUMBERS = """
WITH RECURSIVE count(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM count WHERE n < :most - 1)
"""

_CUSTOMERS = """
INSERT INTO customers (member_id, is_owner, name, name_key, email, first_seen_at, baseline,
                       next_review_at)
{numbers} SELECT CAST(8000000 + n AS VARCHAR), FALSE, 'Nr. ' || n, 'nr. ' || n,
                 'c' || n || '@example.org', '2025-12-01 08:00:00', FALSE, '2026-11-01 00:00:00'
FROM count
"""

#: One in fifty is of a type that nobody knows.
_ORDERS = """
INSERT INTO orders (number, customer_id, order_date, pv_month, source, list_type, pv, total,
                    currency, ship_date, paid, row_hash, historic, lines_known, first_seen_at,
                    changed_at)
{numbers} SELECT CAST(180000000 + n AS VARCHAR), n / 10 + 1, {day},
                 {month}, CASE WHEN n % 50 = 0 THEN 'XX' ELSE 'AS' END, 'I', 6000, 9000 + n % 977,
                 'EUR', {day}, TRUE, 'x', TRUE, TRUE, '2025-12-01 08:00:00', '2025-12-01 08:00:00'
FROM count
"""

_LINES = """
INSERT INTO order_lines (order_id, position, item, quantity)
{numbers} SELECT n + 1, 1, CAST(n % 97 AS VARCHAR), 1 + n % 3 FROM count
"""

_PARCELS = """
INSERT INTO shipments (order_id, number, carrier, state, problem, misses, number_refused,
                       first_seen_at)
{numbers} SELECT n + 1, 'H' || n, 'hermes', 'delivered', 'none', 0, FALSE, '2025-12-01 08:00:00'
FROM count
"""


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
        fill(db, orders)
    rounds = [tuple(measure(db, nth) for db in both) for nth in range(times + 1)]
    for db in both:
        db.close()
    ours, baseline = zip(*rounds[1:], strict=True)
    return figure(ours, baseline)


def fill(db: Database, orders: int) -> None:
    """So many old orders, ten of each customer, January to October; nothing is due."""
    sqlite = db.is_sqlite
    padded = "printf('%02d', n % 10 + 1)" if sqlite else "lpad(CAST(n % 10 + 1 AS VARCHAR), 2, '0')"
    day = f"'2026-' || {padded} || '-05'"
    date_of = day if sqlite else f"CAST({day} AS DATE)"
    month = f"substr({day}, 1, 7)"
    with db.write() as session:
        for statement, most in (
            (_CUSTOMERS, orders // EACH), (_ORDERS, orders), (_LINES, orders), (_PARCELS, orders),
        ):  # fmt: skip
            sql = statement.format(numbers=_NUMBERS, day=date_of, month=month)
            session.execute(text(sql), {"most": most})
    if not sqlite:  # what autovacuum does by itself after so many rows
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))


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
