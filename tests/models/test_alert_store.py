"""The alert store: what findings do to the stored alerts, and when a mail is owed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models.alert import Alert
from models.alert_store import Subject, known_alerts, write_findings
from models.domain.months import PvMonth
from models.domain.values import AlertState, Finding, Severity
from models.order import Order
from models.session import Database
from models.system_alerts import open_system_alert
from tests.models.rows import add_customer, add_order
from tests.services.clock import START

LATER = START + timedelta(hours=6)
NUMBER = "370000001"


def finding(severity: Severity = Severity.HIGH, **fields: Any) -> Finding:
    """A loyalty order that came as a standard one."""
    known: dict[str, Any] = {"customer_id": "4711001", "order": NUMBER, "deadline": LATER}
    rule = "order-instead-of-loyalty"
    return Finding(rule, severity, f"{rule}:{NUMBER}", **(known | fields))


class Book:
    """One customer with one order, and her alerts."""

    def __init__(self, db: Database) -> None:
        self.db = db
        with db.write() as session:
            customer = add_customer(session, START)
            self.customer = customer.id
            self.order = add_order(session, customer, START).id

    def judge(
        self, *findings: Finding, at: datetime = START, first_sight: bool = False
    ) -> list[str]:
        """Write what was found, as a review does."""
        subject = Subject(self.customer, {NUMBER: self.order}, {}, first_sight)
        with self.db.write() as session:
            known = known_alerts(session, [self.customer])[self.customer]
            return write_findings(session, subject, findings, known, at)

    def alert(self) -> Alert:
        """The one alert that there is."""
        with self.db.read() as session:
            return session.scalars(select(Alert)).one()

    def mark(self, **columns: object) -> None:
        """Write columns of the alert, as its mail or the user would."""
        with self.db.write() as session:
            session.execute(update(Alert).values(**columns))


@pytest.fixture
def book(db: Database) -> Book:
    """A customer with an order and no alert."""
    return Book(db)


def test_a_finding_becomes_an_alert_that_is_due(book: Book) -> None:
    """It names customer and order, so that the mail can."""
    found = finding(month=PvMonth(2026, 10), details={"pv": "25.00"})
    assert book.judge(found) == ["open"]
    alert = book.alert()
    assert (alert.key, alert.rule, alert.severity) == (found.key, found.rule, Severity.HIGH)
    assert (alert.customer_id, alert.order_id) == (book.customer, book.order)
    assert (alert.month, alert.deadline) == (PvMonth(2026, 10), LATER)
    assert alert.details == {"pv": "25.00"}
    assert (alert.state, alert.episode, alert.stage) == (AlertState.OPEN, 1, 0)
    assert (alert.opened_at, alert.next_notice_at, alert.summary) == (START, START, False)


def test_the_same_finding_changes_nothing(book: Book) -> None:
    """A review a minute is not a mail a minute."""
    book.judge(finding())
    book.mark(stage=1, next_notice_at=None)
    assert book.judge(finding(), at=LATER) == []
    assert (book.alert().episode, book.alert().next_notice_at) == (1, None)


@pytest.mark.parametrize(
    ("severity", "mailed"),
    [
        (Severity.INFO, False),
        (Severity.LOW, False),
        (Severity.MEDIUM, True),
        (Severity.HIGH, True),
    ],
)
def test_only_what_is_urgent_causes_a_mail(book: Book, severity: Severity, mailed: bool) -> None:
    """The rest waits for the digest or the next mail."""
    book.judge(finding(severity))
    assert (book.alert().next_notice_at is not None) is mailed


def test_the_first_sight_of_an_account_sends_no_single_alerts(book: Book) -> None:
    """Months of history are one summary, not forty mails."""
    book.judge(finding(), first_sight=True)
    assert (book.alert().summary, book.alert().next_notice_at) == (True, None)


def test_what_gets_worse_is_mailed_again(book: Book) -> None:
    """A new episode: opened anew, also when it was acknowledged or snoozed."""
    book.judge(finding(Severity.MEDIUM))
    book.mark(stage=2, next_notice_at=None, state=AlertState.SNOOZED, snoozed_until=LATER)
    assert book.judge(finding(Severity.HIGH), at=LATER) == ["worsen"]
    alert = book.alert()
    assert (alert.state, alert.episode, alert.stage) == (AlertState.OPEN, 2, 0)
    assert (alert.next_notice_at, alert.snoozed_until) == (LATER, None)


def test_a_change_of_details_is_stored_without_a_mail(book: Book) -> None:
    """The next mail says what is true then."""
    book.judge(finding())
    book.mark(stage=1, next_notice_at=None)
    assert book.judge(finding(details={"pv": "30.00"}), at=LATER) == ["update"]
    alert = book.alert()
    assert (alert.details, alert.episode, alert.next_notice_at) == ({"pv": "30.00"}, 1, None)


def test_what_softens_below_urgency_is_mailed_no_more(book: Book) -> None:
    """A notice that is still waiting is withdrawn when it is not urgent any more."""
    book.judge(finding(Severity.HIGH))
    assert book.judge(finding(Severity.LOW), at=LATER) == ["soften"]
    alert = book.alert()
    assert (alert.severity, alert.state, alert.next_notice_at) == (
        Severity.LOW, AlertState.OPEN, None
    )  # fmt: skip


def test_the_all_clear_goes_to_whoever_was_alarmed(book: Book) -> None:
    """Only an urgent alert that was mailed is called off."""
    book.judge(finding())
    book.mark(stage=1, next_notice_at=None)
    assert book.judge(at=LATER) == ["resolve"]
    alert = book.alert()
    assert (alert.state, alert.resolved_at) == (AlertState.RESOLVED, LATER)
    assert alert.next_notice_at == LATER


@pytest.mark.parametrize(
    ("severity", "stage"), [(Severity.HIGH, 0), (Severity.MEDIUM, 1), (Severity.LOW, 1)]
)
def test_other_alerts_end_in_silence(book: Book, severity: Severity, stage: int) -> None:
    """No all-clear for what was never mailed or never urgent."""
    book.judge(finding(severity))
    book.mark(stage=stage)
    assert book.judge(at=LATER) == ["resolve"]
    assert (book.alert().state, book.alert().next_notice_at) == (AlertState.RESOLVED, None)


def test_what_only_ran_out_of_time_is_not_called_mended(book: Book) -> None:
    """An order that can't be cancelled any more is over, but nothing is all right."""
    book.judge(finding(details={"lapses_at": LATER.isoformat()}))
    book.mark(stage=1, next_notice_at=None)
    assert book.judge(at=LATER) == ["resolve"]
    assert (book.alert().state, book.alert().next_notice_at) == (AlertState.RESOLVED, None)


def test_what_comes_back_is_told_again(book: Book) -> None:
    """A resolved alert reopens as a new episode, also after the first sight."""
    book.judge(finding(), first_sight=True)
    book.judge(at=LATER)
    again = LATER + timedelta(days=1)
    assert book.judge(finding(), at=again) == ["reopen"]
    alert = book.alert()
    assert (alert.episode, alert.state, alert.resolved_at) == (2, AlertState.OPEN, None)
    assert (alert.next_notice_at, alert.summary) == (again, False)


def test_a_new_notice_does_not_inherit_what_befell_the_last_one(book: Book) -> None:
    """A worker died over the alert again and again: its next episode is told all the same."""
    book.judge(finding())
    book.mark(claim_token="dead", attempts=8, parked_at=START, error="died", next_notice_at=LATER)
    book.judge()
    alert = book.alert()
    assert (alert.claim_token, alert.attempts, alert.next_notice_at) == (None, 0, None)
    book.mark(claim_token="dead", attempts=8, parked_at=START, error="died")
    book.judge(finding(), at=LATER)
    alert = book.alert()
    assert (alert.claim_token, alert.attempts, alert.next_notice_at) == (None, 0, LATER)
    assert (alert.parked_at, alert.error) == (None, None)


def test_what_was_dismissed_stays_dismissed(book: Book) -> None:
    """Unless it gets worse than what was dismissed."""
    book.judge(finding(Severity.MEDIUM))
    book.mark(state=AlertState.DISMISSED, dismissed_reason="is right so", next_notice_at=None)
    assert book.judge(finding(Severity.MEDIUM), at=LATER) == []
    assert book.alert().state is AlertState.DISMISSED
    assert book.judge(finding(Severity.HIGH), at=LATER) == ["reopen"]
    assert book.alert().next_notice_at == LATER


def test_system_alerts_are_nobodys_findings(book: Book) -> None:
    """A review of customers never resolves that mail is failing."""
    with book.db.write() as session:
        open_system_alert(session, "mail-failing", "smtp", "503", START)
        session.execute(update(Alert).values(customer_id=book.customer))
    assert book.judge(at=LATER) == []
    assert book.alert().state is AlertState.OPEN


def test_each_customers_alerts_are_her_own(book: Book) -> None:
    """A batch of customers is judged apart."""
    book.judge(finding())
    with book.db.write() as session:
        other = add_customer(session, START, member_id="4711002").id
    with book.db.read() as session:
        known = known_alerts(session, [book.customer, other])
        assert session.get_one(Order, book.order).number == NUMBER
    assert [len(known[book.customer]), len(known[other])] == [1, 0]
