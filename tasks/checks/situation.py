"""One customer at one moment: everything that a rule may look at. Pure.

Which orders may still carry a finding is decided here, once for all rules:
- none that is accepted, cancelled, a replacement or a credit;
- an order that was old at first sight (historic) only when its PV month is that of the first
  sight or later; where the day of the first sight is not known, only while its PV month runs;
- any other order while its PV month runs or lies ahead, and for some days after the order
  (`Thresholds.order_days`), so that what can't be mended any more closes by itself.
  A finding says so in its detail `lapses_at`. Payment and shipping stay open without limit.
All of them, the accepted and the historic too, remain facts to compare with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

from models.domain.loyalty import LoyaltyStanding, counts, sequence, standing
from models.domain.months import PvMonth
from models.domain.values import (
    CustomerFacts,
    OrderFacts,
    OrderFamily,
    Parcel,
    ParcelState,
)
from tasks.checks.thresholds import DEFAULT_THRESHOLDS, Thresholds

#: Parcel states that prove that the warehouse has handed the parcel over.
_LEFT = frozenset(ParcelState) - {
    ParcelState.ANNOUNCED,
    ParcelState.CANCELLED,
    ParcelState.UNKNOWN,
    ParcelState.NOT_FOUND,
}


class WorkingDays(Protocol):
    """The working days of one Land, as `models/domain/workdays.py` counts them."""

    def workdays_between(self, start: date, end: date) -> int:
        """Full working days strictly after `start` that are over when `end` begins."""
        ...


@dataclass(frozen=True)
class Situation:
    """A customer, her orders and parcels at `now` (aware UTC), and what the rules go by.

    `orders` are all that are known of her, in any order. `namesakes` are the numbers of other,
    earlier customers with her name and e-mail address (R10). `first_shown` says per unknown order
    type which order is the one to report (R18). `told_on` is the German day on which the user
    told `expects_loyalty` (R21), `watched_since` the one on which the customer was first seen
    (R3, R20); None = not known. `in_hand` are the orders that have an open case: what it brings
    about, such as a parcel that goes back, is no news.
    """

    customer: CustomerFacts
    orders: Sequence[OrderFacts]
    parcels: Sequence[Parcel]
    now: datetime
    tz: tzinfo
    workdays: WorkingDays
    limits: Thresholds = DEFAULT_THRESHOLDS
    namesakes: frozenset[str] = frozenset()
    first_shown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    told_on: date | None = None
    watched_since: date | None = None
    in_hand: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("now has no time zone; an aware UTC time would be right")

    @cached_property
    def today(self) -> date:
        """The local calendar day."""
        return self.now.astimezone(self.tz).date()

    @cached_property
    def month(self) -> PvMonth:
        """The PV month that runs."""
        return PvMonth.of(self.today)

    @cached_property
    def counted(self) -> tuple[OrderFacts, ...]:
        """The real orders, oldest first, historic and accepted ones too."""
        return tuple(sorted(filter(counts, self.orders), key=sequence))

    @cached_property
    def loyalty_orders(self) -> tuple[OrderFacts, ...]:
        """The AS among the real orders, oldest first."""
        return tuple(o for o in self.counted if o.family is OrderFamily.LOYALTY)

    @cached_property
    def lasting(self) -> tuple[OrderFacts, ...]:
        """Orders whose open ends (payment, shipping) may be reported however old they get."""
        return tuple(o for o in self.counted if not o.accepted and not self.past(o))

    @cached_property
    def judged(self) -> tuple[OrderFacts, ...]:
        """Orders that may carry a finding now."""
        return tuple(order for order in self.lasting if self.today < self.lapse_day(order))

    def judged_of(self, family: OrderFamily) -> tuple[OrderFacts, ...]:
        """The orders of one family that may carry a finding now."""
        return tuple(order for order in self.judged if order.family is family)

    def lapse_day(self, order: OrderFacts) -> date:
        """The local day on which findings about the order end by themselves."""
        month_over = order.pv_month.plus(1).first_day
        if self._month_only(order):
            return month_over
        return max(month_over, order.order_date + timedelta(days=self.limits.order_days + 1))

    def lasting_until(self, order: OrderFacts) -> date | None:
        """The same for payment and shipping: None = as long as the facts say so."""
        return order.pv_month.plus(1).first_day if self._month_only(order) else None

    def _month_only(self, order: OrderFacts) -> bool:
        return order.historic and self.watched_since is None

    def past(self, order: OrderFacts) -> bool:
        """Whether the order was old when it was first seen: a fact to compare with only."""
        first = self.month if self.watched_since is None else PvMonth.of(self.watched_since)
        return order.historic and order.pv_month < first

    def before(self, order: OrderFacts) -> tuple[OrderFacts, ...]:
        """The real orders before this one, by date, then number."""
        return tuple(other for other in self.counted if sequence(other) < sequence(order))

    def standing(self, month: PvMonth) -> LoyaltyStanding:
        """Her standing in the loyalty programme in that PV month.

        That she is in it holds from the month in which the user told it: of a month before, the
        orders speak.
        """
        told_later = self.told_on is not None and month < PvMonth.of(self.told_on)
        told_later = told_later and self.customer.expects_loyalty is True
        return standing(
            replace(self.customer, expects_loyalty=None) if told_later else self.customer,
            self.counted,
            month,
            self.today,
            keeping_pv=self.limits.loyalty_keeping_pv,
            lookback_months=self.limits.loyalty_lookback_months,
            at_risk_day=self.limits.at_risk_day,
        )

    @cached_property
    def _left_orders(self) -> frozenset[str]:
        return frozenset(p.order_number for p in self.parcels if p.state in _LEFT)

    def shipped(self, order: OrderFacts) -> bool:
        """Whether the order has left: a ship date, or a parcel that the carrier has had."""
        return order.ship_date is not None or order.number in self._left_orders

    def watched(self, day: date) -> bool:
        """Whether the customer was watched on that day already, so that its news are no past.

        Without a known first sight, an order that was new when it was first seen proves it.
        """
        if self.watched_since is not None:
            return self.watched_since <= day
        return any(not order.historic and order.order_date <= day for order in self.orders)

    def local_day(self, moment: datetime) -> date:
        """The local calendar day of an aware time."""
        return moment.astimezone(self.tz).date()

    def start_of(self, day: date) -> datetime:
        """The first moment of a local day, in UTC."""
        return datetime.combine(day, time.min, self.tz).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The last second of a local day, in UTC; a deadline that still shows that day."""
        return self.start_of(day_after(day)) - timedelta(seconds=1)


def day_after(day: date) -> date:
    """The next calendar day."""
    return day + timedelta(days=1)
