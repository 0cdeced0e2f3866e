"""Writes orders: new ones inserted, changed ones updated, unchanged ones left alone, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from models.domain.tracking import parse_tracking
from models.domain.values import CarrierName, OrderLine, TrackingRef
from models.order import Invoice, Order, OrderLineRow
from models.shipment import Shipment
from models.upsert import insert_or_ignore
from tasks.orders.customers import CustomerRef
from tasks.orders.history import changed_rows, vanished_rows, write_history
from tasks.orders.rules import is_historic, row_hash, worth_tracking
from tasks.ports import OrderDetail, OrderRecord
from tasks.run import Counts

CHUNK = 1000

#: Shown by a source: a value of None means "not shown" and leaves what is known.
_SHOWN = (
    "order_date", "pv_month", "source", "list_type", "pv", "total", "currency",
    "invoice_number", "ship_date", "tracking", "paid",
)  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """When and for whom orders are stored: now (UTC), the local day, the carriers we poll."""

    now: datetime
    today: date
    pollable: frozenset[CarrierName]


@dataclass
class Stored:
    """What storing did: counts new/changed/unchanged, and whose orders changed (row IDs)."""

    counts: Counts = field(default_factory=Counts)
    touched: set[int] = field(default_factory=set)


def store_orders(
    session: Session,
    records: Sequence[OrderRecord],
    customers: Mapping[str | None, CustomerRef],
    moment: Moment,
) -> Stored:
    """Store one chunk (at most CHUNK records) in the caller's transaction.

    `customers` are those of `store_customers`; who is not among them was erased, and her orders
    are counted (`erased`) and left out.
    """
    stored = Stored()
    records = list({record.number: record for record in records}.values())
    stored.counts["erased"] += sum(record.customer_id not in customers for record in records)
    records = [record for record in records if record.customer_id in customers]
    known = _known_orders(session, [record.number for record in records])
    new = [record for record in records if record.number not in known]
    same = [r for r in records if r.number in known and known[r.number].row_hash == row_hash(r)]
    rest = [r for r in records if r.number in known and known[r.number].row_hash != row_hash(r)]
    _insert(session, new, customers, moment, stored)
    _update(session, rest, known, moment, stored)
    _bring_back(session, same, known, moment, stored)
    stored.counts["unchanged"] += len(same)
    return stored


def _known_orders(session: Session, numbers: list[str]) -> dict[str, Any]:
    columns = Order.__table__.columns
    rows = session.execute(select(*columns).where(Order.number.in_(numbers)))
    return {row.number: row for row in rows}


def _insert(
    session: Session,
    records: list[OrderRecord],
    customers: Mapping[str | None, CustomerRef],
    moment: Moment,
    stored: Stored,
) -> None:
    if not records:
        return
    session.execute(
        insert(Order), [_new_order(r, customers[r.customer_id], moment) for r in records]
    )
    known = _known_orders(session, [record.number for record in records])
    _store_lines(session, records, known)
    _store_parcels(session, records, known, moment)
    _store_invoices(session, records, known, moment)
    stored.counts["new"] += len(records)
    stored.touched |= {customers[record.customer_id].row_id for record in records}


def _new_order(record: OrderRecord, customer: CustomerRef, moment: Moment) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _SHOWN} | {
        "number": record.number,
        "customer_id": customer.row_id,
        "row_hash": row_hash(record),
        "historic": is_historic(record, customer.first_sight, moment.today),
        "lines_known": record.lines is not None,
        "first_seen_at": moment.now,
        "changed_at": moment.now,
    }


def _update(
    session: Session,
    records: list[OrderRecord],
    known: dict[str, Any],
    moment: Moment,
    stored: Stored,
) -> None:
    history: list[dict[str, Any]] = []
    for record in records:
        row = known[record.number]
        changes = {
            name: value
            for name in _SHOWN
            if (value := getattr(record, name)) is not None and value != getattr(row, name)
        }
        history += changed_rows(row, changes, moment.now)
        if row.vanished_at:
            changes["vanished_at"] = None
            history += vanished_rows([row.id], moment.now, back=True)
        stored.counts["changed" if changes else "unchanged"] += 1
        changed = {"changed_at": moment.now} if changes else {}
        session.execute(
            update(Order)
            .where(Order.id == row.id)
            .values(changes | changed | {"row_hash": row_hash(record)})
        )
        if changes:
            stored.touched.add(row.customer_id)
    write_history(session, history)
    _store_lines(session, records, known)
    _store_parcels(session, records, known, moment)
    _store_invoices(session, records, known, moment)


def _bring_back(
    session: Session,
    records: list[OrderRecord],
    known: dict[str, Any],
    moment: Moment,
    stored: Stored,
) -> None:
    back = [known[record.number] for record in records if known[record.number].vanished_at]
    if back:
        ids = [row.id for row in back]
        session.execute(update(Order).where(Order.id.in_(ids)).values(vanished_at=None))
        write_history(session, vanished_rows(ids, moment.now, back=True))
        stored.touched |= {row.customer_id for row in back}


def _store_lines(session: Session, records: Iterable[OrderRecord], known: dict[str, Any]) -> None:
    _write_lines(session, {known[r.number].id: r.lines for r in records if r.lines is not None})


def _write_lines(session: Session, shown: dict[int, tuple[OrderLine, ...]]) -> None:
    if not shown:
        return
    session.execute(delete(OrderLineRow).where(OrderLineRow.order_id.in_(shown)))
    rows = [
        {"order_id": order_id, "position": position} | asdict(line)
        for order_id, lines in shown.items()
        for position, line in enumerate(lines, start=1)
    ]
    if rows:
        session.execute(insert(OrderLineRow), rows)
    session.execute(update(Order).where(Order.id.in_(shown)).values(lines_known=True))


def tracking_ref(text: str | None) -> TrackingRef | None:
    """The parcel that a source's link or number names, None when it names none for sure."""
    if not text:
        return None
    try:
        return parse_tracking(text)
    except ValueError:
        return None


def _store_parcels(
    session: Session, records: Iterable[OrderRecord], known: dict[str, Any], moment: Moment
) -> None:
    parcels = []
    for record in records:
        ref = tracking_ref(record.tracking)
        if ref is None:
            continue
        ask = ref.carrier in moment.pollable and worth_tracking(
            record.ship_date, record.order_date, moment.today
        )
        parcels.append(
            {
                "order_id": known[record.number].id,
                "number": ref.number,
                "carrier": ref.carrier,
                "first_seen_at": moment.now,
                "next_poll_at": moment.now if ask else None,
            }
        )
    insert_or_ignore(session, Shipment, parcels)


def _store_invoices(
    session: Session, records: Iterable[OrderRecord], known: dict[str, Any], moment: Moment
) -> None:
    # A copy is judged once the invoice exists; what was old at first sight is never mailed.
    rows = [
        {"order_id": known[r.number].id, "state": "due", "next_copy_at": moment.now}
        for r in records
        if r.invoice_number and not known[r.number].historic
    ]
    insert_or_ignore(session, Invoice, rows)


def store_details(session: Session, details: Iterable[OrderDetail], now: datetime) -> None:
    """Write what detail pages show of orders that are stored already.

    Their lines; total and invoice number only where the lists have shown none.
    """
    shown = {detail.number: detail for detail in details}
    columns = (Order.number, Order.id, Order.total, Order.invoice_number, Order.historic)
    rows = session.execute(select(*columns).where(Order.number.in_(shown))).all()
    _write_lines(session, {row.id: shown[row.number].lines for row in rows})
    for row in rows:
        missing = {
            name: value
            for name in ("total", "invoice_number")
            if getattr(row, name) is None and (value := getattr(shown[row.number], name))
        }
        if missing:
            session.execute(update(Order).where(Order.id == row.id).values(missing))
        if "invoice_number" in missing and not row.historic:
            due = {"order_id": row.id, "state": "due", "next_copy_at": now}
            insert_or_ignore(session, Invoice, [due])
