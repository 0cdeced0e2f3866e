"""A clock that was ahead and is put right: nothing waits for the hours that never were."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.alert import Alert
from models.case import Case
from models.claims import Lease
from models.domain.values import AlertState, CarrierName, MailKind, RunState, Severity
from models.heartbeat import Heartbeat, ask_for_beat
from models.job import JobRun, Slot
from models.mail import Mail
from models.session import Database
from models.setback import ahead_by, bring_back
from models.shipment import Shipment
from models.source import Source
from tests.models.rows import add_customer, add_order
from tests.services.clock import START

LEASE = Lease(timedelta(minutes=2), 8)
AHEAD = START + timedelta(hours=3)


def add_run(db: Database, at: datetime) -> None:
    """A job run that began then, and ended a second later."""
    with db.write() as session:
        ended = at + timedelta(seconds=1)
        session.add(
            JobRun(
                job="x", state=RunState.DONE, started_at=at, alive_until=ended, finished_at=ended
            )
        )


def mend(db: Database) -> timedelta | None:
    """What a tick does."""
    with db.read() as session:
        found = ahead_by(session, START)
    with db.write() as session:
        bring_back(session, LEASE, START)
    return found


def column(db: Database, wanted: Any) -> Any:
    """The one value of a column."""
    with db.read() as session:
        return session.scalars(select(wanted)).one()


def add_parcel(db: Database, next_at: datetime) -> None:
    """A parcel to be asked for then."""
    with db.write() as session:
        order = add_order(session, add_customer(session, START), START)
        session.add(
            Shipment(
                order_id=order.id, number="99000000000011", carrier=CarrierName.HERMES,
                first_seen_at=START, next_poll_at=next_at,
            )
        )  # fmt: skip


def add_mail(db: Database, next_at: datetime, token: str | None) -> None:
    """A mail that is due, or claimed until, then."""
    with db.write() as session:
        session.add(
            Mail(
                kind=MailKind.ALERT, recipient="a@example.org", language="de", facts={},
                dedupe_key="a", message_id="<a@example.org>", created_at=START,
                next_attempt_at=next_at, claim_token=token,
            )
        )  # fmt: skip


def add_alert(db: Database, state: AlertState, stage: int) -> None:
    """An alert with a notice due three hours ahead."""
    with db.write() as session:
        session.add(
            Alert(
                key="a", rule="a", severity=Severity.HIGH, state=state, stage=stage, fingerprint="",
                opened_at=START, next_notice_at=AHEAD,
            )
        )  # fmt: skip


@pytest.mark.parametrize("at", [START - timedelta(hours=9), START, START + timedelta(seconds=40)])
def test_a_clock_that_is_right_changes_nothing(db: Database, at: datetime) -> None:
    """What is due in three hours waits for three hours."""
    add_run(db, at)
    add_parcel(db, AHEAD)
    assert mend(db) is None
    assert column(db, Shipment.next_poll_at) == AHEAD


def test_what_was_due_ahead_of_time_is_due_now(db: Database) -> None:
    """A parcel is asked for and a mail is sent as soon as the clock is right."""
    add_run(db, AHEAD)
    add_parcel(db, AHEAD + timedelta(minutes=30))
    add_mail(db, AHEAD, token=None)
    assert mend(db) == timedelta(hours=3)
    assert column(db, Shipment.next_poll_at) == column(db, Mail.next_attempt_at) == START
    assert mend(db) is None


def test_what_is_due_in_days_stays(db: Database) -> None:
    """A parcel that is asked for at the slowest pace is not the clock's doing."""
    later = START + timedelta(days=2)
    add_run(db, AHEAD)
    add_parcel(db, later)
    mend(db)
    assert column(db, Shipment.next_poll_at) == later


@pytest.mark.parametrize(
    ("until", "then"),
    [
        (AHEAD + LEASE.length, START + LEASE.length),
        (START + LEASE.length, START + LEASE.length),
    ],
)
def test_a_lease_ends_when_leases_end(db: Database, until: datetime, then: datetime) -> None:
    """Nobody is robbed of what she holds, and nothing is held for hours."""
    add_run(db, AHEAD)
    add_mail(db, until, token="somebody")
    mend(db)
    assert column(db, Mail.next_attempt_at) == then
    assert column(db, Mail.claim_token) == "somebody"


@pytest.mark.parametrize(
    ("state", "stage", "then"),
    [
        (AlertState.OPEN, 0, START),
        (AlertState.RESOLVED, 1, START),
        (AlertState.OPEN, 1, AHEAD),
        (AlertState.SNOOZED, 0, AHEAD),
    ],
)
def test_a_snooze_and_a_reminder_keep_their_day(
    db: Database, state: AlertState, stage: int, then: datetime
) -> None:
    """Only what was to be told at once is told at once."""
    add_run(db, AHEAD)
    add_alert(db, state, stage)
    mend(db)
    assert column(db, Alert.next_notice_at) == then


def test_sources_can_be_asked_again(db: Database) -> None:
    """A reserved request, a turn and a pause last as long as they were meant to."""
    pause = timedelta(minutes=2)
    add_run(db, AHEAD)
    with db.write() as session:
        session.add(
            Source(
                name="hermes", budget_used=0, failures=1, next_request_at=AHEAD,
                paused_until=AHEAD + pause, busy_token="x", busy_until=AHEAD + pause,
            )
        )  # fmt: skip
    mend(db)
    with db.read() as session:
        source = session.get_one(Source, "hermes")
    assert source.next_request_at == START
    assert source.paused_until == source.busy_until == START + pause


def test_the_history_shows_no_future(db: Database) -> None:
    """`jobs history` stays in order, and a run that died in the future is found to be dead."""
    add_run(db, AHEAD)
    mend(db)
    with db.read() as session:
        run = session.scalars(select(JobRun)).one()
    assert run.started_at == run.finished_at == START
    assert run.alive_until == START + LEASE.length


def test_cases_and_the_heartbeat_do_not_wait_either(db: Database) -> None:
    """Else a case would sleep for the hours that never were, and `health` would call us dead."""
    add_run(db, AHEAD)
    with db.write() as session:
        order = add_order(session, add_customer(session, START), START)
        session.add(
            Case(
                order_id=order.id,
                customer_id=order.customer_id,
                opened_at=AHEAD,
                next_check_at=AHEAD,
            )
        )
        ask_for_beat(session, AHEAD)
    mend(db)
    assert column(db, Case.next_check_at) == column(db, Heartbeat.next_beat_at) == START


def test_a_scheduled_run_that_waits_for_its_next_attempt_is_due_now(db: Database) -> None:
    """A sync that failed while the clock was ahead is not tried hours later only."""
    add_run(db, AHEAD)
    with db.write() as session:
        retry = AHEAD + timedelta(minutes=4)
        session.add(Slot(job="sync-orders", due_at=AHEAD, next_run_at=retry, attempts=1))
    mend(db)
    assert column(db, Slot.next_run_at) == START
