"""Writes orders: new ones inserted, changed ones updated, unchanged ones left alone, in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.customer import Customer
from models.order import Order
from models.upsert import insert_many
from tasks.orders.customers import CustomerRef
from tasks.orders.history import changed_rows, vanished_rows, write_history
from tasks.orders.parts import (
    Lines,
    Moment,
    differing_lines,
    insert_lines,
    replace_lines,
    store_invoices,
    store_parcels,
)
from tasks.orders.rules import is_historic, row_hash
from tasks.ports import OrderRecord
from tasks.run import Counts

CHUNK = 1000

#: What to look at when an order's date lies beyond tomorrow.
IN_FUTURE = "are day and month in the right order, and is this machine's clock right?"

#: Shown by a source: a value of None means "not shown" and leaves what is known.
_SHOWN = (
    "order_date", "pv_month", "source", "list_type", "pv", "total", "currency",
    "invoice_number", "ship_date", "tracking", "paid",
)  # fmt: skip

_ORDERS = Order.__table__.columns


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
    hashes: Mapping[str, str] | None = None,
) -> Stored:
    """Store one chunk (at most CHUNK records) in the caller's transaction.

    `customers` are those of `store_customers`; who is not among them was erased, and her orders
    are counted (`erased`) and left out. An order dated beyond tomorrow is stored, since our own
    clock may be the one that is wrong, and counted (`in_future`). `hashes`: their row hashes by
    number, for a source that tells a known row by something cheaper than `row_hash`.
    """
    stored = Stored()
    kept = {r.number: r for r in records if r.customer_id in customers}
    tomorrow = moment.today + timedelta(days=1)
    stored.counts["in_future"] += sum(record.order_date > tomorrow for record in kept.values())
    stored.counts["erased"] += sum(record.customer_id not in customers for record in records)
    hashes = hashes or {number: row_hash(record) for number, record in kept.items()}
    known = _known(session, kept)
    new = [record for number, record in kept.items() if number not in known]
    _insert(session, new, hashes, customers, moment, stored)
    same = [number for number, row in known.items() if row.row_hash == hashes[number]]
    rest = [kept[number] for number in known.keys() - set(same)]
    _update(session, rest, hashes, moment, stored)
    _bring_back(session, [known[n] for n in same if known[n].vanished_at], moment, stored)
    stored.counts["unchanged"] += len(same)
    return stored


class Known(NamedTuple):
    """What tells whether a row of a list is known: its hash, and whose order it is."""

    row_hash: str
    member_id: str | None


def known_orders(session: Session, numbers: Iterable[str]) -> dict[str, Known]:
    """Those orders that are stored, and have not vanished."""
    people = Customer.__table__
    columns = (_ORDERS.number, _ORDERS.row_hash, people.c.member_id)
    here = _ORDERS.number.in_(numbers) & _ORDERS.vanished_at.is_(None)
    query = select(*columns).join(people, people.c.id == _ORDERS.customer_id).where(here)
    return {number: Known(digest, member) for number, digest, member in session.execute(query)}


def _known(session: Session, numbers: Iterable[str]) -> dict[str, Any]:
    columns = [_ORDERS[name] for name in ("id", "number", "customer_id", "row_hash", "vanished_at")]
    rows = session.execute(select(*columns).where(_ORDERS.number.in_(numbers)))
    return {row.number: row for row in rows.all()}


def _insert(
    session: Session,
    records: list[OrderRecord],
    hashes: Mapping[str, str],
    customers: Mapping[str | None, CustomerRef],
    moment: Moment,
    stored: Stored,
) -> None:
    if not records:
        return
    rows = [_new_order(r, hashes[r.number], customers[r.customer_id], moment) for r in records]
    # Somebody who reads another source may have stored the same order a moment ago.
    insert_many(session, Order, rows)
    ids = _ids(session, [record.number for record in records])
    insert_lines(session, _lines(records, ids))
    store_parcels(session, records, ids, moment)
    fresh = [row for row in rows if row["invoice_number"] and not row["historic"]]
    store_invoices(session, [ids[row["number"]] for row in fresh], moment.now)
    stored.counts["new"] += len(records)
    stored.touched |= {row["customer_id"] for row in rows}


def _ids(session: Session, numbers: list[str]) -> dict[str, int]:
    rows = session.execute(select(_ORDERS.number, _ORDERS.id).where(_ORDERS.number.in_(numbers)))
    return dict(rows.all())


def _lines(records: Iterable[OrderRecord], ids: Mapping[str, int]) -> Lines:
    return {ids[r.number]: r.lines for r in records if r.lines is not None}


def _new_order(
    record: OrderRecord, digest: str, customer: CustomerRef, moment: Moment
) -> dict[str, Any]:
    return {name: getattr(record, name) for name in _SHOWN} | {
        "number": record.number,
        "customer_id": customer.row_id,
        "row_hash": digest,
        "historic": is_historic(record, customer.first_sight, moment.today),
        "lines_known": record.lines is not None,
        "first_seen_at": moment.now,
        "changed_at": moment.now,
    }


def _update(
    session: Session,
    records: list[OrderRecord],
    hashes: Mapping[str, str],
    moment: Moment,
    stored: Stored,
) -> None:
    if not records:
        return
    numbers = [record.number for record in records]
    rows = {
        r.number: r for r in session.execute(select(*_ORDERS).where(_ORDERS.number.in_(numbers)))
    }
    ids = {number: row.id for number, row in rows.items()}
    lines = differing_lines(session, _lines(records, ids))
    changes = {r.number: _changes(r, rows[r.number]) for r in records}
    changed = {n for n, found in changes.items() if found or ids[n] in lines}
    values = [
        _updated(rows[n], changes[n], hashes[n], moment.now if n in changed else rows[n].changed_at)
        for n in numbers
    ]
    session.execute(update(Order), values)
    history = [_history(rows[n], changes[n], moment) for n in numbers]
    write_history(session, [entry for entries in history for entry in entries])
    replace_lines(session, lines)
    store_parcels(session, records, ids, moment)
    invoiced = [ids[r.number] for r in records if r.invoice_number and not rows[r.number].historic]
    store_invoices(session, invoiced, moment.now)
    stored.counts["changed"] += len(changed)
    stored.counts["unchanged"] += len(records) - len(changed)
    stored.touched |= {rows[number].customer_id for number in changed}


def _changes(record: OrderRecord, row: Any) -> dict[str, Any]:
    """What the source shows otherwise than the row; an order that is back is a change too."""
    shown = {name: getattr(record, name) for name in _SHOWN}
    back = {"vanished_at": None} if row.vanished_at else {}
    return back | {
        name: value
        for name, value in shown.items()
        if value is not None and value != getattr(row, name) and name not in record.assumed
    }


def _updated(row: Any, changes: dict[str, Any], digest: str, changed_at: Any) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in (*_SHOWN, "id", "vanished_at")}
    return kept | changes | {"row_hash": digest, "changed_at": changed_at}


def _history(row: Any, changes: dict[str, Any], moment: Moment) -> list[dict[str, Any]]:
    back = vanished_rows([row.id], moment.now, back=True) if row.vanished_at else []
    return changed_rows(row, changes, moment.now) + back


def _bring_back(session: Session, rows: list[Any], moment: Moment, stored: Stored) -> None:
    if rows:
        ids = [row.id for row in rows]
        session.execute(update(Order).where(Order.id.in_(ids)).values(vanished_at=None))
        write_history(session, vanished_rows(ids, moment.now, back=True))
        stored.touched |= {row.customer_id for row in rows}
