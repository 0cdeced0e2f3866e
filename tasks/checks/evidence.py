"""What a finding rests on: the orders, parcels and words that its rule looked at, and why. Pure.

It is worked out anew from what is known now, so that whoever doubts a finding sees today's facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from models.domain.loyalty import sequence
from models.domain.months import PvMonth
from models.domain.values import OrderFacts, OrderFamily, Parcel
from tasks.checks.situation import Situation

#: The numbers that each rule compares with: fields of `Thresholds`, settings `RULES__…`.
RULE_THRESHOLDS: Mapping[str, tuple[str, ...]] = {
    "wrong-order-type": ("loyalty_lookback_months", "loyalty_keeping_pv", "order_days"),
    "loyalty-month-at-risk": ("loyalty_lookback_months", "loyalty_keeping_pv", "at_risk_day"),
    "loyalty-rate-lost": ("loyalty_lookback_months", "loyalty_keeping_pv"),
    "loyalty-order-without-points": ("near_points_pv", "points_pv", "order_days"),
    "just-below-threshold": (
        "near_points_pv", "points_pv", "near_product_pv", "product_pv", "product_day", "order_days",
    ),
    "product-of-month-missed": ("product_pv", "product_day", "order_days"),
    "second-loyalty-order": ("similarity", "order_days"),
    "loyalty-order-off-schedule": (
        "off_schedule_days", "off_schedule_orders", "usual_day_orders", "order_days",
    ),
    "duplicate-order": ("duplicate_days", "similarity", "order_days"),
    "enrolment-of-known-customer": ("order_days",),
    "new-enrolment": ("sponsor_change_day", "order_days"),
    "small-enrolment": ("small_enrolment_pv", "order_days"),
    "unusual-order-size": ("unusual_factor", "unusual_orders", "order_days"),
    "not-shipped": ("not_shipped_working_days",),
    "unpaid": (),
    "delivery-failed": (),
    "parcel-exception": (),
    "parcel-returning": (),
    "parcel-returned": ("returned_days",),
    "parcel-stuck": ("stuck_working_days",),
    "parcel-not-handed-over": ("not_handed_over_working_days",),
    "parcel-overdue": ("overdue_hours",),
    "pickup-expiring": ("pickup_days", "pickup_kept_days"),
    "tracking-number-invalid": ("returned_days",),
    "order-changed": ("order_days", "covered_months"),
    "unknown-order-type": ("order_days",),
    "inactive-customer": ("inactive_months", "inactive_high_months", "account_closes_months"),
    "unexpected-loyalty-order": ("order_days",),
    "first-order-not-enrolment": ("order_days",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about, by its numbers."""

    rule: str
    order: str | None = None
    other_order: str | None = None
    shipment: str | None = None
    month: PvMonth | None = None


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One fact: an order, a parcel, or neither, and what it says about the finding."""

    says: str
    order: OrderFacts | None = None
    parcel: Parcel | None = None


Finder = Callable[[Situation, Subject], Iterator[Exhibit]]


def evidence(now: Situation, subject: Subject) -> list[Exhibit]:
    """The exhibits of one finding, in the order in which one would look at them."""
    found = _subject_itself(now, subject)
    return [*found, *_MORE.get(subject.rule, _nothing)(now, subject)]


def _subject_itself(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    for order in now.orders:
        if order.number == subject.order:
            yield Exhibit("the order in question", order)
        if order.number == subject.other_order:
            yield Exhibit("the order that it is compared with", order)
    for parcel in now.parcels:
        if parcel.number == subject.shipment or (
            subject.shipment is None and parcel.order_number == subject.order
        ):
            yield Exhibit("its parcel", parcel=parcel)


def _nothing(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    yield from ()


def _programme(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    """Why a loyalty order was expected in the month, and which ones there are in it."""
    month = subject.month or now.month
    standing = now.standing(month)
    if standing.source == "told":
        yield Exhibit(f"you said that she is in the programme{_since(now)}")
    elif standing.source == "orders":
        before = [o for o in now.loyalty_orders if 1 <= month.minus(o.pv_month) <= _months(now)]
        yield from (Exhibit("shows that she is in the programme", order) for order in before)
    inside = [order for order in now.loyalty_orders if order.pv_month == month]
    for order in inside:
        keeps = order.pv >= now.limits.loyalty_keeping_pv
        yield Exhibit("keeps the month's rate" if keeps else "too small to keep the rate", order)
    if not inside:
        yield Exhibit(f"no loyalty order (AS) in {month} is known")


def _months(now: Situation) -> int:
    return now.limits.loyalty_lookback_months


def _since(now: Situation) -> str:
    return f" (on {now.told_on})" if now.told_on else ""


def _product(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    """The month's other loyalty orders that are large enough."""
    for order in now.loyalty_orders:
        large = order.pv >= now.limits.product_pv and order.pv_month == subject.month
        if large and order.number != subject.order:
            yield Exhibit("large enough too, but later", order)


def _schedule(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    """The loyalty orders that make the usual day."""
    loyal = [o for o in _before(now, subject) if o.family is OrderFamily.LOYALTY]
    yield from _all("shows her usual day", loyal[-now.limits.usual_day_orders :])


def _size(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    """The orders whose median is usual."""
    yield from _all("shows what is usual", [o for o in _before(now, subject) if o.pv > 0])


def _older(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    """Older orders of the number, and who has her name and address."""
    yield from _all("older than the enrolment", _before(now, subject))
    for other in sorted(now.namesakes):
        yield Exhibit(f"customer {other} has the same name and e-mail address")


def _enrolment(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    enrolled = now.customer.enrolled_on
    yield Exhibit(f"enrolled on {enrolled}" if enrolled else "the day of enrolment is not known")


def _waited(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    """How many full working days have passed since the order."""
    for order in now.orders:
        if order.number == subject.order:
            days = now.workdays.workdays_between(order.order_date, now.today)
            yield Exhibit(f"{days} full working days have passed since {order.order_date}")


def _silence(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    """How many full working days have passed since the last sign of the parcel."""
    for parcel in now.parcels:
        if parcel.number == subject.shipment:
            sign = parcel.last_event_at or parcel.shipped_at or parcel.first_seen_at
            day = now.local_day(sign)
            days = now.workdays.workdays_between(day, now.today)
            yield Exhibit(f"{days} full working days have passed since the last sign on {day}")


def _last(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    yield from _all("the last order that is known", now.counted[-1:])


def _word(now: Situation, subject: Subject) -> Iterator[Exhibit]:
    yield Exhibit(f"you said that she is not in the programme{_since(now)}")


def _before(now: Situation, subject: Subject) -> list[OrderFacts]:
    """Her real orders before the one in question, oldest first."""
    mine = [order for order in now.orders if order.number == subject.order]
    return [o for o in now.counted if mine and sequence(o) < sequence(mine[0])]


def _all(says: str, orders: Iterable[OrderFacts]) -> Iterator[Exhibit]:
    return (Exhibit(says, order) for order in orders)


_MORE: Mapping[str, Finder] = {
    "wrong-order-type": _programme,
    "loyalty-month-at-risk": _programme,
    "loyalty-rate-lost": _programme,
    "product-of-month-missed": _product,
    "loyalty-order-off-schedule": _schedule,
    "unusual-order-size": _size,
    "enrolment-of-known-customer": _older,
    "new-enrolment": _enrolment,
    "first-order-not-enrolment": _enrolment,
    "not-shipped": _waited,
    "parcel-stuck": _silence,
    "parcel-not-handed-over": _silence,
    "inactive-customer": _last,
    "unexpected-loyalty-order": _word,
}
