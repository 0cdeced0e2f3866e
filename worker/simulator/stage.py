"""What the pages can ask of the world: its visible part now, and orders that a test adds."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from models.domain.months import PvMonth
from tasks.ports import Clock
from worker.simulator.days import local_date
from worker.simulator.numbers import order_number
from worker.simulator.records import Credit, Customer, Line, Order, Parcel
from worker.simulator.scene import World


class Stage:
    """The world at the clock's time. Thread-safe; every order is given as it is by now."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.world, self.clock = world, clock
        self._lock = threading.Lock()
        self._by_number: dict[str, Order] = {}
        self._by_member = defaultdict[str, dict[str, Order]](dict)
        self._parcels: dict[str, Parcel] = {}
        self._credits: list[Credit] = []
        self._people = {c.member_id: c for c in (world.owner, *world.customers)}
        for order in world.orders:
            self._index(order)

    def _index(self, order: Order) -> None:
        self._by_number[order.number] = order
        self._by_member[order.member_id][order.number] = order
        if order.parcel:
            self._parcels[order.parcel.number] = order.parcel

    def now(self) -> datetime:
        """The clock's time, aware UTC."""
        return self.clock.now()

    def today(self) -> date:
        """The German calendar day."""
        return local_date(self.now())

    def put(self, order: Order) -> None:
        """Add an order, or put it in the place of the one with its number."""
        with self._lock:
            self._index(order)

    def place(self, member_id: str, source: str, lines: Iterable[Line]) -> Order:
        """Somebody orders right now: paid, not shipped. Raises KeyError for an unknown member."""
        if member_id not in self._people:
            raise KeyError(f"no member {member_id} in this world")
        now = self.now()
        with self._lock:
            number = order_number(now)
            while str(number) in self._by_number:
                number += 1
            text, invoice = str(number), str(number - 110_000_000)
            month = PvMonth.of(local_date(now))
            order = Order(
                text, invoice, member_id, now, month, source, tuple(lines), now, story="placed"
            )
            self._index(order)
        return order

    def ship(self, number: str, parcel: Parcel) -> Order:
        """The order leaves right now with that parcel. Raises KeyError for an unknown order."""
        with self._lock:
            order = replace(self._by_number[number], shipped_at=self.now(), parcel=parcel)
            self._index(order)
        return order

    def credit(self, number: str) -> Credit:
        """The order is credited right now, as a whole. Raises KeyError for an unknown order."""
        with self._lock:
            order = self._by_number[number].as_of(self.now())
            credit = Credit(number, self.today(), order.pv, order.total)
            self._credits.append(credit)
        return credit

    def credits(self, first: PvMonth, last: PvMonth) -> list[Credit]:
        """The credits that were given in these months."""
        with self._lock:
            given = list(self._credits)
        return [one for one in given if first <= PvMonth.of(one.day) <= last]

    def remove(self, number: str) -> Order:
        """The order vanishes right now. Raises KeyError for an unknown order."""
        with self._lock:
            order = replace(self._by_number[number], gone_at=self.now())
            self._index(order)
        return order

    def change(self, member_id: str, **facts: Any) -> Customer:
        """A member gets another name, address or kind right now. Raises KeyError."""
        with self._lock:
            person = replace(self._people[member_id], **facts)
            self._people[member_id] = person
        return person

    def customer(self, member_id: str) -> Customer | None:
        """The member of that ID, once enrolled."""
        person = self._people.get(member_id)
        return person if person and person.enrolled_at <= self.now() else None

    def team(self) -> list[Customer]:
        """Everybody but the owner who is enrolled by now, by listed name."""
        now = self.now()
        others = [c for c in self._people.values() if c.member_id != self.world.owner.member_id]
        some = [c for c in others if c.enrolled_at <= now]
        return sorted(some, key=lambda c: (c.listed_name, c.member_id))

    def order(self, number: str) -> Order | None:
        """The order of that number, if it is visible."""
        now, order = self.now(), self._by_number.get(number)
        return order.as_of(now) if order and order.visible(now) else None

    def orders(self, member_id: str) -> list[Order]:
        """Her visible orders, newest first."""
        now = self.now()
        with self._lock:
            some = list(self._by_member[member_id].values())
        seen = [order.as_of(now) for order in some if order.visible(now)]
        return sorted(seen, key=lambda order: int(order.number), reverse=True)

    def month(self, member_id: str, month: PvMonth) -> list[Order]:
        """Her visible orders of a PV month, newest first."""
        return [order for order in self.orders(member_id) if order.pv_month == month]

    def volume(self, member_id: str, month: PvMonth) -> Decimal:
        """Her PV in a PV month."""
        return sum((o.pv for o in self.month(member_id, month)), Decimal("0.00"))

    def parcel(self, number: str) -> Parcel | None:
        """The parcel of that number, whether the carrier knows it yet or not."""
        return self._parcels.get(number)
