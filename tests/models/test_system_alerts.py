"""Alerts about the program itself: one per outage, with an end."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import select, update

from models.alert import Alert
from models.domain.values import AlertState, Severity
from models.session import Database
from models.system_alerts import SYSTEM_RULES, close_system_alert, open_system_alert
from tests.services.clock import START

LATER = START + timedelta(hours=1)


def open_alert(db: Database, at: datetime = START, detail: str = "503") -> bool:
    """Report that mail fails."""
    with db.write() as session:
        return open_system_alert(session, "mail-failing", "smtp", detail, at, count=3)


def close_alert(db: Database, at: datetime = LATER) -> bool:
    """Report that mail works."""
    with db.write() as session:
        return close_system_alert(session, "mail-failing", "smtp", at)


def only(db: Database) -> Alert:
    """The one alert that there is."""
    with db.read() as session:
        return session.scalars(select(Alert)).one()


def mark(db: Database, **columns: object) -> None:
    """Write columns of the alert, as its mail or the user would."""
    with db.write() as session:
        session.execute(update(Alert).values(**columns))


def test_trouble_is_told_at_once(db: Database) -> None:
    """The alert says what and why, and its mail is due."""
    assert open_alert(db)
    alert = only(db)
    assert (alert.key, alert.rule) == ("mail-failing:smtp", "mail-failing")
    assert alert.rule in SYSTEM_RULES
    assert (alert.state, alert.severity) == (AlertState.OPEN, Severity.HIGH)
    assert (alert.episode, alert.stage, alert.next_notice_at) == (1, 0, START)
    assert alert.details == {"subject": "smtp", "detail": "503", "count": 3}


def test_an_outage_is_one_alert(db: Database) -> None:
    """A failure each minute is not a mail each minute."""
    open_alert(db)
    mark(db, stage=1, next_notice_at=None)
    assert not open_alert(db, LATER, "502")
    alert = only(db)
    assert (alert.episode, alert.opened_at, alert.next_notice_at) == (1, START, None)


def test_processes_that_notice_it_together_open_one(db: Database) -> None:
    """The others are told that it is open; nobody's transaction fails."""
    together = threading.Barrier(4)

    def report(subject: str) -> bool:
        together.wait(timeout=20)
        with db.write() as session:
            return open_system_alert(session, "job-parked", subject, "parked", START)

    with ThreadPoolExecutor(4) as pool:
        for subject in ("mails", "slots", "shipments", "customers", "invoices"):
            assert sorted(pool.map(report, [subject] * 4)) == [False, False, False, True]


def test_the_end_of_a_mailed_outage_is_told(db: Database) -> None:
    """Whoever was woken hears that it is over."""
    open_alert(db)
    mark(db, stage=1, next_notice_at=None)
    assert close_alert(db)
    alert = only(db)
    assert (alert.state, alert.resolved_at) == (AlertState.RESOLVED, LATER)
    assert alert.next_notice_at == LATER


def test_the_end_of_an_untold_outage_is_silent(db: Database) -> None:
    """Nobody is told that something is over of which nobody heard."""
    open_alert(db)
    assert close_alert(db)
    assert only(db).next_notice_at is None


def test_what_is_not_open_can_not_be_closed(db: Database) -> None:
    """The first success of all, and each further one, changes nothing."""
    assert not close_alert(db)
    open_alert(db)
    assert close_alert(db)
    assert not close_alert(db)


def test_the_next_outage_is_a_new_episode(db: Database) -> None:
    """It is mailed again, although the key is the same."""
    open_alert(db)
    close_alert(db)
    again = LATER + timedelta(hours=1)
    assert open_alert(db, again)
    alert = only(db)
    assert (alert.episode, alert.stage, alert.opened_at) == (2, 0, again)
    assert (alert.resolved_at, alert.next_notice_at) == (None, again)


def test_a_dismissed_outage_stays_quiet_until_it_is_over(db: Database) -> None:
    """The operator knows; after the end the next outage counts again."""
    open_alert(db)
    mark(db, state=AlertState.DISMISSED, next_notice_at=None)
    assert not open_alert(db)
    assert close_alert(db)
    assert open_alert(db)
