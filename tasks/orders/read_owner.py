"""Reads the owner's own orders: the first page each time, older rows at first sight."""

from __future__ import annotations

from dataclasses import replace

from models.domain.months import PvMonth
from models.source import Source
from tasks.orders.customers import CustomerRecord, store_customers
from tasks.orders.guard import check_rejected
from tasks.orders.order_pages import HISTORY, OLDER
from tasks.orders.reading import Reading
from tasks.orders.store import store_orders
from tasks.ports import OrderRecord, OwnerPage


def read_owner(reading: Reading) -> bool:
    """Read the owner's history. Returns False when the run was told to stop."""
    deep = reading.options.full or reading.options.since or not _has_baseline(reading)
    cursor: str | None = None
    while not reading.run.stopping():
        reading.run.beat()
        page = _page(reading, cursor)
        _write_page(reading, page)
        cursor = page.cursor
        if not deep or cursor is None or PvMonth.parse(cursor) < reading.oldest():
            return True
    return False


def _page(reading: Reading, cursor: str | None) -> OwnerPage:
    """A page of the history, checked. Raises PageChanged."""
    page = reading.source.owner_page(cursor)
    kind, rows, bad = HISTORY if cursor is None else OLDER, len(page.orders), len(page.rejected)
    check_rejected(kind, rows, bad, reading.options.guard, page.text)
    if cursor is None:
        reading.compare(kind, rows, page.columns, page.text)
    else:
        reading.tally.good[kind] += 1
    return page


def _has_baseline(reading: Reading) -> bool:
    with reading.db.read() as session:
        source = session.get(Source, reading.name)
        return source is not None and source.baseline_at is not None


def _write_page(reading: Reading, page: OwnerPage) -> None:
    moment, member_id = reading.moment(), reading.options.owner_member_id
    orders = [_owned(order, member_id) for order in page.orders]
    recent = [order for order in orders if order.pv_month >= reading.oldest()]
    owner = CustomerRecord(member_id, page.owner_name or None, is_owner=True)
    with reading.db.write() as session:
        reading.hold(session, moment)
        refs = store_customers(session, [owner], moment.now)
        stored = store_orders(session, recent, refs, moment)
        reading.greet(session, refs[member_id], stored)
        reading.note(session, stored, moment)
    reading.refuse([page])


def _owned(order: OrderRecord, member_id: str | None) -> OrderRecord:
    # Rows of this page belong to the account's owner; its ship-to is only a name.
    return replace(order, customer_id=member_id)
