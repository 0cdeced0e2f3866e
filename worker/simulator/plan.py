"""The plan of a world in the making: customers and orders are added to it story by story."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random

from models.domain.months import PvMonth
from models.domain.values import CarrierName
from worker.simulator.baskets import basket
from worker.simulator.days import berlin, local_date, working_day_after
from worker.simulator.names import email_of, phone_of, pick_name
from worker.simulator.numbers import member_id, order_number, parcel_number
from worker.simulator.records import Customer, Line, Order
from worker.simulator.timelines import make_parcel

#: Loyalty templates of ordinary customers run on one of the days 1 to this one.
LAST_USUAL_DAY = 18
_OLD_MEMBERS_JOINED_DAYS_AGO = (200, 1500)


@dataclass(slots=True)
class Plan:
    """Customers and orders so far. Dates are German days; `day(3)` is three days after start."""

    rng: Random
    start: date
    days: int
    history_months: int
    customers: list[Customer] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    owner: Customer | None = None
    _ids: set[str] = field(default_factory=set)
    _parcels: int = 0

    @property
    def month(self) -> PvMonth:
        return PvMonth.of(self.start)

    def day(self, offset: int) -> date:
        """`offset` days after the start, but never after the last day with new orders."""
        return self.start + timedelta(days=min(offset, self.days))

    def customer(
        self,
        *,
        name: tuple[str, str] | None = None,
        enrolled_at: datetime | None = None,
        email: str | None = None,
    ) -> Customer:
        """A new member of the team; long enrolled unless `enrolled_at` says otherwise."""
        first, last = name or pick_name(self.rng)
        number = self._new_id()
        owner = self.owner.name if self.owner else ""
        made = Customer(
            number,
            first,
            last,
            email or email_of(first, last, number),
            phone_of(self.rng),
            "Wellness-Botschafter" if self.rng.random() < 0.2 else "Vorteilskunde",
            enrolled_at or self._long_ago(),
            enroller=owner,
            sponsor=owner,
        )
        self.customers.append(made)
        return made

    def _new_id(self) -> str:
        while (number := member_id(self.rng)) in self._ids:
            pass
        self._ids.add(number)
        return number

    def _long_ago(self) -> datetime:
        back = timedelta(days=self.rng.randint(*_OLD_MEMBERS_JOINED_DAYS_AGO))
        return berlin(self.start - back, self.rng.randint(9, 20))

    def order(
        self,
        customer: Customer,
        day: date,
        source: str,
        story: str,
        *,
        lines: tuple[Line, ...] | None = None,
        ship: date | str | None = "next",
        road: str = "smooth",
        hour: int | None = None,
    ) -> Order:
        """Place an order. It ships on the working day after, on the day given, or never."""
        at = berlin(day, hour or self.rng.randint(9, 20), self.rng.randrange(60))
        shipped = working_day_after(day) if ship == "next" else ship
        order = Order(
            "",
            "",
            customer.member_id,
            at,
            PvMonth.of(day),
            source,
            lines or basket(self.rng),
            paid_at=at,
            story=story,
        )
        if isinstance(shipped, date):
            order = self.shipped(order, shipped, road)
        self.orders.append(order)
        return order

    def shipped(self, order: Order, day: date, road: str) -> Order:
        """The order, with the parcel that leaves on `day` and takes `road`."""
        carrier = CarrierName.DHL if road == "dhl" else CarrierName.HERMES
        self._parcels += 1
        serial = self.rng.randrange(10_000) * 100_000 + self._parcels
        parcel = make_parcel(parcel_number(carrier, serial), road, day, self.rng.randrange(66))
        return replace(order, shipped_at=berlin(day, 15, self.rng.randrange(60)), parcel=parcel)

    def change_last(self, order: Order) -> None:
        """Put `order` in the place of the last one."""
        self.orders[-1] = order

    def loyal(
        self,
        template_day: int | None = None,
        *,
        without: Collection[PvMonth] = (),
        story: str = "loyal",
        who: Customer | None = None,
    ) -> Customer:
        """A customer with a loyalty order each month on her day, save in the months `without`."""
        customer = who or self.customer()
        day = template_day or self.usual_day()
        month = self.month.plus(-self.history_months)
        while month <= PvMonth.of(self.day(self.days)):
            on = month.first_day + timedelta(days=day - 1)
            if month not in without and on != self.start and on <= self.day(self.days):
                self.order(customer, on, "AS", story, hour=8)
            month = month.plus(1)
        return customer

    def usual_day(self) -> int:
        """A template day that lies before `start` in its month where there is one."""
        last = min(LAST_USUAL_DAY, self.start.day - 1)
        return self.rng.randint(1, last) if last >= 1 else self.rng.randint(2, LAST_USUAL_DAY)

    def counted(self, since: int = 0) -> int:
        """How many of the orders from index `since` on belong to the baseline."""
        window = [self.month.plus(-back) for back in range(3)]
        opens = berlin(self.start)
        return sum(o.pv_month in window and o.visible(opens) for o in self.orders[since:])

    def numbered(self) -> tuple[Order, ...]:
        """All orders with rising order and invoice numbers, by time."""
        done: list[Order] = []
        last = 0
        for order in sorted(self.orders, key=lambda order: order.placed_at):
            last = max(last + 1, order_number(order.placed_at))
            done.append(replace(order, number=str(last), invoice_number=str(last - 110_000_000)))
        return tuple(done)

    def joined(self, offset: int) -> datetime:
        """A moment of enrolment in the morning of that day."""
        return berlin(self.day(offset), 8, 30)

    def month_of(self, offset: int) -> PvMonth:
        """The month in which `day(offset)` lies."""
        return PvMonth.of(self.day(offset))


def order_day(order: Order) -> date:
    """The German day on which an order was placed."""
    return local_date(order.placed_at)
