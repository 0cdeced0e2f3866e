"""Bulk inserts: every value arrives as its type says, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.domain.values import CarrierName, Problem
from models.session import Database
from models.shipment import Shipment
from models.upsert import insert_many
from tests.models.rows import add_customer, add_order

NOW = datetime(2026, 10, 22, 10, tzinfo=UTC)


def _parcels(db: Database) -> list[Shipment]:
    with db.read() as session:
        return list(session.scalars(select(Shipment).order_by(Shipment.number)))


def _row(order_id: int, number: str, **columns: Any) -> dict[str, Any]:
    known = {"order_id": order_id, "number": number, "first_seen_at": NOW, "text": None}
    return known | {"carrier": CarrierName.HERMES, "next_poll_at": None} | columns


def test_values_arrive_as_their_types_say(db: Database) -> None:
    """Times, choices and defaults are those that a row of its own would get."""
    later = NOW + timedelta(hours=1)
    with db.write() as session:
        order = add_order(session, add_customer(session, NOW), NOW).id
        insert_many(session, Shipment, [_row(order, "1"), _row(order, "2", next_poll_at=later)])
    first, second = _parcels(db)
    assert (first.first_seen_at, first.carrier, first.text) == (NOW, CarrierName.HERMES, None)
    assert (first.next_poll_at, second.next_poll_at) == (None, later)
    assert (first.problem, first.misses, first.attempts) == (Problem.NONE, 0, 0)


def test_what_is_there_already_stays(db: Database) -> None:
    """A row that another process has stored a moment ago breaks nothing and is not replaced."""
    with db.write() as session:
        order = add_order(session, add_customer(session, NOW), NOW).id
        insert_many(session, Shipment, [_row(order, "1", text="first")])
    with db.write() as session:
        insert_many(session, Shipment, [])
        insert_many(session, Shipment, [_row(order, n, text="second") for n in ("1", "2")])
    assert [parcel.text for parcel in _parcels(db)] == ["first", "second"]
