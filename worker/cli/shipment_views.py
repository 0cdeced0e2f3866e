"""Parcels as JSON: queries and shapes of `shipments list` and `shipments show`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.customer import Customer
from models.domain.tracking import hermes_check_digit_ok, tracking_url
from models.domain.values import CarrierName
from models.finding_facts import utc_text
from models.order import Order
from models.shipment import Shipment, ShipmentEvent

View = dict[str, Any]

HERMES = CarrierName.HERMES


def shipment_views(
    session: Session, *where: ColumnElement[bool], limit: int | None = None
) -> list[View]:
    """The parcels that `where` picks, newest first; with a limit only so many."""
    rows = session.execute(
        select(Shipment.__table__, Order.number.label("order_number"))
        .join(Order, Order.id == Shipment.order_id)
        .where(*where)
        .order_by(Shipment.id.desc())
        .limit(limit)
    )
    return [_view(row, row.order_number) for row in rows]


def _view(shipment: Any, order: str) -> View:
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


def told_parcels(session: Session, order: str, followed: frozenset[CarrierName]) -> list[View]:
    """What an order's customer is told of its parcels; a number that was replaced is left out."""
    rows = session.scalars(
        select(Shipment)
        .join(Order, Order.id == Shipment.order_id)
        .where(Order.number == order)
        .order_by(Shipment.id)
    ).all()
    return [
        _view(row, order)
        | _more(row)
        | {"given_up": row.given_up, "followed": row.carrier in followed and _asked_about(row)}
        for row in rows
        if row.given_up is None or row is rows[-1]
    ]


def _asked_about(shipment: Shipment) -> bool:
    """Whether its carrier has been asked or will be; old parcels of a first sync are not."""
    return shipment.asked_at is not None or shipment.next_poll_at is not None


def _more(shipment: Shipment) -> View:
    return {
        "problem": shipment.problem.value,
        "stop": shipment.stop.value if shipment.stop else None,
        "state_since": utc_text(shipment.state_since),
        "text": shipment.text,
        "pickup_point": shipment.pickup_point,
        "tracking_url": tracking_url(shipment.carrier, shipment.number),
    }


def shipment_card(session: Session, number: str, timezone: str) -> View | None:
    """One parcel and its road: scans, delivery windows, polls, findings; None when not known.

    A parcel that carries two orders is shown with the newer one.
    """
    from worker.cli.alert_views import alert_views  # the words of all rules; a list has none

    row = session.execute(
        select(Shipment, Order, Customer.member_id, Customer.name)
        .join(Order, Order.id == Shipment.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Shipment.number == number)
        .order_by(Shipment.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    shipment, order, customer_id, customer_name = row
    # Alerts are found by their customer: of the parcels there is no index.
    about = (Alert.customer_id == order.customer_id, Alert.shipment_id == shipment.id)
    return _view(shipment, order.number) | _more(shipment) | {
        "customer_id": customer_id,
        "customer_name": customer_name,
        "check_digit_ok": _check_digit(shipment),
        "first_seen_at": utc_text(shipment.first_seen_at),
        "asked_at": utc_text(shipment.asked_at),
        "polls": shipment.polls,
        "misses": shipment.misses,
        "number_refused": shipment.number_refused,
        "given_up": shipment.given_up,
        "error": shipment.error,
        "windows": [_window(window) for window in reversed(shipment.windows or ())],
        "events": _events(session, shipment.id),
        "alerts": alert_views(session, *about, timezone=timezone),
    }  # fmt: skip


def _check_digit(shipment: Shipment) -> bool | None:
    return hermes_check_digit_ok(shipment.number) if shipment.carrier is HERMES else None


def _window(window: View) -> View:
    """A delivery window and when it was first told; times as everywhere."""
    times = {name: datetime.fromisoformat(at) for name, at in window.items() if at}
    return {name: utc_text(times.get(name)) for name in ("told_at", "from", "to")}


def _events(session: Session, shipment_id: int) -> list[View]:
    rows = session.scalars(
        select(ShipmentEvent)
        .where(ShipmentEvent.shipment_id == shipment_id)
        .order_by(ShipmentEvent.at.desc(), ShipmentEvent.id.desc())
    )
    return [
        {"at": utc_text(e.at), "code": e.code, "state": e.state.value, "text": e.text} for e in rows
    ]
