"""A database with parcels, a carrier that says what the test wants, and a clock to move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from models.alert import Alert
from models.claims import Lease
from models.domain.values import CarrierName, ParcelEvent, ParcelFacts, ParcelState, Problem
from models.politeness import Manners
from models.session import Database
from models.shipment import Shipment
from models.source import Source
from tasks.ports import CarrierAnswer, CarrierError, CarrierUnavailable
from tasks.run import Counts, Run
from tasks.shipments.asking import Polled
from tasks.shipments.pace import BERLIN, Pace
from tasks.shipments.poll import PollOptions, poll_shipments, polling_is_due
from tests.models.rows import add_customer, add_order
from tests.services.clock import START, FakeClock

S = ParcelState
HERMES, DHL, *_ = CarrierName
NIGHT = START.replace(hour=21)  # 23:00 in Germany
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DOWN = CarrierUnavailable("Hermes answered with 503; try again later")

Answer = CarrierAnswer | CarrierError


def in_transit(number: str, at: datetime = START, code: str = "SORTED") -> ParcelFacts:
    """The carrier has scanned it."""
    scan = ParcelEvent(at, code, S.IN_TRANSIT, "Die Sendung ist unterwegs.")
    return ParcelFacts(HERMES, number, S.IN_TRANSIT, Problem.NONE, None, (scan,), at, at)


class FakeCarrier:
    """Answers by number, or what `says` has for all; remembers whom it was asked about."""

    def __init__(self, name: CarrierName = HERMES) -> None:
        self.name = name
        self.says: Callable[[str], Answer] = in_transit
        self.own: Mapping[str, Answer] = {}
        self.asked: list[str] = []

    def ask(self, number: str, now: datetime) -> CarrierAnswer:
        self.asked.append(number)
        answer = self.own.get(number) or self.says(number)
        if isinstance(answer, CarrierError):
            raise answer
        return answer

    def close(self) -> None:
        return None


class Desk:
    """A database with parcels, one carrier, and a clock that the test moves."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock, self.carrier = db, clock, FakeCarrier()
        self.manners, self.lease = Manners(timedelta(0), 1000), Lease(2 * MINUTE, 8)
        with db.write() as session:
            customer = add_customer(session, START, next_review_at=None, baseline=False)
            self.customer, self.order = customer.id, add_order(session, customer, START).id

    def parcel(self, number: str, state: S | None = None, **facts: Any) -> int:
        """A Hermes parcel that is due."""
        known: dict[str, Any] = {
            "order_id": self.order, "carrier": HERMES, "first_seen_at": START - HOUR,
            "next_poll_at": START, "asked_at": START - HOUR if state else None,
        }  # fmt: skip
        with self.db.write() as session:
            row = Shipment(**(known | facts), number=number, state=state)
            session.add(row)
            session.flush()
            return row.id

    @property
    def options(self) -> PollOptions:
        """With one request at a time, so that the order of questions is known."""
        polled = Polled(self.carrier, self.manners, 1)
        return PollOptions({HERMES: polled}, Pace(jitter=0), BERLIN, self.lease)

    def poll(self) -> Counts:
        """What one run of the job does."""
        return poll_shipments(self.db, self.clock, self.options, Run())

    def is_due(self) -> bool:
        with self.db.read() as session:
            return polling_is_due(session, self.clock.now(), self.options)

    def row(self, number: str) -> Any:
        with self.db.read() as session:
            return session.scalars(select(Shipment).where(Shipment.number == number)).one()

    def source(self) -> Source:
        with self.db.read() as session:
            return session.get_one(Source, "hermes")

    def alerts(self, rule: str) -> Any:
        with self.db.read() as session:
            return session.scalars(select(Alert).where(Alert.rule == rule)).all()
