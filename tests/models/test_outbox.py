"""The outbox: a mail happens once, and under one Message-ID for ever."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_string, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.outbox import Desk, message_id, queue_mail
from models.queues import DELIVERIES
from models.session import Database
from tests.services.clock import START

DESK = Desk(
    "Orderwatch <watch@beraterin.example>", "sie@beraterin.example", "ops@example.org", "de"
)


def queue(db: Database, key: str, recipient: str = DESK.consultant) -> int:
    """Queue a digest under `key`."""
    with db.write() as session:
        return queue_mail(session, DESK, MailKind.DIGEST, recipient, {"n": 1}, key, START)


def test_a_queued_mail_is_due_at_once(db: Database) -> None:
    """A finding is in the mailbox within seconds."""
    row = queue(db, "digest:2026-10-12")
    with db.read() as session:
        assert DELIVERIES.is_due(session, START)
        mail = session.get_one(Mail, row)
    assert (mail.state, mail.kind, mail.language) == (MailState.QUEUED, MailKind.DIGEST, "de")
    assert (mail.recipient, mail.facts, mail.attempts) == (DESK.consultant, {"n": 1}, 0)


def test_the_same_mail_is_queued_once(db: Database) -> None:
    """A job that is run again after a crash does not write twice."""
    first = queue(db, "digest:2026-10-12")
    assert queue(db, "digest:2026-10-12", "other@example.org") == first
    assert queue(db, "digest:2026-10-13") != first
    with db.read() as session:
        recipients = session.scalars(select(Mail.recipient).order_by(Mail.id)).all()
    assert recipients == [DESK.consultant, DESK.consultant]


def test_a_mail_shares_the_fate_of_its_cause(db: Database) -> None:
    """No mail about something that was not stored."""

    def write() -> None:
        with db.write() as session:
            queue_mail(session, DESK, MailKind.DIGEST, DESK.consultant, {}, "digest:x", START)
            raise RuntimeError("the cause could not be stored")

    with pytest.raises(RuntimeError):
        write()
    with db.read() as session:
        assert session.scalars(select(Mail)).all() == []


@given(st.text(max_size=200), st.sampled_from([DESK.sender, "watch@beraterin.example"]))
def test_a_message_id_is_a_header_of_the_senders_domain(key: str, sender: str) -> None:
    """No dedupe key, however odd, breaks the header; the domain is not the computer's name."""
    found = message_id(key, START, sender)
    parsed = message_from_string(f"Message-ID: {found}\n\n", policy=policy.default)
    assert str(parsed["Message-ID"]) == found
    assert found.endswith("@beraterin.example>")


def test_message_ids_differ_by_key_and_time() -> None:
    """A reminder is no doublet of its alert, and an erased database repeats no ID."""
    later = START + timedelta(seconds=1)
    made = {message_id(key, at, DESK.sender) for key in ("a", "b") for at in (START, later)}
    assert len(made) == 4
    assert message_id("a", START, DESK.sender) in made
