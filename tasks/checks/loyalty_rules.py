"""The rules on the loyalty programme: R1 to R8 without R7, and R21. Pure.

A rule turns a situation into the findings that hold now; numbers are the domain reference's.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from statistics import median_low

from models.domain.months import PvMonth
from models.domain.values import Finding, OrderFacts, OrderFamily, Severity
from tasks.checks.findings import about_month, about_order
from tasks.checks.situation import Situation, day_after


def wrong_order_type(now: Situation) -> Iterator[Finding]:
    """R1: a loyalty customer ordered outside the programme.

    Only info once an AS of 1 PV keeps the month's rate; high while the order can still be
    stopped before shipping. The remedy's deadline is the end of the PV month.
    """
    for order in now.judged_of(OrderFamily.STANDARD):
        standing = now.standing(order.pv_month)
        if order.pv <= 0 or not standing.expected or standing.enrolment_month:
            continue
        kept, shipped = standing.this_month_as is not None, now.shipped(order)
        yield about_order(
            now,
            "wrong-order-type",
            Severity.INFO if kept else _urgency(shipped),
            order,
            until=now.lapse_day(order),
            deadline=now.end_of(order.pv_month.last_day),
            has_as_this_month=kept,
            shipped=shipped,
            source=order.source,
            pv=str(order.pv),
            expected_by=standing.source,
        )


def loyalty_month_at_risk(now: Situation) -> Iterator[Finding]:
    """R2: from the 20th on, the running PV month of a loyalty customer has no AS of 1 PV yet."""
    standing = now.standing(now.month)
    if standing.at_risk:
        yield about_month(
            now,
            "loyalty-month-at-risk",
            Severity.HIGH,
            now.month,
            until=now.month.plus(1).first_day,
            deadline=now.end_of(now.month.last_day),
            expected_by=standing.source,
            rate=standing.rate,
            months_in_programme=standing.months_in_programme,
        )


def loyalty_rate_lost(now: Situation) -> Iterator[Finding]:
    """R3: the PV month that has just ended had no AS of 1 PV, so the rate is back at 10 %.

    It holds during the month after, and only when the customer was watched in the lost one:
    what was lost before the first sight is the past.
    """
    month = now.month.plus(-1)
    standing = now.standing(month)
    lost = standing.expected and not standing.enrolment_month and standing.this_month_as is None
    if lost and now.watched(month.last_day):
        yield about_month(
            now,
            "loyalty-rate-lost",
            Severity.INFO,
            month,
            until=now.month.plus(1).first_day,
            expected_by=standing.source,
            rate=standing.rate,
            months_in_programme=standing.months_in_programme,
        )


def loyalty_order_without_points(now: Situation) -> Iterator[Finding]:
    """R4: an AS too small to earn points, and not even near."""
    for order in now.judged_of(OrderFamily.LOYALTY):
        if 0 < order.pv < now.limits.near_points_pv:
            yield _short_of(now, "loyalty-order-without-points", order, now.limits.points_pv)


def just_below_threshold(now: Situation) -> Iterator[Finding]:
    """R5: an AS just under 50 PV, or just under 125 PV while the 15th is not over."""
    limits = now.limits
    for order in now.judged_of(OrderFamily.LOYALTY):
        if limits.near_points_pv <= order.pv < limits.points_pv:
            yield _short_of(now, "just-below-threshold", order, limits.points_pv)
        product_day = order.pv_month.first_day.replace(day=limits.product_day)
        if limits.near_product_pv <= order.pv < limits.product_pv and now.today <= product_day:
            yield _short_of(now, "just-below-threshold", order, limits.product_pv, product_day)


def product_of_month_missed(now: Situation) -> Iterator[Finding]:
    """R6: the month's first AS of 125 PV came after the 15th."""
    for order in now.judged_of(OrderFamily.LOYALTY):
        day = order.pv_month.first_day.replace(day=now.limits.product_day)
        if _first_for_product(now, order.pv_month) is order and order.order_date > day:
            yield about_order(
                now,
                "product-of-month-missed",
                Severity.INFO,
                order,
                until=now.lapse_day(order),
                pv=str(order.pv),
                last_day=day.isoformat(),
            )


def loyalty_order_off_schedule(now: Situation) -> Iterator[Finding]:
    """R8: an AS more than 7 days from the usual day, the median of the AS before.

    Days are counted from the first of the PV month, so that an AS of the 1st that still counts
    for the month before is a day late, not a month early.
    """
    for order in now.judged_of(OrderFamily.LOYALTY):
        before = [other for other in now.before(order) if other.family is OrderFamily.LOYALTY]
        if len(before) < now.limits.off_schedule_orders:
            continue
        usual = median_low(_month_day(o) for o in before[-now.limits.usual_day_orders :])
        if abs(_month_day(order) - usual) > now.limits.off_schedule_days:
            yield about_order(
                now,
                "loyalty-order-off-schedule",
                Severity.LOW,
                order,
                until=now.lapse_day(order),
                usual_day=usual,
                ran_on=order.order_date.isoformat(),
            )


def unexpected_loyalty_order(now: Situation) -> Iterator[Finding]:
    """R21: the first AS after the user said that the customer is not in the programme.

    Where the day of that word is not known, it is her first AS that was not old at first sight.
    """
    if now.customer.expects_loyalty is not False:
        return
    first = next((order for order in now.loyalty_orders if _after_word(now, order)), None)
    if first is not None and first in now.judged:
        yield about_order(
            now,
            "unexpected-loyalty-order",
            Severity.MEDIUM,
            first,
            until=now.lapse_day(first),
            pv=str(first.pv),
        )


def _after_word(now: Situation, order: OrderFacts) -> bool:
    return order.order_date >= now.told_on if now.told_on else not order.historic


def _urgency(shipped: bool) -> Severity:
    return Severity.MEDIUM if shipped else Severity.HIGH


def _short_of(
    now: Situation, rule: str, order: OrderFacts, threshold: Decimal, last_day: date | None = None
) -> Finding:
    return about_order(
        now,
        rule,
        Severity.LOW,
        order,
        until=now.lapse_day(order) if last_day is None else day_after(last_day),
        deadline=now.end_of(last_day) if last_day else None,
        pv=str(order.pv),
        threshold=str(threshold),
        missing=str(threshold - order.pv),
    )


def _first_for_product(now: Situation, month: PvMonth) -> OrderFacts | None:
    big = (o for o in now.loyalty_orders if o.pv >= now.limits.product_pv)
    return next((order for order in big if order.pv_month == month), None)


def _month_day(order: OrderFacts) -> int:
    """The order date as a day of its PV month: 1 = the first, 0 = the last of the month before."""
    return (order.order_date - order.pv_month.first_day).days + 1
