"""Polling: the whole pipeline against a bare HTTP client that fetches the same addresses."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx2
from sqlalchemy import insert, text, update

from models.claims import Lease
from models.customer import Customer
from models.domain.months import PvMonth
from models.domain.values import CarrierName
from models.order import Order
from models.politeness import Manners
from models.session import Database
from models.shipment import Shipment
from tasks.run import Run
from tasks.shipments.asking import Polled
from tasks.shipments.hermes import Hermes
from tasks.shipments.pace import Pace
from tasks.shipments.poll import PollOptions, poll_shipments
from tests.bench.ground import DATABASES, RUNS, Figures, Ground, figure, named
from tests.services.clock import FakeClock

IN_FLIGHT = 25
NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)


PARCELS = 10_000


def figures(ground: Ground) -> Figures:
    """Parcels per second, when every answer is new and when none is."""
    found: Figures = {}
    for database in DATABASES:
        db = ground.fresh(database)
        numbers = fill(db, PARCELS)
        new, same, plain = [], [], []
        for _ in range(RUNS):
            forget(db)
            plain.append(bare(ground.carrier_url, numbers))
            new.append(ours(db, ground.carrier_url, PARCELS))
            same.append(ours(db, ground.carrier_url, PARCELS))
        db.close()
        found[named("poll_new", database)] = figure(new, plain)
        found[named("poll_unchanged", database)] = figure(same, plain)
    return found


def forget(db: Database) -> None:
    """Nothing is known of the parcels any more."""
    with db.write() as session:
        session.execute(text("DELETE FROM shipment_events"))
        session.execute(text("UPDATE shipments SET facts_hash = NULL, state = NULL"))


def fill(db: Database, parcels: int) -> list[str]:
    """So many open parcels, all due. Returns their numbers."""
    numbers = [f"99{n:012d}" for n in range(parcels)]
    with db.write() as session:
        customer = Customer(member_id="1234567", name="Bench", name_key="bench", first_seen_at=NOW)
        session.add(customer)
        session.flush()
        session.execute(insert(Order), [_order(n, customer.id) for n in range(parcels)])
        session.execute(
            insert(Shipment),
            [
                {"order_id": n + 1, "number": number, "carrier": CarrierName.HERMES,
                 "first_seen_at": NOW, "next_poll_at": NOW}
                for n, number in enumerate(numbers)
            ],
        )  # fmt: skip
    return numbers


def _order(n: int, customer: int) -> dict[str, object]:
    return {
        "number": f"{180_000_000 + n}", "customer_id": customer, "order_date": date(2026, 10, 1),
        "pv_month": PvMonth(2026, 10), "source": "AS", "pv": Decimal("57.00"), "row_hash": "",
        "first_seen_at": NOW, "changed_at": NOW,
    }  # fmt: skip


def bare(url: str, numbers: list[str]) -> float:
    """Addresses fetched per second by a bare client."""
    begin = time.perf_counter()
    with httpx2.Client() as client, ThreadPoolExecutor(IN_FLIGHT) as threads:
        list(threads.map(lambda number: client.get(f"{url}/{number}").raise_for_status(), numbers))
    return len(numbers) / (time.perf_counter() - begin)


def ours(db: Database, url: str, parcels: int, in_flight: int = IN_FLIGHT) -> float:
    """Parcels polled per second: claim, HTTP, parse, events, next time."""
    with db.write() as session:
        session.execute(update(Shipment).values(next_poll_at=NOW, claim_token=None))
    with Hermes(url, "orderwatch-bench") as hermes:
        polled = Polled(hermes, Manners(timedelta(0), 10**9), in_flight)
        options = PollOptions(
            {CarrierName.HERMES: polled}, Pace(), ZoneInfo("Europe/Berlin"),
            Lease(timedelta(minutes=5), 8),
        )  # fmt: skip
        begin = time.perf_counter()
        counts = poll_shipments(db, FakeClock(NOW), options, Run())
        seconds = time.perf_counter() - begin
    assert counts["asked"] == parcels, counts
    return parcels / seconds
