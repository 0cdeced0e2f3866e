"""Which mails alerts go into, and when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.alert import Alert
from models.claims import Lease
from models.domain.hours import QuietHours
from models.domain.values import AlertState, MailKind, Severity
from models.mail import Mail
from models.outbox import Desk
from models.session import Database
from models.shipment import Shipment
from models.sources import owe_summary, record_success
from models.system_alerts import close_system_alert, open_system_alert
from tasks.alerts.few import GATHERING, is_gathering
from tasks.alerts.reminders import Reminding
from tasks.alerts.rules import MOST_IN_ONE_MAIL
from tasks.alerts.watch import AlertOptions, send_alerts
from tasks.run import Run
from tests.models.rows import add_customer, add_order
from tests.services.clock import FakeClock

NOON = datetime(2026, 10, 19, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
DESK = Desk("watch@example.org", "anna@example.org", "ops@example.org", "de")
PER_HOUR = 3
OPTIONS = AlertOptions(
    DESK, QuietHours(time(21), time(7), BERLIN), Lease(timedelta(minutes=2), 8),
    Reminding(BERLIN), PER_HOUR,
)  # fmt: skip


def alert(db: Database, key: str, due: datetime | None, **columns: object) -> int:
    """An open alert whose notice is due at `due`."""
    known = {
        "rule": "unpaid", "severity": Severity.MEDIUM, "state": AlertState.OPEN,
        "fingerprint": "", "details": {}, "opened_at": NOON,
    }  # fmt: skip
    with db.write() as session:
        row = Alert(key=key, next_notice_at=due, **(known | columns))
        session.add(row)
        session.flush()
        return row.id


def watch(db: Database, now: datetime) -> list[Mail]:
    """Let the job look at `now`; all mails so far, oldest first."""
    send_alerts(db, FakeClock(now), OPTIONS, Run())
    with db.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_alerts_of_one_moment_go_into_one_mail(db: Database) -> None:
    """Three findings are one mail, and small ones go along."""
    for key in ("a", "b"):
        alert(db, key, NOON)
    alert(db, "small", None, severity=Severity.LOW)
    (mail,) = watch(db, NOON)
    assert (mail.kind, mail.recipient) == (MailKind.ALERT, "anna@example.org")
    assert len(mail.facts["findings"]) == 3


def test_what_another_worker_takes_along_is_left_to_it(db: Database) -> None:
    """Both would write the same notice, and one of them fail; SQLite has one writer at a time."""
    alert(db, "a", NOON)
    small = alert(db, "small", None, severity=Severity.LOW)
    with db.read() as other:
        other.execute(select(Alert.id).where(Alert.id == small).with_for_update())
        (mail,) = watch(db, NOON)
    assert len(mail.facts["findings"]) == (2 if db.is_sqlite else 1)


def test_an_alert_is_told_once(db: Database) -> None:
    """Looking again sends nothing again, until its reminder is due."""
    alert(db, "a", NOON)
    watch(db, NOON)
    assert len(watch(db, NOON + timedelta(days=2))) == 1


def state(db: Database, row: int, **columns: object) -> Alert:
    """The alert as it is stored, with `columns` changed."""
    with db.write() as session:
        found = session.get_one(Alert, row)
        for name, value in columns.items():
            setattr(found, name, value)
        session.expire_on_commit = False
        return found


def test_an_open_alert_reminds_until_somebody_has_seen_it(db: Database) -> None:
    """The reminder is a mail of its own kind, says since when, and answers the alert."""
    row = alert(db, "a", NOON, severity=Severity.HIGH)
    (first,) = watch(db, NOON)
    nine = datetime(2026, 10, 20, 7, tzinfo=UTC)
    assert state(db, row).next_notice_at == nine
    *_, second = watch(db, nine)
    *_, third = watch(db, nine + timedelta(days=2))
    assert [second.kind, third.kind] == [MailKind.REMINDER] * 2
    assert second.facts["findings"][0]["since"] == "2026-10-19T10:00:00Z"
    assert [m.facts["findings"][0]["stage"] for m in (second, third)] == [1, 2]
    assert (first.in_reply_to, second.in_reply_to, third.in_reply_to) == (
        None, first.message_id, first.message_id)  # fmt: skip
    state(db, row, state=AlertState.ACKED, next_notice_at=None)
    assert len(watch(db, nine + timedelta(days=30))) == 3


def test_the_all_clear_answers_the_alert(db: Database) -> None:
    """Mail programs show in one thread how it began and how it ended; it reminds nobody."""
    row = alert(db, "a", NOON, severity=Severity.HIGH)
    (first,) = watch(db, NOON)
    end = NOON + timedelta(hours=3)
    state(db, row, state=AlertState.RESOLVED, resolved_at=end, next_notice_at=end)
    *_, last = watch(db, end)
    assert (last.kind, last.in_reply_to) == (MailKind.ALL_CLEAR, first.message_id)
    assert state(db, row).next_notice_at is None


def test_the_next_trouble_of_a_parcel_is_no_all_clear(db: Database) -> None:
    """It was on its way back and is back now: "solved, nothing to do" would be wrong."""
    with db.write() as session:
        order = add_order(session, add_customer(session, NOON), NOON)
        session.add(parcel := Shipment(order_id=order.id, number="9900", first_seen_at=NOON))
        session.flush()
        shipment = parcel.id
    row = alert(db, "returning", NOON, severity=Severity.HIGH, shipment_id=shipment)
    watch(db, NOON)
    end = NOON + timedelta(hours=3)
    state(db, row, state=AlertState.RESOLVED, resolved_at=end, next_notice_at=end)
    alert(db, "returned", end, shipment_id=shipment)
    assert [mail.kind for mail in watch(db, end)] == [MailKind.ALERT] * 2
    assert state(db, row).next_notice_at is None


def test_a_new_episode_begins_a_new_thread(db: Database) -> None:
    """What comes back after it was solved is not an answer to last month's mail."""
    row = alert(db, "a", NOON)
    watch(db, NOON)
    later = NOON + timedelta(days=20)
    state(db, row, state=AlertState.OPEN, episode=2, stage=0, next_notice_at=later)
    *_, again = watch(db, later)
    assert (again.kind, again.in_reply_to) == (MailKind.ALERT, None)


def test_a_storm_is_a_few_mails_and_a_summary(db: Database) -> None:
    """So many mails an hour; what is found meanwhile comes in one, at its end."""
    for minute in range(20):
        now = NOON + timedelta(minutes=minute)
        alert(db, f"storm {minute}", now)
        mails = watch(db, now)
    assert len(mails) == PER_HOUR
    hour_is_over = NOON + timedelta(hours=1)
    assert len(watch(db, hour_is_over - timedelta(seconds=1))) == PER_HOUR
    *_, summary = watch(db, hour_is_over)
    assert len(summary.facts["findings"]) == 20 - PER_HOUR


def test_a_mail_tells_the_most_urgent_and_counts_the_rest(db: Database) -> None:
    """Hundreds of findings are one bearable mail; each of them counts as told."""
    for n in range(MOST_IN_ONE_MAIL + 5):
        alert(db, f"a {n}", NOON)
    urgent = alert(db, "z", NOON, severity=Severity.HIGH)
    (mail,) = watch(db, NOON)
    assert mail.facts["findings"][0]["alert_id"] == urgent
    assert (len(mail.facts["findings"]), mail.facts["more"]) == (MOST_IN_ONE_MAIL, 6)
    with db.read() as session:
        assert set(session.scalars(select(Alert.stage))) == {1}


def test_what_is_being_found_goes_out_together(db: Database) -> None:
    """While orders are read or judged a finding waits for the others, but not for long."""
    alert(db, "a", NOON)
    with db.read() as session:
        assert not is_gathering(session, NOON)
    with db.write() as session:
        add_customer(session, NOON, next_review_at=NOON)
    with db.read() as session:
        assert is_gathering(session, NOON)
        assert not is_gathering(session, NOON + GATHERING)


def test_quiet_hours_hold_the_mail_until_the_morning(db: Database) -> None:
    """Nobody is woken at night; at seven the mail leaves."""
    alert(db, "a", NOON)
    assert watch(db, datetime(2026, 10, 19, 20, 0, tzinfo=UTC)) == []
    morning = datetime(2026, 10, 20, 5, 0, tzinfo=UTC)
    assert watch(db, morning - timedelta(seconds=1)) == []
    assert len(watch(db, morning)) == 1


def test_a_snoozed_alert_reminds_when_its_day_has_come(db: Database) -> None:
    """Snoozed is not forgotten: it is open again, and the mail says since when."""
    until = NOON + timedelta(days=2)
    row = alert(db, "a", until, state=AlertState.SNOOZED, snoozed_until=until, stage=1)
    assert watch(db, until - timedelta(hours=1)) == []
    (mail,) = watch(db, until)
    assert mail.kind is MailKind.REMINDER
    assert mail.facts["findings"][0]["since"] == "2026-10-19T10:00:00Z"
    with db.read() as session:
        assert session.get_one(Alert, row).state is AlertState.OPEN


def test_the_operator_hears_of_an_outage_and_of_its_end(db: Database) -> None:
    """One mail when the program is in trouble, at night too, and one when it is over."""
    night = datetime(2026, 10, 19, 23, tzinfo=UTC)
    for _ in range(3):
        with db.write() as session:
            open_system_alert(session, "sync-failing", "backoffice", "503", night)
    first = watch(db, night)
    with db.write() as session:
        close_system_alert(session, "sync-failing", "backoffice", night + timedelta(hours=1))
    mails = watch(db, night + timedelta(hours=1))
    assert [mail.kind for mail in mails] == [MailKind.OPERATOR] * 2
    assert first[0].facts["until"] is None
    assert mails[1].facts["until"] == "2026-10-20T00:00:00Z"


def test_the_summary_waits_until_everybody_was_looked_at(db: Database) -> None:
    """One mail about the first sight of an account: not before its sync and reviews are over."""
    with db.write() as session:
        owe_summary(session, "backoffice", NOON)
        customer = add_customer(session, NOON, baseline=True, next_review_at=NOON)
        number = customer.id
    alert(db, "a", None, summary=True, customer_id=number)
    assert watch(db, NOON) == []
    with db.write() as session:
        record_success(session, "backoffice", NOON).baseline_at = NOON
    assert watch(db, NOON) == []
    with db.write() as session:
        session.merge(customer).baseline = False
    (mail,) = watch(db, NOON)
    assert mail.kind is MailKind.FIRST_SYNC_SUMMARY
    assert [finding["rule"] for finding in mail.facts["findings"]] == ["unpaid"]
    assert len(watch(db, NOON + timedelta(days=1))) == 1
