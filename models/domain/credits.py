"""Which orders were taken back, and what shows it: the one answer of lists, rules and cases. Pure.

Three things show a credit (domain reference, "Stopping an order, and the credit"): the account's
ledger, which names the order; the user's word, who ticked it in the order's case; and an order of
negative total or PV, which names none. So that one is matched by its amount, each with one order.
Of several orders that it may mean, one that the ledger or the user named is meant, then one whose
parcel went back, then the latest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from models.domain.loyalty import sequence
from models.domain.values import OrderFacts, OrderFamily, ParcelState

#: A parcel in one of these states did not stay with the customer.
WENT_BACK = frozenset({ParcelState.RETURNING, ParcelState.RETURNED, ParcelState.CANCELLED})


@dataclass(frozen=True, slots=True)
class LedgerCredit:
    """All that the ledger credits of one order: money and PV (negative), the day of the last."""

    amount: Decimal
    pv: Decimal
    day: date


@dataclass(frozen=True, slots=True)
class CreditSigns:
    """What tells of credits besides negative orders, by order number.

    `told`: the user ticked the credit. `went_back`: a parcel is going back or is back.
    """

    ledger: Mapping[str, LedgerCredit] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    went_back: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Credit:
    """What took an order back: `by` is `ledger`, `told`, or the number of the negative order.

    `day` is the German day of the credit; None when the user told it.
    """

    by: str
    day: date | None


def is_credit(order: OrderFacts) -> bool:
    """Whether this "order" gives money or PV back."""
    return order.pv < 0 or (order.total is not None and order.total < 0)


def credits_of(orders: Collection[OrderFacts], signs: CreditSigns) -> dict[str, Credit]:
    """Per number of an order of one customer that was taken back as a whole: what shows it.

    A part of it (one item) takes no order back, and neither does a credit that has vanished.
    """
    named = {o.number: sure for o in orders if (sure := _named(o, signs))}
    found: dict[str, Credit] = {}
    negative = (order for order in orders if is_credit(order) and not order.cancelled)
    for credit in sorted(negative, key=sequence):
        meant = [o for o in orders if o.number not in found and _may_mean(credit, o)]
        if meant:
            order = max(meant, key=lambda o: _likeness(credit, o, named, signs))
            found[order.number] = Credit(credit.number, credit.order_date)
    return named | found


def without_taken_back(orders: Collection[OrderFacts], signs: CreditSigns) -> list[OrderFacts]:
    """The orders of one customer, those that were taken back marked as cancelled."""
    gone = credits_of(orders, signs)
    return [replace(o, cancelled=True) if o.number in gone else o for o in orders]


def _named(order: OrderFacts, signs: CreditSigns) -> Credit | None:
    if is_credit(order):
        return None
    entry = signs.ledger.get(order.number)
    if entry is not None and _covers(entry, order):
        return Credit("ledger", entry.day)
    return Credit("told", None) if order.number in signs.told else None


def _covers(entry: LedgerCredit, order: OrderFacts) -> bool:
    """All money came back, or all PV did (of the money a fee may have been kept)."""
    if order.total is None or -entry.amount >= order.total:
        return True
    return order.pv > 0 and -entry.pv >= order.pv


def _likeness(
    credit: OrderFacts, order: OrderFacts, named: Iterable[str], signs: CreditSigns
) -> tuple[object, ...]:
    back = order.number in signs.went_back
    return (order.number in named, back, _exact(credit, order), sequence(order))


def _may_mean(credit: OrderFacts, order: OrderFacts) -> bool:
    if is_credit(order) or order.family is OrderFamily.REPLACEMENT:
        return False
    if order.order_date > credit.order_date or order.currency != credit.currency:
        return False
    return _exact(credit, order) or _pv_reversed(credit, order)


def _exact(credit: OrderFacts, order: OrderFacts) -> bool:
    """The whole amount came back."""
    if credit.total is None or order.total is None:
        return False
    return order.total > 0 and credit.total + order.total == 0


def _pv_reversed(credit: OrderFacts, order: OrderFacts) -> bool:
    """All PV were taken back, and not more money than was paid (a fee may have been kept)."""
    paid, back = order.total, credit.total
    bearable = paid is None or back is None or Decimal(0) <= -back <= paid
    return order.pv > 0 and credit.pv + order.pv == 0 and bearable
