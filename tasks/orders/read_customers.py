"""Reads the team list, and of each customer who may have changed: card, months, details."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from models.domain.months import PvMonth
from tasks.orders import rules
from tasks.orders.customers import (
    CustomerRecord,
    known_volume,
    mark_read,
    store_customers,
    store_volume,
)
from tasks.orders.known import known_customers, wanting_detail
from tasks.orders.reading import Reading
from tasks.orders.store import store_details, store_orders
from tasks.orders.vanished import mark_vanished
from tasks.ports import CustomerCard, OrderDetail, OrderPage, OrderRecord, TeamRow

log = structlog.get_logger()


def read_customers(reading: Reading) -> bool:
    """Read all that may have changed. Returns False when the run was told to stop."""
    rows = list(_team_rows(reading))
    with reading.db.read() as session:
        known = known_customers(session)
    for row in rows:
        plan = rules.reading_plan(row, known.get(row.member_id), reading.options.full)
        if plan is None:
            continue
        if reading.run.stopping():
            return False
        with structlog.contextvars.bound_contextvars(subject=f"customer {row.member_id}"):
            _read_customer(reading, row, plan)
    return True


def _team_rows(reading: Reading) -> Iterator[TeamRow]:
    number, more = 1, True
    while more:
        reading.run.beat()
        page = reading.source.team_page(number)
        reading.refuse([page])
        yield from page.rows
        number, more = number + 1, page.has_next


def _read_customer(reading: Reading, row: TeamRow, plan: rules.ReadingPlan) -> None:
    reading.run.beat()
    source = reading.source
    card = source.card(row.member_id) if plan.card else None
    pages = {m: source.month(row.member_id, m) for m in _months(reading, row, card, plan)}
    details = _details(reading, [order for page in pages.values() for order in page.orders])
    _write_customer(reading, row, card, pages, details)
    reading.refuse(pages.values())
    reading.counts["customers"] += 1
    log.debug("customer read", months=[str(month) for month in pages])


def _months(
    reading: Reading, row: TeamRow, card: CustomerCard | None, plan: rules.ReadingPlan
) -> list[PvMonth]:
    if card is None:
        return sorted(plan.months, reverse=True)
    with reading.db.read() as session:
        known = known_volume(session, row.member_id)
    current = PvMonth.of(reading.moment().today)
    extra = plan.months | rules.months_since(reading.options.since, current)
    return rules.months_of_card(dict(card.volume), known, extra, current, reading.options.full)


def _details(reading: Reading, orders: list[OrderRecord]) -> list[OrderDetail]:
    with reading.db.read() as session:
        numbers = wanting_detail(session, orders)
    return [reading.source.detail(number) for number in numbers]


def _write_customer(
    reading: Reading,
    row: TeamRow,
    card: CustomerCard | None,
    pages: dict[PvMonth, OrderPage],
    details: list[OrderDetail],
) -> None:
    moment = reading.moment()
    with reading.db.write() as session:
        reading.hold(session, moment)
        refs = store_customers(session, [_record(row, card)], moment.now)
        ref = refs[row.member_id]
        orders = [order for page in pages.values() for order in page.orders]
        stored = store_orders(session, orders, refs, moment)
        store_details(session, details)
        for month, page in pages.items():
            mark_vanished(session, ref.row_id, month, page, moment.now, stored)
        if card is not None:
            store_volume(session, ref.row_id, card.volume)
            mark_read(session, ref.row_id, rules.team_hash(row))
        reading.greet(session, ref, stored)
        reading.note(session, stored, moment)


def _record(row: TeamRow, card: CustomerCard | None) -> CustomerRecord:
    if card is None:
        return CustomerRecord(row.member_id, row.name, row.email, None, row.kind, row.enrolled_on)
    return CustomerRecord(
        row.member_id,
        card.name or row.name,
        card.email or row.email,
        card.phone,
        card.kind or row.kind,
        card.enrolled_on or row.enrolled_on,
        card.enroller,
        card.sponsor,
    )
