"""The rules on orders of every family: R7, R9 and R13 to R15, R18. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from statistics import median

from models.domain.baskets import similarity
from models.domain.loyalty import number_rank, sequence
from models.domain.values import Finding, OrderFacts, OrderFamily, Severity
from tasks.checks.findings import about_order
from tasks.checks.situation import Situation


def second_loyalty_order(now: Situation) -> Iterator[Finding]:
    """R7: a further AS in the same PV month; it stands on the later one.

    `duplicate` says that the baskets agree by the similarity threshold.
    """
    for order in now.judged_of(OrderFamily.LOYALTY):
        others = [other for other in now.before(order) if _same_month_as(order, other)]
        if others:
            other = _nearest(order, others)
            alike = similarity(order, other)
            yield about_order(
                now,
                "second-loyalty-order",
                Severity.MEDIUM,
                order,
                until=now.lapse_day(order),
                other_order=other.number,
                similarity=_percent(alike),
                duplicate=alike is not None and alike >= now.limits.similarity,
            )


def duplicate_order(now: Situation) -> Iterator[Finding]:
    """R9: two orders at most 2 days apart with like baskets or one total; on the higher number.

    Two AS of one PV month are R7's.
    """
    for order in now.judged:
        others = [other for other in now.counted if _doubles(now, order, other)]
        if others:
            other = _nearest(order, others)
            shipped = now.shipped(order)
            yield about_order(
                now,
                "duplicate-order",
                Severity.MEDIUM if shipped else Severity.HIGH,
                order,
                until=now.lapse_day(order),
                other_order=other.number,
                similarity=_percent(similarity(order, other)),
                same_total=_same_total(order, other),
                shipped=shipped,
            )


def unusual_order_size(now: Situation) -> Iterator[Finding]:
    """R13: PV above 2.5 times the median of the orders before, of which there are at least 4."""
    for order in now.judged:
        before = [other.pv for other in now.before(order) if other.pv > 0]
        if len(before) < max(1, now.limits.unusual_orders):
            continue
        usual = Decimal(median(before))
        if order.pv > now.limits.unusual_factor * usual:
            yield about_order(
                now,
                "unusual-order-size",
                Severity.INFO,
                order,
                until=now.lapse_day(order),
                pv=str(order.pv),
                median=str(usual),
            )


def not_shipped(now: Situation) -> Iterator[Finding]:
    """R14: 3 full working days have passed after the order date, and it has not left.

    It holds until the order ships, however old it gets. An unpaid order is R15's.
    """
    for order in now.lasting:
        if not order.paid or now.shipped(order):
            continue
        days = now.workdays.workdays_between(order.order_date, now.today)
        if days >= now.limits.not_shipped_working_days:
            yield about_order(
                now,
                "not-shipped",
                Severity.MEDIUM,
                order,
                until=now.lasting_until(order),
                working_days=days,
                order_date=order.order_date.isoformat(),
            )


def unpaid(now: Situation) -> Iterator[Finding]:
    """R15: the list shows the order as still to be paid; it holds until it is."""
    for order in now.lasting:
        if not order.paid:
            yield about_order(
                now,
                "unpaid",
                Severity.MEDIUM,
                order,
                until=now.lasting_until(order),
                total=None if order.total is None else str(order.total),
                currency=order.currency,
            )


def unknown_order_type(now: Situation) -> Iterator[Finding]:
    """R18: a code that is not in the table, once a code: on the first order that shows it.

    `Situation.first_shown` names that order across all customers; for a code that is not in it,
    it is this customer's first order that may carry a finding.
    """
    reported = dict(now.first_shown)
    for order in now.judged_of(OrderFamily.UNKNOWN):
        if reported.setdefault(order.source, order.number) == order.number:
            yield about_order(
                now,
                "unknown-order-type",
                Severity.LOW,
                order,
                until=now.lapse_day(order),
                source=order.source,
            )


def _percent(share: Decimal | None) -> int | None:
    return None if share is None else int(share * 100)


def _same_month_as(one: OrderFacts, other: OrderFacts) -> bool:
    both = one.family is other.family is OrderFamily.LOYALTY
    return both and one.pv_month == other.pv_month


def _same_total(one: OrderFacts, other: OrderFacts) -> bool:
    if one.total is None or one.total <= 0:
        return False
    return (one.total, one.currency) == (other.total, other.currency)


def _doubles(now: Situation, order: OrderFacts, other: OrderFacts) -> bool:
    """Whether `order` repeats `other`, the one of the lower number."""
    if number_rank(other.number) >= number_rank(order.number):
        return False
    apart = abs((order.order_date - other.order_date).days)
    if apart > now.limits.duplicate_days or _same_month_as(order, other):
        return False
    alike = similarity(order, other)
    return _same_total(order, other) or (alike is not None and alike >= now.limits.similarity)


def _nearest(order: OrderFacts, others: list[OrderFacts]) -> OrderFacts:
    """The one whose basket agrees most; of equals the latest."""
    return max(others, key=lambda other: (similarity(order, other) or Decimal(0), sequence(other)))
