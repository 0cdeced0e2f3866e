"""Parcels as JSON: queries and shapes of `shipments list` and `shipments show`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.customer import Customer
from models.domain.tracking import tracking_url
from models.finding_facts import utc_text
from models.order import Order
from models.shipment import Shipment, ShipmentEvent

View = dict[str, Any]


def shipment_views(session: Session, *where: ColumnElement[bool]) -> list[View]:
    """The parcels that `where` picks, newest first."""
    rows = session.execute(
        select(Shipment, Order.number)
        .join(Order, Order.id == Shipment.order_id)
        .where(*where)
        .order_by(Shipment.id.desc())
    )
    return [_view(shipment, order) for shipment, order in rows]


def _view(shipment: Shipment, order: str) -> View:
    return {
        "number": shipment.number,
        "carrier": shipment.carrier.value if shipment.carrier else None,
        "order": order,
        "state": shipment.state.value if shipment.state else None,
        "shipped_at": utc_text(shipment.shipped_at),
        "last_event_at": utc_text(shipment.last_event_at),
        "expected_from": utc_text(shipment.expected_from),
        "expected_to": utc_text(shipment.expected_to),
        "next_poll_at": utc_text(shipment.next_poll_at),
    }


def shipment_card(session: Session, number: str) -> View | None:
    """One parcel with its scans, newest first; None when it is not known.

    A parcel that carries two orders is shown with the newer one.
    """
    row = session.execute(
        select(Shipment, Order.number, Customer.member_id, Customer.name)
        .join(Order, Order.id == Shipment.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Shipment.number == number)
        .order_by(Shipment.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    shipment, order, customer_id, customer_name = row
    return _view(shipment, order) | {
        "customer_id": customer_id,
        "customer_name": customer_name,
        "problem": shipment.problem.value,
        "stop": shipment.stop.value if shipment.stop else None,
        "text": shipment.text,
        "pickup_point": shipment.pickup_point,
        "tracking_url": tracking_url(shipment.carrier, shipment.number),
        "asked_at": utc_text(shipment.asked_at),
        "misses": shipment.misses,
        "number_refused": shipment.number_refused,
        "error": shipment.error,
        "events": _events(session, shipment.id),
    }


def _events(session: Session, shipment_id: int) -> list[View]:
    rows = session.scalars(
        select(ShipmentEvent)
        .where(ShipmentEvent.shipment_id == shipment_id)
        .order_by(ShipmentEvent.at.desc(), ShipmentEvent.id.desc())
    )
    return [
        {"at": utc_text(e.at), "code": e.code, "state": e.state.value, "text": e.text} for e in rows
    ]
