"""Where a customer stands in the loyalty programme in one PV month. Pure.

The programme's terms for Europe (domain reference): the rate is kept by a loyalty order (AS) of
at least 1 PV in every consecutive PV month, and a missed month resets it to 10 %. Cancelled
orders and credits (negative PV) do not count; accepted and historic ones do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from models.domain.months import PvMonth
from models.domain.values import CustomerFacts, OrderFacts, OrderFamily

StandingSource = Literal["told", "orders", "none"]

#: An AS of this PV keeps the rate.
KEEPING_PV = Decimal(1)
#: An AS in one of so many PV months before makes a loyalty customer.
LOOKBACK_MONTHS = 3
#: From this day on a month without AS is at risk.
AT_RISK_DAY = 20
#: Points rate in percent from this month in the programme on.
RATES = ((13, 30), (10, 25), (7, 20), (4, 15), (1, 10))


@dataclass(frozen=True, slots=True)
class LoyaltyStanding:
    """A customer's standing in one PV month.

    `source` says who knows `expected`: the user ("told"), the three months before ("orders"),
    or nobody ("none"). `this_month_as` is the number of the month's first AS that keeps the
    rate. `months_in_programme` are the consecutive PV months with such an AS, the month itself
    once it has its own, and `rate` (percent) is what this month's AS earns. Where the known
    orders do not reach back to the first AS both are None, but for the highest rate, which many
    months prove alone.
    """

    month: PvMonth
    expected: bool
    source: StandingSource
    this_month_as: str | None = None
    enrolment_month: bool = False
    at_risk: bool = False
    months_in_programme: int | None = None
    rate: int | None = None


def standing(
    customer: CustomerFacts,
    orders: Iterable[OrderFacts],
    month: PvMonth,
    today: date,
    *,
    keeping_pv: Decimal = KEEPING_PV,
    lookback_months: int = LOOKBACK_MONTHS,
    at_risk_day: int = AT_RISK_DAY,
) -> LoyaltyStanding:
    """The standing of `customer` in `month`, seen on the German calendar day `today`.

    At risk is a running month, from `at_risk_day` on, that is expected to have an AS and has
    none; never the month of enrolment, in which no loyalty order is possible.
    """
    known = tuple(order for order in orders if counts(order))
    expected, source = _expected(customer, known, month, lookback_months)
    enrolment = in_enrolment_month(customer, known, month)
    keeping = keeping_order(known, month, keeping_pv)
    running = PvMonth.of(today) == month and today.day >= at_risk_day
    done, rate = _programme_month(customer, known, month, keeping_pv)
    return LoyaltyStanding(
        month=month,
        expected=expected,
        source=source,
        this_month_as=keeping.number if keeping else None,
        enrolment_month=enrolment,
        at_risk=expected and running and not enrolment and keeping is None,
        months_in_programme=done,
        rate=rate,
    )


def counts(order: OrderFacts) -> bool:
    """Whether this is an order in the programme's sense: no replacement, not cancelled, no credit.

    A credit shows as an order of negative PV or total.
    """
    return (
        order.family is not OrderFamily.REPLACEMENT
        and not order.cancelled
        and order.pv >= 0
        and (order.total is None or order.total >= 0)
    )


def sequence(order: OrderFacts) -> tuple[date, tuple[int, str]]:
    """A sort key by order date, then by rising order number (domain: numbers rise)."""
    return order.order_date, number_rank(order.number)


def number_rank(number: str) -> tuple[int, str]:
    """A sort key that puts a higher order number after a lower one, whatever their lengths."""
    return len(number), number


def keeping_order(
    orders: Iterable[OrderFacts], month: PvMonth, keeping_pv: Decimal = KEEPING_PV
) -> OrderFacts | None:
    """The first AS of the month that keeps the rate, or None."""
    found = (order for order in orders if _keeps(order, keeping_pv) and order.pv_month == month)
    return min(found, key=sequence, default=None)


def in_enrolment_month(
    customer: CustomerFacts, orders: Iterable[OrderFacts], month: PvMonth
) -> bool:
    """Whether the customer enrolled in `month`.

    Without a known date it is the PV month of her very first order when that is an enrolment.
    """
    if customer.enrolled_on is not None:
        return PvMonth.of(customer.enrolled_on) == month
    first = min(filter(counts, orders), key=sequence, default=None)
    if first is None or first.family is not OrderFamily.ENROLMENT:
        return False
    return first.pv_month == month


def _expected(
    customer: CustomerFacts, orders: tuple[OrderFacts, ...], month: PvMonth, lookback: int
) -> tuple[bool, StandingSource]:
    if customer.expects_loyalty is not None:
        return customer.expects_loyalty, "told"
    seen = any(
        order.family is OrderFamily.LOYALTY and 1 <= month.minus(order.pv_month) <= lookback
        for order in orders
    )
    return seen, "orders" if seen else "none"


def _keeps(order: OrderFacts, keeping_pv: Decimal) -> bool:
    return order.family is OrderFamily.LOYALTY and counts(order) and order.pv >= keeping_pv


def _programme_month(
    customer: CustomerFacts, orders: tuple[OrderFacts, ...], month: PvMonth, keeping_pv: Decimal
) -> tuple[int | None, int | None]:
    """Months done (with this one when it has its AS) and the rate of this month's AS."""
    kept = {order.pv_month for order in orders if _keeps(order, keeping_pv)}
    before = 0
    while month.plus(-before - 1) in kept:
        before += 1
    done = before + (month in kept)
    first = month.plus(-before)
    proven = _reaches_before(customer, orders, first)
    rate = _rate(before + 1)
    return (done, rate) if proven else (None, rate if rate == RATES[0][1] else None)


def _reaches_before(
    customer: CustomerFacts, orders: tuple[OrderFacts, ...], first: PvMonth
) -> bool:
    """Whether it is known that there was no AS before `first`: by enrolment or older orders."""
    enrolled = customer.enrolled_on
    if enrolled is not None and PvMonth.of(enrolled) >= first.plus(-1):
        return True
    return any(order.pv_month < first for order in orders)


def _rate(programme_month: int) -> int:
    return next(rate for start, rate in RATES if programme_month >= start)
