"""Sync's decisions: what changed, what to read again, what is old. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from models.domain.months import PvMonth
from tasks.ports import OrderRecord, TeamRow

#: An order that a known customer placed longer ago than this, in an earlier PV month, was old
#: when it was first seen; one of the last days was merely seen late.
LATE_DAYS = 7

#: A parcel shipped longer ago than this is not asked about at first sight: Hermes forgets them.
TRACKING_DAYS = 30


def row_hash(record: OrderRecord) -> str:
    """Of everything that the source shows of the order, except where it was shown.

    It is made for every row of every list: plain values and `repr` are what is cheap.
    """
    lines = record.lines
    shown = (
        record.number, record.customer_id, record.order_date.toordinal(), str(record.pv_month),
        record.source, record.list_type, str(record.pv), str(record.total), record.currency,
        record.invoice_number, str(record.ship_date), record.tracking, record.paid,
        lines and [(x.item, x.quantity, x.description, x.pv, x.price) for x in lines],
    )  # fmt: skip
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def team_hash(row: TeamRow) -> str:
    """Of a customer's row in the team list: a change means that there is something to read."""
    shown = [row.name, row.kind, row.enrolled_on, row.email, row.last_order, row.pv]
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()


def is_historic(record: OrderRecord, first_sight: bool, today: date) -> bool:
    """Whether an order that is seen for the first time is a fact of the past (domain.md, baseline).

    `first_sight`: its customer is new too. Then only the current PV month counts as present.
    """
    if record.pv_month >= PvMonth.of(today):
        return False
    return first_sight or record.order_date < today - timedelta(days=LATE_DAYS)


def worth_tracking(record_ship_date: date | None, order_date: date, today: date) -> bool:
    """Whether a parcel that is seen for the first time may still be under way."""
    return (record_ship_date or order_date) >= today - timedelta(days=TRACKING_DAYS)


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """What the rows know of a customer before a sync. `open_months`: with unshipped or unpaid."""

    list_hash: str | None
    open_months: frozenset[PvMonth]


@dataclass(frozen=True, slots=True)
class ReadingPlan:
    """What to ask about one customer: her card (with all months that it names), some months."""

    card: bool
    months: frozenset[PvMonth]


def reading_plan(
    row: TeamRow, known: KnownCustomer | None, oldest: PvMonth, wanted: bool
) -> ReadingPlan | None:
    """What must be read of this customer, None = nothing. `wanted`: whether she changed or not.

    A month before `oldest` can't change any more, whatever is still open in it.
    """
    still_open = frozenset(m for m in known.open_months if m >= oldest) if known else frozenset()
    if wanted or known is None or known.list_hash != team_hash(row):
        return ReadingPlan(True, still_open)
    return ReadingPlan(False, still_open) if still_open else None


def wants_detail(record: OrderRecord, today: date) -> bool:
    """Whether an order's lines are worth a request of their own: only what may still be acted on.

    Baskets are compared within a month, and with orders of the days before it.
    """
    recent = record.order_date >= today - timedelta(days=LATE_DAYS)
    return recent or record.pv_month >= PvMonth.of(today)


def months_of_card(
    volume: Mapping[PvMonth, object],
    known_volume: Mapping[PvMonth, object],
    open_months: frozenset[PvMonth],
    current: PvMonth,
    full: bool,
) -> list[PvMonth]:
    """Which months of a card to read: those whose PV changed, the current one, the open ones.

    A past month of 0 PV that was never seen before has nothing to act upon; `full` reads it too.
    """
    changed = {m for m, pv in volume.items() if full or known_volume.get(m, Decimal(0)) != pv}
    wanted = changed | ({current} & volume.keys()) | open_months
    return sorted(wanted, reverse=True)


def months_since(since: PvMonth | None, current: PvMonth) -> frozenset[PvMonth]:
    """All months from `since` to the current one; none when no `since` was asked for."""
    if since is None:
        return frozenset()
    return frozenset(since.plus(n) for n in range(current.minus(since) + 1))
