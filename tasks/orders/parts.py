"""Writes what hangs on an order: its lines, its parcels, the copy of its invoice; in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models.domain.tracking import parse_tracking
from models.domain.values import CarrierName, OrderLine, TrackingRef
from models.order import Invoice, Order, OrderLineRow
from models.shipment import Shipment
from models.upsert import insert_many
from tasks.orders.rules import worth_tracking
from tasks.ports import OrderDetail, OrderRecord

#: Lines by the ID of their order's row.
Lines = Mapping[int, tuple[OrderLine, ...]]


@dataclass(frozen=True)
class Moment:
    """When and for whom orders are stored: now (UTC), the local day, the carriers we poll."""

    now: datetime
    today: date
    pollable: frozenset[CarrierName]


def insert_lines(session: Session, lines: Lines) -> None:
    """Write the lines of orders that have none yet."""
    rows = [
        {
            "order_id": order_id, "position": position, "item": line.item,
            "quantity": line.quantity, "description": line.description, "pv": line.pv,
            "price": line.price,
        }
        for order_id, shown in lines.items()
        for position, line in enumerate(shown, start=1)
    ]  # fmt: skip
    insert_many(session, OrderLineRow, rows)


def replace_lines(session: Session, lines: Lines) -> None:
    """Write the lines in the place of those that are known."""
    if not lines:
        return
    session.execute(delete(OrderLineRow).where(OrderLineRow.order_id.in_(lines)))
    insert_lines(session, lines)
    session.execute(update(Order).where(Order.id.in_(lines)).values(lines_known=True))


def differing_lines(session: Session, shown: Lines) -> Lines:
    """Those whose items or pieces are others than the known ones.

    A list shows no descriptions and prices; what a detail page showed of the same items stays.
    """
    known: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    columns = (OrderLineRow.order_id, OrderLineRow.item, OrderLineRow.quantity)
    for order_id, item, quantity in session.execute(
        select(*columns).where(OrderLineRow.order_id.in_(shown))
    ):
        known[order_id].append((item, quantity))
    return {
        order_id: lines
        for order_id, lines in shown.items()
        if sorted((line.item, line.quantity) for line in lines) != sorted(known[order_id])
    }


def store_details(session: Session, details: Iterable[OrderDetail], now: datetime) -> None:
    """Write what detail pages show of orders that are stored already.

    Their lines; total and invoice number only where the lists have shown none.
    """
    shown = {detail.number: detail for detail in details}
    columns = (Order.number, Order.id, Order.total, Order.invoice_number, Order.historic)
    rows = session.execute(select(*columns).where(Order.number.in_(shown))).all()
    replace_lines(session, {row.id: shown[row.number].lines for row in rows})
    for row in rows:
        missing = {
            name: value
            for name in ("total", "invoice_number")
            if getattr(row, name) is None and (value := getattr(shown[row.number], name))
        }
        if missing:
            session.execute(update(Order).where(Order.id == row.id).values(missing))
        if "invoice_number" in missing and not row.historic:
            store_invoices(session, [row.id], now)


def tracking_ref(text: str | None) -> TrackingRef | None:
    """The parcel that a source's link or number names, None when it names none for sure."""
    if not text:
        return None
    try:
        return parse_tracking(text)
    except ValueError:
        return None


def store_parcels(
    session: Session, records: Iterable[OrderRecord], ids: Mapping[str, int], moment: Moment
) -> None:
    """Write the parcels that are not known yet; `ids` are the rows by order number."""
    parcels = [
        _parcel(record, ref, ids[record.number], moment)
        for record in records
        if (ref := tracking_ref(record.tracking)) is not None
    ]
    insert_many(session, Shipment, parcels)


def _parcel(record: OrderRecord, ref: TrackingRef, order_id: int, moment: Moment) -> dict[str, Any]:
    ask = ref.carrier in moment.pollable and worth_tracking(
        record.ship_date, record.order_date, moment.today
    )
    return {
        "order_id": order_id,
        "number": ref.number,
        "carrier": ref.carrier,
        "first_seen_at": moment.now,
        "next_poll_at": moment.now if ask else None,
    }


def store_invoices(session: Session, order_ids: Collection[int], now: datetime) -> None:
    """A copy is judged once the invoice exists; of orders that are not historic."""
    rows = [{"order_id": row, "state": "due", "next_copy_at": now} for row in order_ids]
    insert_many(session, Invoice, rows)
