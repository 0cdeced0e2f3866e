"""Cases in the database: steps are seen, reminders come once, reviews know of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from models.alert import Alert
from models.case import Case, CaseStepRow
from models.case_store import open_case, tick_step, untick_step
from models.claims import Lease, make_due
from models.customer import Customer
from models.domain.families import DEFAULT_FAMILIES
from models.domain.hours import QuietHours
from models.domain.months import PvMonth
from models.domain.values import AlertState, CarrierName, CaseStep, MailKind, ParcelState, Severity
from models.domain.workdays import Workdays
from models.ledger import LedgerEntry
from models.mail import Mail
from models.order import Order
from models.order_change import OrderChange
from models.outbox import Desk
from models.queues import REVIEWS
from models.session import Database
from models.shipment import Shipment
from tasks.cases.facts import CaseLimits
from tasks.cases.load import CaseRules
from tasks.cases.watch import CaseOptions, check_cases
from tasks.checks.review import ReviewOptions, review_orders
from tasks.checks.thresholds import DEFAULT_THRESHOLDS
from tasks.housekeeping.restore import make_past
from tasks.run import Run
from tests.models.rows import add_customer, add_order
from tests.services.clock import FakeClock

BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday noon in Germany.
NOON = datetime(2026, 10, 5, 10, tzinfo=UTC)
LEASE = Lease(timedelta(minutes=2), 8)
DESK = Desk("watch@example.org", "anna@example.org", "ops@example.org", "de")
WORKDAYS = Workdays(None)
REVIEW = ReviewOptions(BERLIN, WORKDAYS, DEFAULT_THRESHOLDS, DEFAULT_FAMILIES, LEASE)
CASES = CaseOptions(
    CaseRules(BERLIN, WORKDAYS, DEFAULT_FAMILIES, CaseLimits(), 3),
    DESK,
    QuietHours(time(21), time(7), BERLIN),
    LEASE,
)
WRONG = "200"


class Road:
    """A loyal customer with an order of the wrong type, and the jobs that watch her."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock = db, FakeClock(NOON)
        with db.write() as session:
            early = NOON - timedelta(days=60)
            customer = add_customer(session, early, baseline=False)
            self.customer = customer.id
            add_order(
                session, customer, early, number="100", source="AS", pv=Decimal(60), historic=True,
                order_date=date(2026, 9, 5), pv_month=PvMonth(2026, 9), ship_date=date(2026, 9, 7),
            )  # fmt: skip
        self.place(WRONG, "IO", total="87.50")

    def place(self, number: str, source: str, pv: str = "60", total: str | None = None) -> None:
        """An order of today comes in."""
        today = self.clock.now().astimezone(BERLIN).date()
        with self.db.write() as session:
            row = {
                "number": number, "customer_id": self.customer, "order_date": today,
                "pv_month": PvMonth.of(today), "source": source, "pv": Decimal(pv),
                "total": Decimal(total) if total else None, "row_hash": "x",
                "first_seen_at": self.clock.now(), "changed_at": self.clock.now(),
            }  # fmt: skip
            session.execute(insert(Order), [row])
        self.changed()

    def parcel(self, state: ParcelState) -> None:
        """The wrong order's parcel reaches a state, now."""
        now = self.clock.now()
        known = {"state": state, "state_since": now, "last_event_at": now}
        with self.db.write() as session:
            order = session.scalars(select(Order.id).where(Order.number == WRONG)).one()
            if session.scalar(select(Shipment.id).where(Shipment.order_id == order)) is None:
                hermes = CarrierName.HERMES
                session.add(
                    Shipment(order_id=order, number="H1", carrier=hermes, first_seen_at=now)
                )
                session.flush()
            session.execute(update(Shipment).where(Shipment.order_id == order).values(known))
        self.changed()

    def changed(self) -> None:
        """As sync and poll do: her facts changed, so she is reviewed."""
        with self.db.write() as session:
            make_due(session, REVIEWS, [self.customer], self.clock.now())
        self.work()

    def work(self, options: CaseOptions = CASES) -> None:
        """Run both jobs until neither finds anything due."""
        for _ in range(5):
            done = review_orders(self.db, self.clock, REVIEW, Run())
            done += check_cases(self.db, self.clock, options, Run())
            if not done:
                return
        raise AssertionError(f"never quiet: {done}")

    def open(self) -> bool:
        """The user opens the case. Returns whether it is new."""
        with self.db.write() as session:
            order = session.scalars(select(Order).where(Order.number == WRONG)).one()
            _, new = open_case(session, order, self.clock.now())
        self.work()
        return new

    def tick(self, step: CaseStep) -> bool:
        """The user ticks a step."""
        with self.db.write() as session:
            made = tick_step(session, session.scalars(select(Case)).one(), step, self.clock.now())
        self.work()
        return made

    def later(self, **duration: float) -> None:
        """Time passes; what became due is done."""
        self.clock.advance(**duration)
        self.work()

    @property
    def case(self) -> Case:
        """The one case."""
        found: Case = self._one(Case)
        return found

    def _one(self, model: Any, *where: Any) -> Any:
        with self.db.read() as session:
            return session.scalars(select(model).where(*where)).one()

    def steps(self) -> dict[str, str | None]:
        """The steps that were made, and what shows them."""
        with self.db.read() as session:
            rows = session.scalars(select(CaseStepRow).order_by(CaseStepRow.at)).all()
        return {row.step.value: row.by for row in rows}

    def alert(self, rule: str) -> Alert:
        """The one alert of a rule."""
        found: Alert = self._one(Alert, Alert.rule == rule)
        return found

    def mails(self) -> list[Mail]:
        """The reminders so far."""
        kind = Mail.kind == MailKind.CASE_REMINDER
        with self.db.read() as session:
            return list(session.scalars(select(Mail).where(kind).order_by(Mail.id)))


@pytest.fixture
def road(db: Database) -> Road:
    """A wrong order that has just come in."""
    return Road(db)


def test_the_whole_road(road: Road) -> None:
    """Stopped, gone back, ordered again, credited: seen without a tick, and then closed."""
    assert road.alert("wrong-order-type").severity is Severity.HIGH
    assert road.open()
    assert road.alert("wrong-order-type").state is AlertState.ACKED
    road.parcel(ParcelState.IN_TRANSIT)
    road.tick(CaseStep.STOP_ASKED)
    road.later(days=1)
    road.parcel(ParcelState.RETURNING)
    road.place("201", "AS")
    road.later(days=2)
    road.parcel(ParcelState.RETURNED)
    assert road.alert("parcel-returned").severity is Severity.INFO
    road.later(days=5)
    road.place("202", "IO", pv="-60", total="-87.50")
    assert set(road.steps()) == {
        "shipped", "stop-asked", "returning", "returned", "reordered", "credited",
    }  # fmt: skip
    assert (road.steps()["reordered"], road.steps()["credited"]) == ("201", "202")
    assert road.case.closed_at == road.clock.now()
    assert road.case.next_check_at is None
    assert road.mails() == []
    assert road.alert("wrong-order-type").state is AlertState.RESOLVED


def test_an_order_has_one_case(road: Road) -> None:
    """Opening it again changes nothing."""
    assert road.open()
    before = road.case
    road.clock.advance(days=1)
    assert not road.open()
    assert (road.case.id, road.case.opened_at) == (before.id, before.opened_at)


def test_a_step_is_noted_once(road: Road) -> None:
    """Ticking twice does no harm: the first time stays."""
    road.open()
    assert road.tick(CaseStep.CREDIT_ASKED)
    (first,) = road.steps()
    road.later(days=1)
    assert not road.tick(CaseStep.CREDIT_ASKED)
    with road.db.read() as session:
        assert session.scalars(select(CaseStepRow.at)).one() == NOON
    assert first == "credit-asked"


def test_a_missing_credit_is_reminded_of_once_per_stage(road: Road) -> None:
    """Ten working days after the return a mail, however often the case is looked at."""
    road.open()
    road.parcel(ParcelState.RETURNED)
    road.later(days=14)
    assert road.mails() == []
    road.later(days=1)
    road.changed()
    (mail,) = road.mails()
    assert mail.facts["order"] == WRONG
    assert (mail.facts["step"], mail.facts["days"], mail.facts["reason"]) == (
        "returned", 10, "credit"
    )  # fmt: skip
    assert (road.case.reminders, road.case.reminded_at) == (1, road.clock.now())
    road.later(days=14)
    assert len(road.mails()) == 2


def test_reminders_keep_the_quiet_hours(road: Road) -> None:
    """At night the case is looked at, but the mail leaves in the morning."""
    road.open()
    road.parcel(ParcelState.RETURNED)
    road.clock.set(datetime(2026, 10, 19, 22, 30, tzinfo=UTC))
    road.work()
    assert road.mails() == []
    road.clock.set(datetime(2026, 10, 20, 5, 0, tzinfo=UTC))
    road.work()
    assert len(road.mails()) == 1


def test_nobody_to_write_to_is_no_reminder_lost(road: Road) -> None:
    """Without an address the steps are seen all the same, and the mail comes once there is one."""
    road.open()
    road.parcel(ParcelState.RETURNED)
    road.clock.advance(days=15)
    road.work(CaseOptions(CASES.rules, None, None, LEASE))
    assert set(road.steps()) == {"shipped", "returned"}
    road.changed()
    assert len(road.mails()) == 1


def test_what_was_due_before_a_restore_is_past(road: Road) -> None:
    """Nobody knows what was told after the backup: the next stage is mailed, no earlier one."""
    road.open()
    road.parcel(ParcelState.RETURNED)
    road.clock.advance(days=15)
    with road.db.write() as session:
        make_past(session, "2026-10-05T10:00:00Z", (), (), road.clock.now())
    road.changed()
    assert road.mails() == []
    road.later(days=14)
    (mail,) = road.mails()
    assert (mail.facts["reason"], mail.facts["nth"]) == ("credit", 2)


def test_a_stop_that_came_too_late(road: Road) -> None:
    """Delivered all the same: one mail says what can be done now."""
    road.open()
    road.tick(CaseStep.STOP_ASKED)
    road.later(hours=20)
    road.parcel(ParcelState.DELIVERED)
    (mail,) = road.mails()
    assert (mail.facts["reason"], mail.facts["step"]) == ("delivered", "delivered")
    road.changed()
    assert len(road.mails()) == 1


def test_a_step_can_be_taken_back(road: Road) -> None:
    """A slip opens the case again; what the program saw by itself stays."""
    road.open()
    road.tick(CaseStep.REORDERED)
    road.tick(CaseStep.CREDITED)
    assert road.case.closed_at is not None
    with road.db.write() as session:
        case = session.scalars(select(Case)).one()
        assert untick_step(session, case, CaseStep.CREDITED, road.clock.now())
        assert not untick_step(session, case, CaseStep.CREDIT_ASKED, road.clock.now())
    road.work()
    case = road.case
    assert case.closed_at is None
    assert set(road.steps()) == {"reordered"}


def test_a_credited_order_is_no_finding_any_more(road: Road) -> None:
    """A credit undoes the order for the rules too: it resolves, with or without a case."""
    road.place("201", "IO", pv="-60", total="-87.50")
    assert road.alert("wrong-order-type").state is AlertState.RESOLVED


def test_what_a_case_has_taken_over_stays_seen(road: Road) -> None:
    """She is told otherwise and back again: the case stands, so nothing is mailed anew."""
    road.open()
    for told in (False, None):
        with road.db.write() as session:
            session.execute(update(Customer).values(expects_loyalty_told=told))
        road.changed()
    alert = road.alert("wrong-order-type")
    assert (alert.state, alert.next_notice_at) == (AlertState.ACKED, None)
    assert alert.resolved_at is None


def test_looking_again_changes_nothing(road: Road) -> None:
    """A second look at the same facts writes the same rows."""
    road.open()
    road.parcel(ParcelState.RETURNING)

    def rows() -> list[Any]:
        with road.db.read() as session:
            both = select(Case.__table__, CaseStepRow.__table__).join_from(Case, CaseStepRow)
            return [*session.execute(both)]

    before = rows()
    road.changed()
    assert rows() == before


def test_a_credit_in_the_ledger_is_seen(road: Road) -> None:
    """The account's ledger names the order; a part of its value is no credit of the order."""
    road.open()
    for amount, credited in ((-20, False), (Decimal("-67.50"), True)):
        with road.db.write() as session:
            entry = {
                "row_hash": str(amount), "order_number": WRONG, "kind": "Gutschrift",
                "entry_date": date(2026, 10, 5), "amount": Decimal(amount), "first_seen_at": NOON,
            }  # fmt: skip
            session.execute(insert(LedgerEntry), [entry])
        road.changed()
        assert (road.steps().get("credited") == "ledger") is credited


def test_that_a_cancelled_order_is_gone_is_no_news(road: Road) -> None:
    """The user cancelled it herself, so its vanishing closes the case and alarms nobody."""
    road.open()
    road.tick(CaseStep.CANCELLED)
    now = road.clock.now()
    gone = {"field": "vanished", "before": "no", "after": "yes", "at": now}
    with road.db.write() as session:
        order = session.scalars(select(Order.id).where(Order.number == WRONG)).one()
        session.execute(update(Order).where(Order.id == order).values(vanished_at=now))
        session.execute(insert(OrderChange), [gone | {"order_id": order}])
    road.changed()
    with road.db.read() as session:
        assert "order-changed" not in session.scalars(select(Alert.rule)).all()
    assert CaseStep.CANCELLED.value in road.steps()
