"""What an alert rests on, as JSON: orders, parcels and words with their dates, and the numbers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.values import OrderFacts, Parcel
from models.finding_facts import Facts, amount_text, utc_text
from tasks.checks.evidence import RULE_THRESHOLDS, Exhibit, Subject, evidence
from tasks.checks.load import load_dossiers, situation_of

if TYPE_CHECKING:
    from worker.bootstrap import House

View = dict[str, Any]


def evidence_view(
    session: Session, alert: Alert, facts: Facts, house: House, now: datetime
) -> View:
    """The exhibits of an alert about a customer, and the settings that its rule compares with."""
    limits = house.thresholds
    names = RULE_THRESHOLDS.get(alert.rule, ())
    return {
        "facts": [_exhibit(each) for each in _exhibits(session, alert, facts, house, now)],
        "settings": [
            {"name": f"ORDERWATCH_RULES__{name.upper()}", "value": _value(getattr(limits, name))}
            for name in names
        ],
    }


def _exhibits(
    session: Session, alert: Alert, facts: Facts, house: House, now: datetime
) -> list[Exhibit]:
    if alert.customer_id is None:
        return []
    today = now.astimezone(house.timezone).date()
    (dossier,), first_shown = load_dossiers(session, [alert.customer_id], house.families, today)
    situation = situation_of(
        dossier, now, house.timezone, house.workdays, house.thresholds, first_shown
    )
    shipment = facts["shipment"] if alert.shipment_id else None
    other = alert.details.get("other_order")
    return evidence(situation, Subject(alert.rule, facts["order"], other, shipment, alert.month))


def _exhibit(exhibit: Exhibit) -> View:
    return {
        "says": exhibit.says,
        "order": _order(exhibit.order) if exhibit.order else None,
        "parcel": _parcel(exhibit.parcel) if exhibit.parcel else None,
    }


def _order(order: OrderFacts) -> View:
    return {
        "order_number": order.number,
        "order_date": order.order_date.isoformat(),
        "pv_month": str(order.pv_month),
        "type": order.source,
        "pv": amount_text(order.pv),
        "total": amount_text(order.total),
        "ship_date": order.ship_date.isoformat() if order.ship_date else None,
        "paid": order.paid,
    }


def _parcel(parcel: Parcel) -> View:
    return {
        "number": parcel.number,
        "state": parcel.state.value if parcel.state else None,
        "state_since": utc_text(parcel.state_since),
        "last_event_at": utc_text(parcel.last_event_at),
        "expected_to": utc_text(parcel.expected_to),
    }


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def exhibit_line(exhibit: View, moment: Any) -> str:
    """One exhibit as a line for a person; `moment` shows a JSON time."""
    if (order := exhibit["order"]) is not None:
        shipped = f"shipped {order['ship_date']}" if order["ship_date"] else "not shipped"
        about = (
            f"{order['order_number']} of {order['order_date']}, {order['type']}, "
            f"{order['pv']} PV for {order['pv_month']}, {shipped}"
        )
        return f"{exhibit['says']}: {about}"
    if (parcel := exhibit["parcel"]) is not None:
        since = f" since {moment(parcel['state_since'])}" if parcel["state_since"] else ""
        scan = f", last scan {moment(parcel['last_event_at'])}" if parcel["last_event_at"] else ""
        state = parcel["state"] or "not scanned"
        return f"{exhibit['says']}: {parcel['number']}, {state}{since}{scan}"
    return str(exhibit["says"])
