"""Lets the months pass: what becomes known is stored, and reviews run when they are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.claims import Lease, make_due
from models.customer import Customer
from models.domain.families import DEFAULT_FAMILIES
from models.domain.values import AlertState, CarrierName
from models.domain.workdays import Workdays
from models.order import Order, OrderLineRow
from models.order_change import OrderChange
from models.queues import REVIEWS
from models.session import Database
from models.shipment import Shipment
from tasks.checks.review import ReviewOptions, review_orders
from tasks.checks.thresholds import DEFAULT_THRESHOLDS
from tasks.run import Run
from tests.checks.labelled import (  # noqa: F401 - each registers its stories
    customer_stories,
    loyalty_stories,
    order_stories,
    parcel_stories,
)
from tests.checks.labelled.life import BEGINS, BERLIN, ENDS, STORIES, Event, Life
from tests.services.clock import FakeClock

OPTIONS = ReviewOptions(
    BERLIN, Workdays(None), DEFAULT_THRESHOLDS, DEFAULT_FAMILIES, Lease(timedelta(minutes=2), 8)
)


@dataclass(frozen=True)
class Found:
    """An alert that opened (or got worse), with the local days of that and of its end."""

    member_id: str
    rule: str
    about: str
    severity: str
    opened: date
    key: str


def lives(seed: int, each: int) -> list[Life]:
    """Every story so many times, differently each time."""
    rng = Random(seed)
    told = [Life(0, Random(seed), "founder")]
    told[0].casual()
    for nth in range(each * len(STORIES)):
        story = STORIES[nth // each]
        life = Life(nth + 1, Random(rng.random()), story.__name__)
        story(life)
        told.append(life)
    return told


class Replay:
    """A database to which the stories' events happen."""

    def __init__(self, db: Database, told: Sequence[Life]) -> None:
        self.db, self.told, self.clock = db, told, FakeClock(BEGINS)
        self.customers: dict[str, int] = {}
        self.orders: dict[str, int] = {}
        self.found: list[Found] = []
        self.closed: dict[tuple[str, date], date] = {}
        self.reviews = 0

    def run(self) -> None:
        """All of it, moment by moment."""
        events = [(life, event) for life in self.told for event in life.events]
        events.sort(key=lambda pair: (max(pair[1].at, pair[0].seen), pair[1].kind, pair[1].number))
        waiting = iter([*events, None])
        following = next(waiting)
        while True:
            now = self._next(following)
            if now >= ENDS:
                return
            self.clock.set(now)
            due = []
            while following and max(following[1].at, following[0].seen) <= now:
                due.append(following)
                following = next(waiting)
            self._happen(due, now)
            self.reviews += review_orders(self.db, self.clock, OPTIONS, Run())["customers"]
            self._look(now)

    def _next(self, following: tuple[Life, Event] | None) -> datetime:
        with self.db.read() as session:
            due = REVIEWS.next_due_at(session)
        moments = [due] if due else []
        moments += [max(following[1].at, following[0].seen)] if following else []
        return max(min(moments, default=ENDS), self.clock.now())

    def _happen(self, due: Sequence[tuple[Life, Event]], now: datetime) -> None:
        if not due:
            return
        with self.db.write() as session:
            for life, event in due:
                row = self.customers.get(life.member_id) or self._customer(session, life)
                self._store(session, row, event)
            touched = {self.customers[life.member_id] for life, _ in due}
            make_due(session, REVIEWS, touched, now)

    def _customer(self, session: Session, life: Life) -> int:
        row = Customer(
            member_id=life.member_id, name_key=life.columns["name"].lower(),
            first_seen_at=life.seen, **life.columns,
        )  # fmt: skip
        session.add(row)
        session.flush()
        self.customers[life.member_id] = row.id
        return row.id

    def _store(self, session: Session, customer: int, event: Event) -> None:
        columns = dict(event.columns)
        if event.kind == "customer":
            session.execute(update(Customer).where(Customer.id == customer).values(columns))
        elif event.kind == "parcel":
            self._store_parcel(session, event, columns)
        elif event.kind == "history":
            row = {"order_id": self.orders[event.number]} | columns
            session.execute(insert(OrderChange), [row])
        elif event.number in self.orders:
            mine = Order.id == self.orders[event.number]
            session.execute(update(Order).where(mine).values(columns))
        else:
            self._new_order(session, customer, event, columns)

    def _new_order(
        self, session: Session, customer: int, event: Event, columns: dict[str, Any]
    ) -> None:
        basket = columns.pop("basket")
        row = Order(
            number=event.number, customer_id=customer, row_hash="x",
            first_seen_at=event.at, changed_at=event.at, **columns,
        )  # fmt: skip
        session.add(row)
        session.flush()
        self.orders[event.number] = row.id
        lines = [
            {"order_id": row.id, "position": n, "item": item, "quantity": quantity}
            for n, (item, quantity) in enumerate(basket.items(), start=1)
        ]
        session.execute(insert(OrderLineRow), lines)

    def _store_parcel(self, session: Session, event: Event, columns: dict[str, Any]) -> None:
        order = self.orders[columns.pop("order")]
        known = Shipment.number == event.number
        if session.scalar(select(Shipment.id).where(known)) is None:
            row = {"order_id": order, "number": event.number, "carrier": CarrierName.HERMES}
            session.execute(insert(Shipment), [row | {"first_seen_at": event.at} | columns])
        else:
            session.execute(update(Shipment).where(known).values(columns))

    def _look(self, now: datetime) -> None:
        """Note which alerts opened, got worse or ended at this moment."""
        query = (
            select(Alert, Customer.member_id)
            .join(Customer, Customer.id == Alert.customer_id)
            .where(or_(Alert.opened_at == now, Alert.resolved_at == now))
        )
        today = now.astimezone(BERLIN).date()
        with self.db.read() as session:
            for alert, member_id in session.execute(query):
                opened = alert.opened_at.astimezone(BERLIN).date()
                if alert.opened_at == now:
                    about = alert.key.rpartition(":")[2]
                    found = (alert.rule, about, alert.severity.value, today, alert.key)
                    self.found.append(Found(member_id or "", *found))
                if alert.state is AlertState.RESOLVED:
                    self.closed[alert.key, opened] = today
