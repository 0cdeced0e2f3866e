"""Alerts as JSON facts: what mails, the digest and the CLI tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.customer import Customer
from models.domain.tracking import tracking_url
from models.order import Order
from models.portions import portions
from models.shipment import Shipment

Facts = dict[str, Any]


def utc_text(moment: datetime | None) -> str | None:
    """A moment as ISO 8601 UTC with Z, to the second."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def amount_text(value: Decimal | None) -> str | None:
    """Money or PV with two decimals."""
    return None if value is None else f"{value:.2f}"


def finding_facts(session: Session, alerts: Sequence[Alert]) -> list[Facts]:
    """The facts of each alert, in the order given."""
    customers = _by_id(session, Customer, [alert.customer_id for alert in alerts])
    orders = _by_id(session, Order, [alert.order_id for alert in alerts])
    shipments = _by_id(session, Shipment, [alert.shipment_id for alert in alerts])
    of_order = _shipments_of(session, list(orders))
    return [
        _alert(alert)
        | _customer(customers.get(alert.customer_id))
        | _order(orders.get(alert.order_id))
        | _shipment(shipments.get(alert.shipment_id) or of_order.get(alert.order_id))
        for alert in alerts
    ]


def _by_id(session: Session, model: type[Any], ids: Sequence[int | None]) -> dict[int | None, Any]:
    wanted = {row_id for row_id in ids if row_id is not None}
    return {
        row.id: row
        for some in portions(wanted)
        for row in session.scalars(select(model).where(model.id.in_(some)))
    }


def _shipments_of(session: Session, order_ids: Sequence[int | None]) -> dict[int | None, Shipment]:
    return {
        row.order_id: row
        for some in portions(order_ids)
        for row in session.scalars(
            select(Shipment).where(Shipment.order_id.in_(some)).order_by(Shipment.id)
        )
    }


def _alert(alert: Alert) -> Facts:
    return {
        "alert_id": alert.id,
        "rule": alert.rule,
        "severity": alert.severity.value,
        "month": str(alert.month) if alert.month else None,
        "deadline": utc_text(alert.deadline),
        "opened_at": utc_text(alert.opened_at),
        "details": alert.details,
    }


def _customer(customer: Customer | None) -> Facts:
    return {
        "customer_id": customer.member_id if customer else None,
        "customer_name": customer.name if customer else None,
    }


def _order(order: Order | None) -> Facts:
    if order is None:
        return dict.fromkeys(
            ("order", "order_date", "type", "pv", "total", "currency", "ship_date")
        )
    return {
        "order": order.number,
        "order_date": order.order_date.isoformat(),
        "type": order.source,
        "pv": amount_text(order.pv),
        "total": amount_text(order.total),
        "currency": order.currency,
        "ship_date": order.ship_date.isoformat() if order.ship_date else None,
    }


def _shipment(shipment: Shipment | None) -> Facts:
    if shipment is None:
        return dict.fromkeys(
            ("shipment", "carrier", "tracking_url", "parcel_state", "parcel_text",
             "parcel_since", "stop")
        )  # fmt: skip
    return {
        "shipment": shipment.number,
        "carrier": shipment.carrier.value if shipment.carrier else None,
        "tracking_url": tracking_url(shipment.carrier, shipment.number),
        "parcel_state": shipment.state.value if shipment.state else None,
        "parcel_text": shipment.text,
        "parcel_since": utc_text(shipment.state_since),
        "stop": shipment.stop.value if shipment.stop else None,
    }


def subject_facts(session: Session, pairs: Sequence[tuple[int, int]]) -> list[Facts]:
    """The facts of customer, order and parcel, per pair of a customer's and an order's row."""
    customers = _by_id(session, Customer, [customer for customer, _ in pairs])
    orders = _by_id(session, Order, [order for _, order in pairs])
    shipments = _shipments_of(session, list(orders))
    return [
        _customer(customers.get(customer))
        | {"month": str(orders[order].pv_month)}
        | _order(orders.get(order))
        | _shipment(shipments.get(order))
        for customer, order in pairs
    ]
