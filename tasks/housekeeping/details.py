"""What is forgotten of parcels and invoices while their orders stay: portion by portion.

Every function forgets one portion in the caller's transaction and returns how many rows that were;
0 = there is nothing left to forget.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, null, or_, select, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.values import FINAL_PARCEL_STATES, AlertState, MailKind, MailState
from models.mail import Mail
from models.order import Invoice
from models.shipment import Shipment, ShipmentEvent
from tasks.housekeeping.limits import MOST_AT_ONCE, Limits

#: What a carrier told of a parcel; that it was delivered, and when, stays with the order.
_TOLD = (
    Shipment.text,
    Shipment.expected_from,
    Shipment.expected_to,
    Shipment.windows,
    Shipment.pickup_point,
)

#: A mail in one of these states may still need its invoice.
_NOT_SENT = (MailState.QUEUED, MailState.SENDING, MailState.PARKED)


def forget_scans(session: Session, now: datetime, limits: Limits) -> int:
    """The scans of parcels whose last sign is long ago."""
    parcels = select(Shipment.id).where(_past(now - limits.tracking))
    old = select(ShipmentEvent.id).where(ShipmentEvent.shipment_id.in_(parcels))
    ids = session.scalars(old.limit(MOST_AT_ONCE)).all()
    session.execute(delete(ShipmentEvent).where(ShipmentEvent.id.in_(ids)))
    return len(ids)


def forget_parcel_details(session: Session, now: datetime, limits: Limits) -> int:
    """Their delivery windows, the shop where one waited, and the carrier's words."""
    full = or_(*(column.is_not(null()) for column in _TOLD))
    old = select(Shipment.id).where(_past(now - limits.tracking), full)
    ids = session.scalars(old.limit(MOST_AT_ONCE)).all()
    # The JSON columns too: None alone would be stored as a JSON value.
    emptied = {column.key: null() for column in _TOLD}
    session.execute(update(Shipment).where(Shipment.id.in_(ids)).values(emptied))
    _forget_shops(session, ids)
    return len(ids)


def _past(before: datetime) -> ColumnElement[bool]:
    """Parcels at their end, or given up, whose last sign was before that."""
    sign = func.coalesce(
        Shipment.last_event_at, Shipment.state_since, Shipment.asked_at, Shipment.first_seen_at
    )
    over = Shipment.state.in_(FINAL_PARCEL_STATES) | Shipment.next_poll_at.is_(None)
    return over & (sign < before)


def _forget_shops(session: Session, parcels: Sequence[int]) -> None:
    ended = Alert.state.in_((AlertState.RESOLVED, AlertState.DISMISSED))
    for alert in session.scalars(select(Alert).where(Alert.shipment_id.in_(parcels), ended)):
        if alert.details.get("pickup_name"):
            alert.details = alert.details | {"pickup_name": None}


def forget_invoices(session: Session, now: datetime, limits: Limits) -> int:
    """The PDFs that were mailed long ago, or stored long ago and never mailed.

    One whose copy still waits to be made, to be sent or for a human stays.
    """
    before = now - limits.invoices
    needed = exists().where(
        Mail.invoice_id == Invoice.id,
        Mail.kind == MailKind.INVOICE_COPY,
        Mail.state.in_(_NOT_SENT) | (Mail.sent_at >= before),
    )
    waits = Invoice.next_copy_at.is_not(None) | Invoice.parked_at.is_not(None)
    stored = Invoice.fetched_at.is_(None) | (Invoice.fetched_at < before)
    old = select(Invoice.id).where(Invoice.pdf.is_not(None), stored, ~waits, ~needed)
    ids = session.scalars(old.limit(MOST_AT_ONCE)).all()
    session.execute(update(Invoice).where(Invoice.id.in_(ids)).values(pdf=None))
    return len(ids)
