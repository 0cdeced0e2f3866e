"""All findings that hold now for one customer, and when to look again. Pure.

State-based: a finding is there while the facts say so, and resolves by disappearing. So the order
in which orders arrive can't matter, and judging twice gives the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from types import MappingProxyType

from models.domain.values import (
    FINAL_PARCEL_STATES,
    CustomerFacts,
    Finding,
    OrderFacts,
    Parcel,
    ParcelState,
)
from tasks.checks import change_rules, customer_rules, loyalty_rules, order_rules, parcel_rules
from tasks.checks.situation import Situation, WorkingDays, day_after
from tasks.checks.thresholds import DEFAULT_THRESHOLDS, Thresholds

Rule = Callable[[Situation], Iterator[Finding]]

#: Every rule; R17 is the one that looks at an order's history.
RULES: tuple[Rule, ...] = (
    loyalty_rules.wrong_order_type,  # R1
    loyalty_rules.loyalty_month_at_risk,  # R2
    loyalty_rules.loyalty_rate_lost,  # R3
    loyalty_rules.loyalty_order_without_points,  # R4
    loyalty_rules.just_below_threshold,  # R5
    loyalty_rules.product_of_month_missed,  # R6
    order_rules.second_loyalty_order,  # R7
    loyalty_rules.loyalty_order_off_schedule,  # R8
    order_rules.duplicate_order,  # R9
    customer_rules.enrolment_of_known_customer,  # R10
    customer_rules.new_enrolment,  # R11
    customer_rules.small_enrolment,  # R12
    order_rules.unusual_order_size,  # R13
    order_rules.not_shipped,  # R14
    order_rules.unpaid,  # R15
    parcel_rules.parcel_trouble,  # R16, as are the next six
    parcel_rules.parcel_returned,
    parcel_rules.parcel_stuck,
    parcel_rules.parcel_not_handed_over,
    parcel_rules.parcel_overdue,
    parcel_rules.pickup_expiring,
    parcel_rules.tracking_number_invalid,
    change_rules.order_changed,  # R17
    order_rules.unknown_order_type,  # R18
    customer_rules.inactive_customer,  # R20
    loyalty_rules.unexpected_loyalty_order,  # R21
    customer_rules.first_order_not_enrolment,  # R22
)

#: Days before the end of a PV month on which its risk is worth another word.
_MONTH_END_NOTICE = timedelta(days=3)
_NO_CODES: Mapping[str, str] = MappingProxyType({})


def judge(
    customer: CustomerFacts,
    orders: Sequence[OrderFacts],
    parcels: Sequence[Parcel],
    now: datetime,
    tz: tzinfo,
    workdays: WorkingDays,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    *,
    namesakes: frozenset[str] = frozenset(),
    first_shown: Mapping[str, str] = _NO_CODES,
    told_on: date | None = None,
    watched_since: date | None = None,
    in_hand: frozenset[str] = frozenset(),
) -> list[Finding]:
    """The findings that hold at `now` (aware UTC), the most urgent first, then by key.

    The keyword arguments are those of `Situation`. Raises ValueError when `now` is naive.
    """
    return judge_situation(
        Situation(
            customer,
            orders,
            parcels,
            now,
            tz,
            workdays,
            thresholds,
            namesakes,
            first_shown,
            told_on,
            watched_since,
            in_hand,
        )
    )


def judge_situation(situation: Situation) -> list[Finding]:
    """The findings that hold in it, the most urgent first, then by key."""
    found = [finding for rule in RULES for finding in rule(situation)]
    return sorted(found, key=lambda finding: (-finding.severity.rank, finding.key))


def next_review_at(
    customer: CustomerFacts,
    orders: Sequence[OrderFacts],
    parcels: Sequence[Parcel],
    now: datetime,
    tz: tzinfo,
    workdays: WorkingDays,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    *,
    watched_since: date | None = None,
) -> datetime:
    """When to judge again without new facts; see `review_again_at`."""
    return review_again_at(
        Situation(
            customer, orders, parcels, now, tz, workdays, thresholds, watched_since=watched_since
        )
    )


def review_again_at(situation: Situation) -> datetime:
    """The next moment (aware UTC) at which a judgement may say something else without new facts.

    Until then its findings keep their keys and severities. Never later than the first of the
    next month. Days begin at local midnight, since that is when months and working days turn;
    quiet hours, not the review, keep the mail until the morning.
    """
    days = (day for day in _days(situation) if day > situation.today)
    moments = (moment for moment in _moments(situation) if moment > situation.now)
    return min([*map(situation.start_of, days), *moments])


def _days(now: Situation) -> Iterator[date]:
    """Local days whose beginning may change a finding; past ones too."""
    yield from _month_edges(now)
    if any(not now.shipped(order) for order in now.lasting) or _open_parcels(now):
        yield day_after(now.today)
    for order in now.judged:
        yield now.lapse_day(order)
    for order in now.orders:
        yield from change_rules.changed_days(now, order)
    last = max((order.order_date for order in now.counted), default=None)
    if last is not None:
        yield from customer_rules.inactivity_days(now, last).values()


def _month_edges(now: Situation) -> Iterator[date]:
    """The days of the month by which rules go: 11th, 16th, 20th, its last ones, the next 1st."""
    first, last = now.month.first_day, now.month.last_day
    yield day_after(first.replace(day=now.limits.sponsor_change_day))
    yield day_after(first.replace(day=now.limits.product_day))
    yield first.replace(day=now.limits.at_risk_day)
    yield from (last - _MONTH_END_NOTICE, last, day_after(last))


def _open_parcels(now: Situation) -> bool:
    """Whether a parcel of hers still moves; silence about it is counted in days."""
    return any(
        parcel.state is not None and parcel.state not in FINAL_PARCEL_STATES
        for parcel in parcel_rules.watched_parcels(now)
    )


def _moments(now: Situation) -> Iterator[datetime]:
    """Times of day at which a parcel becomes late, waits long, or is no news any more."""
    for parcel in parcel_rules.watched_parcels(now):
        late_from = parcel_rules.overdue_from(now, parcel)
        if late_from is not None:
            yield late_from
        if parcel.state is ParcelState.READY_FOR_PICKUP:
            yield parcel_rules.pickup_from(now, parcel)
        if parcel.state is ParcelState.RETURNED:
            yield parcel_rules.returned_until(now, parcel)
        if parcel.given_up is not None:
            yield parcel_rules.number_news_until(now, parcel)
