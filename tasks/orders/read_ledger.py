"""Reads the account ledger once a day, for credits; an order that it credits is reviewed again.

Rows that name an order which is not stored are left out: nothing asks for them, and the orders of
an erased person would come back by them. The ledger shows them again, should the order come later.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.domain.months import PvMonth
from models.ledger import LedgerEntry
from models.order import Order
from models.page import last_reads
from models.portions import portions
from models.upsert import insert_or_ignore
from tasks.orders.guard import check_rejected
from tasks.orders.ledger_page import LEDGER
from tasks.orders.reading import Reading
from tasks.orders.store import Stored
from tasks.ports import LedgerPage, LedgerRow, PageChanged
from tasks.run import Counts

#: A credit takes days; the first sync of a day reads them, wherever in the day it falls.
OFTEN_ENOUGH = timedelta(hours=20)

#: Orders of so many months back may still be credited (returns within 90 days and a bit more).
MONTHS = 4


def read_ledger(reading: Reading) -> bool:
    """Read the ledger when it is due. Returns False when the run was told to stop.

    A ledger that can't be read is reported and costs nothing else: orders do not hang on it.
    """
    if not reading.options.ledger or not _is_due(reading):
        return True
    if reading.run.stopping():
        return False
    reading.run.beat()
    current = PvMonth.of(reading.moment().today)
    first = min(current.plus(1 - MONTHS), reading.options.since or current)
    try:
        page = reading.source.ledger(first, current)
        guard = reading.options.guard
        check_rejected(LEDGER, len(page.rows), len(page.rejected), guard, page.text)
        reading.compare(LEDGER, len(page.rows), page.columns, page.text)
    except PageChanged as error:
        reading.note_broken(error, LEDGER)
        return True
    _write(reading, page)
    reading.refuse([page])
    return True


def _is_due(reading: Reading) -> bool:
    with reading.db.read() as session:
        last = last_reads(session, reading.name).get(LEDGER)
    asked_for = reading.options.full or reading.options.since is not None
    return asked_for or last is None or reading.clock.now() - last.at >= OFTEN_ENOUGH


def _write(reading: Reading, page: LedgerPage) -> None:
    moment = reading.moment()
    with reading.db.write() as session:
        reading.hold(session, moment)
        fresh = _fresh(session, page.rows)
        entries = [_entry(key, row, moment.now) for key, row in fresh.items()]
        insert_or_ignore(session, LedgerEntry, entries)
        credited = [row.order_number for row in fresh.values() if row.amount < 0]
        stored = Stored(Counts(credits=len(credited)) if credited else Counts())
        for some in portions(credited):
            owners = select(Order.customer_id).where(Order.number.in_(some)).distinct()
            stored.touched |= set(session.scalars(owners))
        reading.note(session, stored, moment)


def _fresh(session: Session, rows: Collection[LedgerRow]) -> dict[str, LedgerRow]:
    """The rows that are not stored yet, by their hash; of rows that look alike each counts."""
    alike: Counter[LedgerRow] = Counter()
    shown: dict[str, LedgerRow] = {}
    for row in _of_known_orders(session, rows):
        shown[_row_hash(row, alike[row])] = row
        alike[row] += 1
    column = LedgerEntry.row_hash
    known = {
        digest
        for some in portions(shown)
        for digest in session.scalars(select(column).where(column.in_(some)))
    }
    return {key: row for key, row in shown.items() if key not in known}


def _of_known_orders(session: Session, rows: Collection[LedgerRow]) -> list[LedgerRow]:
    known = {
        number
        for some in portions({row.order_number for row in rows})
        for number in session.scalars(select(Order.number).where(Order.number.in_(some)))
    }
    return [row for row in rows if row.order_number in known]


def _entry(key: str, row: LedgerRow, now: datetime) -> dict[str, Any]:
    return {
        "row_hash": key,
        "order_number": row.order_number,
        "kind": row.kind,
        "entry_date": row.day,
        "pv": row.pv,
        "amount": row.amount,
        "first_seen_at": now,
    }


def _row_hash(row: LedgerRow, nth: int) -> str:
    shown = [row.kind, row.day, row.order_number, row.pv, row.amount, nth]
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()
