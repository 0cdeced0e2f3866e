"""The rules on a customer's beginning and end: R10 to R12, R20, R22. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date

from models.domain.months import PvMonth
from models.domain.values import Finding, OrderFacts, OrderFamily, Severity
from tasks.checks.findings import about_month, about_order
from tasks.checks.situation import Situation, day_after


def enrolment_of_known_customer(now: Situation) -> Iterator[Finding]:
    """R10: an enrolment although the number has older orders, or a namesake is a customer.

    A new number is one whose first order is an enrolment or falls in the month of enrolment.
    """
    other = min(now.namesakes, default=None)
    for order in now.judged:
        before = now.before(order)
        enrolment = order.family is OrderFamily.ENROLMENT
        new = other is not None and not before and (enrolment or _in_first_month(now, order))
        if new or (enrolment and before):
            yield about_order(
                now,
                "enrolment-of-known-customer",
                Severity.HIGH,
                order,
                until=now.lapse_day(order),
                other_order=before[0].number if before else None,
                other_customer=other,
            )


def new_enrolment(now: Situation) -> Iterator[Finding]:
    """R11: the first IN of a number.

    The sponsor can be changed until the 10th of the month after, and the first AS is possible
    from that month on; the finding holds until that 10th is over.
    """
    first = _first_enrolment(now)
    if first is None or first not in now.lasting:
        return
    month = PvMonth.of(now.customer.enrolled_on or first.order_date).plus(1)
    last_day = month.first_day.replace(day=now.limits.sponsor_change_day)
    until = now.lasting_until(first) or max(now.lapse_day(first), day_after(last_day))
    if now.today < until:
        yield about_order(
            now,
            "new-enrolment",
            Severity.INFO,
            first,
            until=until,
            deadline=now.end_of(last_day),
            sponsor_change_until=last_day.isoformat(),
            first_loyalty_month=str(month),
        )


def small_enrolment(now: Situation) -> Iterator[Finding]:
    """R12: an IN under 100 PV."""
    for order in now.judged_of(OrderFamily.ENROLMENT):
        if order.pv < now.limits.small_enrolment_pv:
            yield about_order(
                now,
                "small-enrolment",
                Severity.INFO,
                order,
                until=now.lapse_day(order),
                pv=str(order.pv),
                threshold=str(now.limits.small_enrolment_pv),
            )


def first_order_not_enrolment(now: Situation) -> Iterator[Finding]:
    """R22: the first order of a number that enrolled in the same month is no IN."""
    first = now.counted[0] if now.counted else None
    if first is None or first not in now.judged or not _in_first_month(now, first):
        return
    if first.family is not OrderFamily.ENROLMENT:
        yield about_order(
            now,
            "first-order-not-enrolment",
            Severity.MEDIUM,
            first,
            until=now.lapse_day(first),
            source=first.source,
            enrolled_on=str(now.customer.enrolled_on),
        )


def inactive_customer(now: Situation) -> Iterator[Finding]:
    """R20: no order for 3, 6 or 11 months; after 12 the account is closed, and nothing is said.

    Months are counted by the day of the last order (the 31st ends with a shorter month). Every
    stage is a finding of its own, keyed to the month in which it began, and one that began
    before the customer was watched is the past.
    """
    last = max((order.order_date for order in now.counted), default=None)
    if last is None:
        return
    stages = inactivity_days(now, last)
    reached = [months for months, day in stages.items() if day <= now.today]
    if not reached or reached[-1] == now.limits.account_closes_months:
        return
    months, began = reached[-1], stages[reached[-1]]
    if now.watched(began):
        closes = stages[now.limits.account_closes_months]
        high = months >= now.limits.inactive_high_months
        yield about_month(
            now,
            "inactive-customer",
            Severity.HIGH if high else Severity.INFO,
            PvMonth.of(began),
            until=min(day for day in stages.values() if day > now.today),
            deadline=now.start_of(closes),
            months=months,
            last_order=last.isoformat(),
            closes_on=closes.isoformat(),
        )


def inactivity_days(now: Situation, last_order: date) -> dict[int, date]:
    """Months of inactivity -> the day that completes them, rising, the account's end included."""
    limits = now.limits
    stages = (*limits.inactive_months, limits.account_closes_months)
    return {months: _months_after(last_order, months) for months in stages}


def _first_enrolment(now: Situation) -> OrderFacts | None:
    return next((o for o in now.counted if o.family is OrderFamily.ENROLMENT), None)


def _in_first_month(now: Situation, order: OrderFacts) -> bool:
    enrolled = now.customer.enrolled_on
    months = (order.pv_month, PvMonth.of(order.order_date))
    return enrolled is not None and PvMonth.of(enrolled) in months


def _months_after(day: date, months: int) -> date:
    month = PvMonth.of(day).plus(months)
    last = calendar.monthrange(month.year, month.month)[1]
    return date(month.year, month.month, min(day.day, last))
