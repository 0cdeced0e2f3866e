"""Reads one customer: her card, the months that may have changed, details of recent orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import structlog

from models.domain.months import PvMonth
from tasks.orders import rules
from tasks.orders.customer_pages import CARD
from tasks.orders.customers import (
    CustomerRecord,
    known_volume,
    mark_read,
    store_customers,
    store_volume,
)
from tasks.orders.detail_page import DETAIL
from tasks.orders.guard import check_month, check_rejected, lacks
from tasks.orders.known import known_orders, wanting_detail
from tasks.orders.order_pages import MONTH
from tasks.orders.parts import store_details
from tasks.orders.reading import Reading
from tasks.orders.store import store_orders
from tasks.orders.vanished import mark_vanished
from tasks.ports import CustomerCard, OrderDetail, OrderPage, OrderRecord, PageChanged, TeamRow

log = structlog.get_logger()


@dataclass
class _Pages:
    """What was asked about one customer."""

    card: CustomerCard | None = None
    months: dict[PvMonth, OrderPage] = field(default_factory=dict)
    details: list[OrderDetail] = field(default_factory=list)

    @property
    def orders(self) -> list[OrderRecord]:
        return [order for page in self.months.values() for order in page.orders]

    @property
    def volume(self) -> dict[PvMonth, Decimal]:
        return dict(self.card.volume) if self.card else {}


def read_customer(reading: Reading, row: TeamRow, plan: rules.ReadingPlan) -> None:
    """Ask what the plan says, check it, then write it in one transaction.

    Raises PageChanged when card or month is not as expected: then nothing of her is written.
    """
    pages = _Pages(_card(reading, row) if plan.card else None)
    months = _months(reading, row, pages.card, plan)
    pages.months = {month: _month(reading, row, month) for month in months}
    _believe(reading, row, pages)
    pages.details = list(_details(reading, pages.orders))
    _write(reading, row, pages, complete=plan.card)
    reading.refuse(pages.months.values())
    reading.counts["customers"] += 1
    log.debug("customer read", months=[str(month) for month in months])


def _card(reading: Reading, row: TeamRow) -> CustomerCard:
    card = reading.source.card(row.member_id)
    reading.tally.good[CARD] += 1
    return card


def _month(reading: Reading, row: TeamRow, month: PvMonth) -> OrderPage:
    page = reading.source.month(row.member_id, month)
    guard = reading.options.guard
    check_rejected(MONTH, len(page.orders), len(page.rejected), guard, page.text)
    return page


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


def _believe(reading: Reading, row: TeamRow, pages: _Pages) -> None:
    """Check the months against the card; it is asked for when an order seems to have vanished."""
    with reading.db.read() as session:
        known = known_orders(session, row.member_id, pages.months)
    if pages.card is None and any(lacks(page, known[m]) for m, page in pages.months.items()):
        pages.card = _card(reading, row)
    for month, page in pages.months.items():
        check_month(month, page, known[month], pages.volume.get(month))
        reading.tally.good[MONTH] += 1
        if page.orders:
            reading.month_columns |= page.columns
            reading.month_text = page.text


def _details(reading: Reading, orders: Collection[OrderRecord]) -> Iterable[OrderDetail]:
    """The details of recent orders whose lines are not known; a bad one costs only its lines."""
    today, full = reading.moment().today, reading.options.full
    recent = [order for order in orders if full or rules.wants_detail(order, today)]
    with reading.db.read() as session:
        numbers = wanting_detail(session, recent)
    for number in numbers:
        if reading.tally.hopeless(DETAIL):
            return
        try:
            detail = reading.source.detail(number)
        except PageChanged as error:
            reading.note_broken(error, f"{error.page} of order {number}")
        else:
            reading.tally.good[DETAIL] += 1
            yield detail


def _write(reading: Reading, row: TeamRow, pages: _Pages, *, complete: bool) -> None:
    moment = reading.moment()
    with reading.db.write() as session:
        reading.hold(session, moment)
        refs = store_customers(session, [_record(row, pages.card)], moment.now)
        if row.member_id not in refs:  # erased while we were reading
            reading.counts["erased"] += 1
            return
        ref = refs[row.member_id]
        stored = store_orders(session, pages.orders, refs, moment)
        store_details(session, pages.details, moment.now)
        for month in pages.volume.keys() & pages.months.keys():
            mark_vanished(session, ref.row_id, month, pages.months[month], moment.now, stored)
        if pages.card is not None:
            store_volume(session, ref.row_id, pages.card.volume)
        if complete:
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
