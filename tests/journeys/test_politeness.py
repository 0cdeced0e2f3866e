"""Manners towards a carrier that hold over all processes together, seen from the carrier's side."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from models.domain.values import CarrierName
from models.session import Database
from models.shipment import Shipment
from tests.models.rows import add_customer, add_order
from tests.services.processes import Program, wait_until
from worker.simulator.days import local_date
from worker.simulator.numbers import parcel_number
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

SPACING = 0.2


def _add_parcels(db: Database, parcels: int) -> None:
    """So many Hermes parcels of one order, all due now."""
    now = datetime.now(UTC)
    numbers = [parcel_number(CarrierName.HERMES, 300_000_000 + n) for n in range(parcels)]
    with db.write() as session:
        customer = add_customer(session, now, next_review_at=None, baseline=False)
        facts = {
            "order_id": add_order(session, customer, now).id, "carrier": CarrierName.HERMES,
            "first_seen_at": now, "next_poll_at": now,
        }  # fmt: skip
        session.execute(insert(Shipment), [facts | {"number": number} for number in numbers])


def _asked(db: Database) -> int:
    with db.read() as session:
        query = select(func.count()).where(Shipment.asked_at.is_not(None))
        return session.scalar(query) or 0


@pytest.mark.parametrize("parcels", [30, pytest.param(200, marks=pytest.mark.storm)])
def test_two_schedulers_and_four_workers_ask_as_one(
    postgres_url: str, redis_url: str, tmp_path: Path, parcels: int
) -> None:
    """No two requests closer than 0.8 of the spacing, and no parcel asked for twice."""
    db = Database(postgres_url)
    with Simulator(make_world(1, local_date(datetime.now(UTC)), 12, 1)) as simulator:
        own = {
            "DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "BACKOFFICE__ENABLED": "false",
            "HERMES__MIN_SPACING_SECONDS": str(SPACING), "HERMES__PACE__NIGHT": "off",
        }  # fmt: skip
        named = {f"ORDERWATCH_{name}": value for name, value in own.items()}
        programs = [
            Program(words, simulator.settings() | named, tmp_path)
            for words in ("scheduler",) * 2 + ("worker",) * 4
        ]
        with ExitStack() as running:
            for program in programs:
                running.enter_context(program)
                program.wait_for("started")
            _add_parcels(db, parcels)
            wait_until(lambda: _asked(db) == parcels, "all are asked", 30 + 2 * parcels * SPACING)
        gaps, requests = simulator.log.gaps("hermes"), simulator.log.all("hermes")
    db.close()
    print(f"{parcels} parcels, least gap {min(gaps):.3f} s, span {sum(gaps):.1f} s")
    assert set(Counter(request.number for request in requests).values()) == {1}
    assert len(requests) == parcels
    assert min(gaps) >= 0.8 * SPACING
