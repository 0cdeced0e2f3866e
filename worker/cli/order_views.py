"""Orders as JSON: queries and shapes of `orders list` and `orders show`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.credit_signs import load_credits
from models.customer import Customer
from models.domain.families import family_of
from models.domain.order_status import OrderSigns, order_status
from models.domain.values import OrderFamily, ParcelState
from models.finding_facts import amount_text, utc_text
from models.order import Invoice, Order, OrderLineRow
from models.order_change import OrderChange
from models.shipment import Shipment

View = dict[str, Any]
Families = Mapping[str, OrderFamily]

#: The carrier has not moved the parcel yet, or nobody knows.
_STILL_THERE = frozenset({None, ParcelState.ANNOUNCED, ParcelState.UNKNOWN})


def order_views(
    session: Session, families: Families, *where: ColumnElement[bool], limit: int | None = None
) -> list[View]:
    """The orders that `where` picks, newest first; with a limit only so many."""
    newest = (Order.order_date.desc(), Order.id.desc())
    if limit is not None:
        where = (Order.id.in_(select(Order.id).where(*where).order_by(*newest).limit(limit)),)
    # Plain rows: a list of thousands would spend most of its time making objects.
    rows = session.execute(
        select(Order.__table__, Customer.member_id, Customer.name.label("customer_name"))
        .join(Customer, Customer.id == Order.customer_id)
        .where(*where)
        .order_by(*newest)
    ).all()
    if limit is not None:  # few enough to be named; a query in a query is planned badly
        where = (Order.id.in_([row.id for row in rows]),)
    parcels = _parcels(session, *where)
    credits = load_credits(session, select(Order.customer_id).where(*where), families)
    return [_view(row, row.number in credits, parcels[row.id], families) for row in rows]


def _parcels(session: Session, *where: ColumnElement[bool]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    rows = session.execute(
        select(Shipment.order_id, Shipment.number, Shipment.carrier, Shipment.state)
        .join(Order, Order.id == Shipment.order_id)
        .where(*where)
        .order_by(Shipment.id)
    )
    for parcel in rows:
        found[parcel.order_id].append(parcel)
    return found


def _view(order: Any, credited: bool, parcels: Sequence[Any], families: Families) -> View:
    family = family_of(
        order.source, list_type=order.list_type, pv=order.pv, total=order.total, table=families
    )
    newest = parcels[-1] if parcels else None
    return {
        "order_number": order.number,
        "order_date": order.order_date.isoformat(),
        "pv_month": str(order.pv_month),
        "type": order.source,
        "family": family.value,
        "pv": amount_text(order.pv),
        "total": amount_text(order.total),
        "currency": order.currency,
        "customer_id": order.member_id,
        "customer_name": order.customer_name,
        "invoice_number": order.invoice_number,
        "paid": order.paid,
        "ship_date": order.ship_date.isoformat() if order.ship_date else None,
        "tracking_number": newest.number if newest else None,
        "carrier": newest.carrier.value if newest and newest.carrier else None,
        "status": order_status(_signs(order, credited, parcels)).value,
    }


def _signs(order: Any, credited: bool, parcels: Sequence[Any]) -> OrderSigns:
    """A parcel that the carrier has moved was shipped, whatever date the source still lacks."""
    states = [parcel.state for parcel in parcels]
    return OrderSigns(
        pv=order.pv,
        total=order.total,
        paid=order.paid,
        shipped=order.ship_date is not None or not _STILL_THERE.issuperset(states),
        vanished=order.vanished_at is not None,
        credited=credited,
        parcels=states,
    )


def order_card(session: Session, families: Families, number: str, timezone: str) -> View | None:
    """One order with lines, invoice, parcels and findings; None when it is not known."""
    from worker.cli.alert_views import alert_views  # the words of all rules; a list has none
    from worker.cli.shipment_views import shipment_views

    order = session.scalar(select(Order).where(Order.number == number))
    if order is None:
        return None
    (view,) = order_views(session, families, Order.id == order.id)
    # Alerts are found by their customer: of the orders there is no index.
    about = (Alert.customer_id == order.customer_id, Alert.order_id == order.id)
    return view | {
        "accepted_at": utc_text(order.accepted_at),
        "historic": order.historic,
        "first_seen_at": utc_text(order.first_seen_at),
        "changed_at": utc_text(order.changed_at),
        "vanished_at": utc_text(order.vanished_at),
        "lines": _lines(session, order.id),
        "invoice": _invoice(session, order.id),
        "changes": _changes(session, order.id),
        "shipments": shipment_views(session, Shipment.order_id == order.id),
        "alerts": alert_views(session, *about, timezone=timezone),
    }


def _lines(session: Session, order_id: int) -> list[View]:
    rows = session.scalars(
        select(OrderLineRow)
        .where(OrderLineRow.order_id == order_id)
        .order_by(OrderLineRow.position)
    )
    return [
        {
            "item": line.item,
            "quantity": line.quantity,
            "description": line.description,
            "pv": amount_text(line.pv),
            "price": amount_text(line.price),
        }
        for line in rows
    ]


def _changes(session: Session, order_id: int) -> list[View]:
    """What changed of it since it was first seen, oldest first."""
    rows = session.scalars(
        select(OrderChange).where(OrderChange.order_id == order_id).order_by(OrderChange.id)
    )
    return [
        {"at": utc_text(row.at), "field": row.field, "before": row.before, "after": row.after}
        for row in rows
    ]


def _invoice(session: Session, order_id: int) -> View | None:
    invoice = session.scalar(select(Invoice).where(Invoice.order_id == order_id))
    if invoice is None:
        return None
    fetched = utc_text(invoice.fetched_at)
    return {"copy": invoice.state, "reason": invoice.reason, "fetched_at": fetched}
