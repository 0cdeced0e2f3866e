"""The digest: once a local day, with what is new and how the program itself is doing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from models.alert import Alert
from models.case_store import open_case, tick_step
from models.domain.families import DEFAULT_FAMILIES
from models.domain.months import PvMonth
from models.domain.values import AlertState, CaseStep, Severity
from models.mail import Mail
from models.outbox import Desk
from models.session import Database
from models.sources import record_failure
from models.system_alerts import open_system_alert
from tasks.digest.daily import DigestOptions, daily_digest
from tasks.run import Run
from tests.models.rows import add_customer, add_order
from tests.services.clock import FakeClock

DESK = Desk("watch@example.org", "anna@example.org", "ops@example.org", "de")
OPTIONS = DigestOptions(DESK, ZoneInfo("Europe/Berlin"), DEFAULT_FAMILIES)
MORNING = datetime(2026, 10, 20, 5, 30, tzinfo=UTC)


def digests(db: Database, *moments: datetime) -> list[Mail]:
    """Run the job at each moment; the digests in the outbox then."""
    for moment in moments:
        daily_digest(db, FakeClock(moment), OPTIONS, Run())
    with db.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_one_digest_a_local_day(db: Database) -> None:
    """A restart adds none, and the longer day of the clock change has one too."""
    change = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02:30 summer time, an hour before
    assert len(digests(db, MORNING, MORNING + timedelta(hours=3))) == 1
    assert len(digests(db, change, change + timedelta(hours=1), change + timedelta(hours=20))) == 2


def test_an_empty_day_has_a_digest_too(db: Database) -> None:
    """Silence would be mistaken for trouble."""
    (mail,) = digests(db, MORNING)
    facts = mail.facts
    assert (facts["date"], facts["new_orders"], facts["findings_new"]) == ("2026-10-20", [], [])
    assert [row["pv"] for row in facts["pv_by_month"]] == ["0.00"] * 3


def test_new_orders_are_told_and_old_ones_are_not(db: Database) -> None:
    """What was merely seen for the first time with its customer is no news."""
    seen, yesterday = MORNING - timedelta(hours=2), MORNING - timedelta(days=1)
    with db.write() as session:
        customer = add_customer(session, seen)
        add_order(session, customer, seen, number="1", order_date=date(2026, 10, 2), source="AS")
        add_order(session, customer, seen, number="2", order_date=yesterday.date(), source="IO")
    (mail,) = digests(db, MORNING)
    told = [(order["number"], order["family"]) for order in mail.facts["new_orders"]]
    assert told == [("2", "standard")]
    assert mail.facts["pv_by_month"][-1] == {"month": "2026-10", "pv": "50.00", "orders": 2}


def test_a_day_without_a_digest_is_made_up_for(db: Database) -> None:
    """What came since the last digest is new, whether a day has passed or three."""
    seen = MORNING - timedelta(days=30)
    with db.write() as session:
        customer = add_customer(session, seen)
        add_order(session, customer, MORNING - timedelta(hours=2), number="1")
    (first,) = digests(db, MORNING)
    with db.write() as session:
        for number, hours in (("2", 3), ("3", 50)):
            moment = MORNING + timedelta(hours=hours)
            add_order(session, session.merge(customer), moment, number=number)
    *_, second = digests(db, MORNING + timedelta(days=3))
    assert [order["number"] for order in first.facts["new_orders"]] == ["1"]
    assert [order["number"] for order in second.facts["new_orders"]] == ["2", "3"]


def test_after_weeks_of_silence_the_last_day_is_told(db: Database) -> None:
    """A digest of a month would be read by nobody."""
    seen = MORNING - timedelta(days=30)
    with db.write() as session:
        customer = add_customer(session, seen)
        for number, days in (("1", 2), ("2", 20)):
            moment = MORNING + timedelta(days=days) - timedelta(hours=3)
            add_order(session, customer, moment, number=number)
    *_, last = digests(db, MORNING, MORNING + timedelta(days=20))
    assert [order["number"] for order in last.facts["new_orders"]] == ["2"]


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), ["2026-09", "2026-10", "2026-11"]),
        (datetime(2027, 1, 1, 6, 30, tzinfo=UTC), ["2026-11", "2026-12", "2027-01"]),
        (datetime(2027, 2, 28, 6, 30, tzinfo=UTC), ["2026-12", "2027-01", "2027-02"]),
    ],
)
def test_the_month_is_shown_against_the_last_two(
    db: Database, day: datetime, months: list[str]
) -> None:
    """Also on its first day, when it has no order yet, and over the turn of the year."""
    with db.write() as session:
        customer = add_customer(session, day)
        order = day - timedelta(days=40)
        add_order(session, customer, order, order_date=order.date(),
                  pv_month=PvMonth.parse(months[1]))  # fmt: skip
    (mail,) = digests(db, day)
    shown = mail.facts["pv_by_month"]
    assert [month["month"] for month in shown] == months
    assert [(month["pv"], month["orders"]) for month in shown] == [
        ("0.00", 0), ("25.00", 1), ("0.00", 0)]  # fmt: skip


def test_a_failing_sync_is_not_hidden(db: Database) -> None:
    """The digest says that its own facts are old."""
    with db.write() as session:
        record_failure(session, "backoffice", MORNING, "503")
    (mail,) = digests(db, MORNING)
    assert mail.facts["program"]["sync_ok"] is False


def test_an_unknown_code_is_told_on_its_day_only(db: Database) -> None:
    """A digest that cries for help each morning is not read any more."""
    with db.write() as session:
        yesterday = MORNING - timedelta(hours=20)
        open_system_alert(session, "unknown-status-code", "hermes X", "new", yesterday)
    first, second = digests(db, MORNING, MORNING + timedelta(days=1))
    assert len(first.facts["program"]["open_system_findings"]) == 1
    assert second.facts["program"]["open_system_findings"] == []


def test_open_cases_are_listed_until_they_are_closed(db: Database) -> None:
    """What waits for a credit is seen each morning, with its last step."""
    with db.write() as session:
        customer = add_customer(session, MORNING)
        for number in ("1", "2"):
            case, _ = open_case(
                session, add_order(session, customer, MORNING, number=number), MORNING
            )
            tick_step(session, case, CaseStep.STOP_ASKED, MORNING)
        case.closed_at = MORNING
    (mail,) = digests(db, MORNING)
    told = [(case["order"], case["customer_name"], case["step"]) for case in mail.facts["cases"]]
    assert told == [("1", "Anna Beispiel", "stop-asked")]


def test_an_alert_that_a_case_stands_for_is_not_told_twice(db: Database) -> None:
    """Once an order has a case, the case is what waits; other alerts about it still count."""
    with db.write() as session:
        customer = add_customer(session, MORNING)
        order = add_order(session, customer, MORNING, number="1")
        for rule in ("wrong-order-type", "delivery-failed"):
            session.add(
                Alert(
                    key=rule, rule=rule, severity=Severity.MEDIUM, state=AlertState.ACKED,
                    customer_id=customer.id, order_id=order.id, fingerprint="", opened_at=MORNING,
                )
            )  # fmt: skip
        open_case(session, order, MORNING)
    (mail,) = digests(db, MORNING + timedelta(hours=1))
    assert [finding["rule"] for finding in mail.facts["findings_new"]] == ["delivery-failed"]
    assert [case["order"] for case in mail.facts["cases"]] == ["1"]
