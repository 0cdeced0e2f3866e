"""The whole invented world, and the labels that say what has to be found in it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from models.domain.months import PvMonth
from models.domain.values import Severity
from worker.simulator.days import berlin
from worker.simulator.records import Customer, Order


@dataclass(frozen=True, slots=True)
class Label:
    """What a rule has to find, and when: from `visible_from` on, until the facts change.

    An order rule names the order, `loyalty-month-at-risk` the month, a parcel rule the shipment
    and its order. `baseline`: it stands already when the world begins. `visible_from` is the
    earliest moment by the rule's definition; a watcher finds it with its next look. `until` is
    when the facts change; a watcher may let an order's old news lapse before that.
    """

    rule: str
    customer_id: str
    visible_from: datetime
    until: datetime | None = None
    order: str | None = None
    month: PvMonth | None = None
    shipment: str | None = None
    severity: Severity | None = None
    """At `visible_from`; None where the reference leaves it open."""
    baseline: bool = False


@dataclass(frozen=True)
class World:
    """Everything that happens, past and future; a pure function of what `make_world` is told.

    The day `start` is the baseline: nothing new is ordered on it. New orders come on the `days`
    days after it. `labels` hold what seven rules have to find before `closes_at`; `softened`
    holds the wrong-type orders that are only worth an info (an AS of the same month exists).
    """

    seed: int
    start: date
    days: int
    owner: Customer
    password: str
    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    """All orders by number, the owner's included."""
    labels: tuple[Label, ...] = ()
    softened: tuple[Label, ...] = ()

    @property
    def month(self) -> PvMonth:
        """The PV month of `start`."""
        return PvMonth.of(self.start)

    @property
    def window(self) -> tuple[PvMonth, ...]:
        """The three PV months that a first sync reads, newest first."""
        return tuple(self.month.plus(-back) for back in range(3))

    @property
    def opens_at(self) -> datetime:
        """Midnight in Berlin at which `start` begins, aware UTC."""
        return berlin(self.start)

    @property
    def closes_at(self) -> datetime:
        """Midnight in Berlin after the last day with new orders, aware UTC."""
        return berlin(self.start + timedelta(days=self.days + 1))

    def baseline(self) -> tuple[Order, ...]:
        """The orders that a first sync on the day `start` sees: visible, PV month in `window`."""
        return tuple(
            order
            for order in self.orders
            if order.pv_month in self.window and order.visible(self.opens_at)
        )
