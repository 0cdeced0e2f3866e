"""Findings live: opened once, worse, softer, solved, again; and what the user decided stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from models.alert import Alert
from models.claims import Lease, make_due
from models.customer import Customer
from models.domain.families import DEFAULT_FAMILIES
from models.domain.months import PvMonth
from models.domain.values import AlertState, CarrierName, ParcelState, Problem, Severity
from models.domain.workdays import Workdays
from models.order import Order
from models.queues import REVIEWS
from models.session import Database
from models.shipment import Shipment
from tasks.checks.review import ReviewOptions, review_orders
from tasks.checks.thresholds import DEFAULT_THRESHOLDS
from tasks.run import Run
from tests.checks.labelled.replay import Replay, lives
from tests.models.rows import add_customer, add_order
from tests.services.clock import FakeClock

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 10, 5, 8, tzinfo=UTC)
OPTIONS = ReviewOptions(
    BERLIN, Workdays(None), DEFAULT_THRESHOLDS, DEFAULT_FAMILIES, Lease(timedelta(minutes=2), 8)
)


class Watch:
    """A loyal customer who has just ordered outside the programme."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock = db, FakeClock(MONDAY)
        with db.write() as session:
            customer = add_customer(session, MONDAY - timedelta(days=90), baseline=False)
            self.customer = customer.id
            september = {"order_date": date(2026, 9, 5), "pv_month": PvMonth(2026, 9)}
            add_order(
                session, customer, MONDAY, number="1", source="AS", historic=True, **september
            )
            add_order(session, customer, MONDAY, number="2", source="IO", pv=Decimal(60))
        self.review()

    def review(self) -> dict[str, int]:
        """Her facts have changed; an hour passes."""
        self.clock.advance(hours=1)
        with self.db.write() as session:
            make_due(session, REVIEWS, [self.customer], self.clock.now())
        return dict(review_orders(self.db, self.clock, OPTIONS, Run()))

    def change(self, number: str, **columns: Any) -> None:
        """Something else becomes known of an order."""
        with self.db.write() as session:
            session.execute(update(Order).where(Order.number == number).values(**columns))
        self.review()

    def loyalty_order(self) -> None:
        """The month's AS arrives."""
        with self.db.write() as session:
            customer = session.get_one(Customer, self.customer)
            add_order(session, customer, MONDAY, number="3", source="AS", pv=Decimal(60))
        self.review()

    def decide(self, state: AlertState) -> None:
        """The user acknowledges or dismisses it."""
        with self.db.write() as session:
            session.execute(update(Alert).values(state=state, next_notice_at=None))

    def alert(self) -> tuple[AlertState, Severity, int]:
        """How the alert about the wrong order stands, and in which episode."""
        with self.db.read() as session:
            row = session.scalars(select(Alert).where(Alert.rule == "wrong-order-type")).one()
        return row.state, row.severity, row.episode


@pytest.fixture
def watch(db: Database) -> Watch:
    """Her wrong order was found."""
    return Watch(db)


def test_it_opens_once(watch: Watch) -> None:
    """Reviewing again finds the same, and says nothing."""
    assert watch.alert() == (AlertState.OPEN, Severity.HIGH, 1)
    assert watch.review() == {"customers": 1}
    assert watch.alert() == (AlertState.OPEN, Severity.HIGH, 1)


def test_it_softens_is_solved_and_reopens_when_worse(watch: Watch) -> None:
    """Shipped is softer, an AS softer still; when the AS vanishes it is a new episode."""
    watch.change("2", ship_date=date(2026, 10, 5))
    assert watch.alert() == (AlertState.OPEN, Severity.MEDIUM, 1)
    watch.loyalty_order()
    assert watch.alert() == (AlertState.OPEN, Severity.INFO, 1)
    watch.change("3", vanished_at=MONDAY)
    assert watch.alert() == (AlertState.OPEN, Severity.MEDIUM, 2)
    watch.change("2", vanished_at=MONDAY)
    assert watch.alert() == (AlertState.RESOLVED, Severity.MEDIUM, 2)
    watch.change("2", vanished_at=None)
    assert watch.alert() == (AlertState.OPEN, Severity.MEDIUM, 3)


def test_what_was_accepted_never_comes_back(watch: Watch) -> None:
    """Fine as it is: whatever else becomes known of that order."""
    watch.change("2", accepted_at=MONDAY)
    assert watch.alert()[0] is AlertState.RESOLVED
    watch.change("2", ship_date=date(2026, 10, 5), pv=Decimal(80))
    watch.change("2", ship_date=None)
    assert watch.alert() == (AlertState.RESOLVED, Severity.HIGH, 1)


def test_what_was_dismissed_comes_back_only_when_worse(watch: Watch) -> None:
    """The same facts stay silent for good, softer ones too; worse ones are news."""
    watch.change("2", ship_date=date(2026, 10, 5))
    watch.decide(AlertState.DISMISSED)
    watch.review()
    watch.change("2", vanished_at=MONDAY)
    watch.change("2", vanished_at=None)
    assert watch.alert() == (AlertState.DISMISSED, Severity.MEDIUM, 1)
    watch.change("2", ship_date=None)
    assert watch.alert() == (AlertState.OPEN, Severity.HIGH, 2)


def test_what_was_acknowledged_stays_so_until_it_gets_worse(watch: Watch) -> None:
    """In hand is in hand: softer news do not ask again."""
    watch.decide(AlertState.ACKED)
    watch.change("2", ship_date=date(2026, 10, 5))
    assert watch.alert() == (AlertState.ACKED, Severity.MEDIUM, 1)
    watch.change("2", ship_date=None)
    assert watch.alert() == (AlertState.OPEN, Severity.HIGH, 2)


def test_a_second_review_of_everybody_writes_nothing(db: Database) -> None:
    """After months of stories: judged again at the same moment, no alert changes."""
    replay = Replay(db, lives(5, 1)[::6])
    replay.run()

    def alerts() -> list[Any]:
        with db.read() as session:
            return [*session.execute(select(Alert.__table__).order_by(Alert.id))]

    before = alerts()
    assert before
    with db.write() as session:
        make_due(session, REVIEWS, list(replay.customers.values()), replay.clock.now())
    counts = review_orders(db, replay.clock, OPTIONS, Run())
    assert counts["customers"] == len(replay.customers)
    assert alerts() == before


def test_a_parcel_of_two_customers_is_told_of_both(db: Database) -> None:
    """A couple's orders in one box: neither review stumbles over the other's finding."""
    clock = FakeClock(MONDAY)
    with db.write() as session:
        for number in ("4711001", "4711002"):
            customer = add_customer(
                session, MONDAY, member_id=number, baseline=False, next_review_at=MONDAY
            )
            order = add_order(session, customer, MONDAY, number=number, ship_date=MONDAY.date())
            session.add(
                Shipment(
                    order_id=order.id, number="99000000000011", carrier=CarrierName.HERMES,
                    state=ParcelState.DELIVERY_FAILED, problem=Problem.MEDIUM, asked_at=MONDAY,
                    state_since=MONDAY, last_event_at=MONDAY, first_seen_at=MONDAY,
                )
            )  # fmt: skip
    review_orders(db, clock, OPTIONS, Run())
    with db.read() as session:
        found = session.scalars(select(Alert).where(Alert.rule == "delivery-failed")).all()
        assert len({alert.customer_id for alert in found}) == len(found) == 2
