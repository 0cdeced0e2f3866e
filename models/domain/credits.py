"""Which orders a credit has taken back: the negative orders that the lists show. Pure.

A credit shows as an order of negative total or PV (domain reference, "Stopping an order, and the
credit"). It names no order, so it is matched by its amount, each credit with one order. Of several
orders that it may mean, the one whose parcel went back is meant, then the latest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from models.domain.loyalty import sequence
from models.domain.values import OrderFacts, OrderFamily, Parcel, ParcelState

#: A parcel in one of these states did not stay with the customer.
WENT_BACK = frozenset({ParcelState.RETURNING, ParcelState.RETURNED, ParcelState.CANCELLED})


def is_credit(order: OrderFacts) -> bool:
    """Whether this "order" gives money or PV back."""
    return order.pv < 0 or (order.total is not None and order.total < 0)


def taken_back(
    orders: Collection[OrderFacts], went_back: Collection[str] = ()
) -> Mapping[str, OrderFacts]:
    """Per number of an order of one customer that was taken back: the credit that did it.

    `went_back` are the numbers of the orders whose parcel is going back or is back. A credit that
    has vanished takes nothing back.
    """
    found: dict[str, OrderFacts] = {}
    credits = (order for order in orders if is_credit(order) and not order.cancelled)
    for credit in sorted(credits, key=sequence):
        meant = [o for o in orders if o.number not in found and _may_mean(credit, o)]
        if meant:
            order = max(
                meant, key=lambda o: (o.number in went_back, _exact(credit, o), sequence(o))
            )
            found[order.number] = credit
    return found


def numbers_gone_back(parcels: Iterable[Parcel]) -> frozenset[str]:
    """The numbers of the orders of which a parcel is going back or is back."""
    return frozenset(parcel.order_number for parcel in parcels if parcel.state in WENT_BACK)


def without_taken_back(orders: list[OrderFacts], parcels: Iterable[Parcel]) -> list[OrderFacts]:
    """The orders of one customer, those that a credit took back marked as cancelled."""
    gone = taken_back(orders, numbers_gone_back(parcels))
    return [replace(o, cancelled=True) if o.number in gone else o for o in orders]


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
