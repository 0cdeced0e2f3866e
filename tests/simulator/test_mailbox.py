"""The simulated mailbox: keeps, refuses, hangs up."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from worker.simulator.mailbox import Mailbox, Refusal


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A running mailbox that also writes files."""
    with Mailbox(tmp_path) as running:
        yield running


def _send(mailbox: Mailbox, to: str = "anna@example.org") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "me@example.org", to, "Grüße"
    message["Message-ID"], message["X-Orderwatch-Kind"] = "<1@example.org>", "alert"
    message.set_content("Schöne Grüße")
    with smtplib.SMTP(mailbox.host, mailbox.port, timeout=10) as client:
        client.send_message(message)


def test_mails_are_kept_and_counted(mailbox: Mailbox, tmp_path: Path) -> None:
    """What was sent twice under one Message-ID is seen twice."""
    _send(mailbox)
    _send(mailbox, "bert@example.org")
    assert mailbox.count("<1@example.org>") == 2
    (mail,) = mailbox.all("alert", "bert@example.org")
    assert (mail.subject, mail.kind) == ("Grüße", "alert")
    assert mail.message.get_content().strip() == "Schöne Grüße"
    assert [file.read_bytes() for file in sorted(tmp_path.glob("*.eml"))] == [
        one.content for one in mailbox.all()
    ]


def test_one_recipient_can_be_refused(mailbox: Mailbox) -> None:
    """A full mailbox of one customer does not touch the others."""
    mailbox.refuse(Refusal(550, "no such user", recipient="bert@example.org"))
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        _send(mailbox, "bert@example.org")
    assert refused.value.recipients["bert@example.org"][0] == 550
    _send(mailbox)
    assert len(mailbox.all()) == 1


def test_a_refusal_after_data_passes(mailbox: Mailbox) -> None:
    """Greylisting: refused once, taken the second time, kept once."""
    mailbox.refuse(Refusal(451, "later", stage="data", times=1))
    with pytest.raises(smtplib.SMTPDataError) as refused:
        _send(mailbox)
    assert refused.value.smtp_code == 451
    _send(mailbox)
    assert mailbox.count("<1@example.org>") == 1


@pytest.mark.parametrize(("kept", "count"), [(True, 1), (False, 0)])
def test_a_line_can_break_after_data(mailbox: Mailbox, kept: bool, count: int) -> None:
    """The sender can't know whether the mail arrived; the test does."""
    mailbox.refuse(Refusal(0, stage="data", times=1, kept=kept))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(mailbox)
    assert mailbox.count("<1@example.org>") == count


def test_a_mailbox_comes_back_at_its_port(mailbox: Mailbox) -> None:
    """An outage of the mail server ends; what came before is still there."""
    _send(mailbox)
    mailbox.stop()
    with pytest.raises(ConnectionRefusedError):
        _send(mailbox)
    mailbox.start()
    _send(mailbox)
    assert len(mailbox.all()) == 2
