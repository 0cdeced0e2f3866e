"""The message on the wire, parsed again by the standard library."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import MailKind
from models.outbox import message_id
from tasks.mail.compose import Composed, compose
from tasks.mail.headers import wire
from tasks.mail.message import (
    MOST_ATTACHED_BYTES,
    Attachment,
    AttachmentTooLarge,
    build,
    mailbox,
)
from tests.mail.samples import FACTS, IDENTITY

NOW = datetime(2026, 10, 14, 6, 30, tzinfo=UTC)

SENDER = "Sabine Köhler <sabine.koehler@example.org>"


def built(kind: MailKind, language: str = "de", **changes: Any) -> EmailMessage:
    """The mail of `kind` as a message, with `changes` to what it is built with."""
    mail = compose(kind, language, FACTS[kind], IDENTITY)
    known: dict[str, Any] = {
        "sender": SENDER, "recipient": "anna@example.net", "date": NOW,
        "message_id": message_id("k", NOW, SENDER),
    }  # fmt: skip
    return build(mail, kind=kind, **(known | changes))


def parsed(message: EmailMessage) -> EmailMessage:
    """The message after its way over the wire, 7-bit-safe."""
    sent = wire(message)
    assert sent.isascii()
    assert max(map(len, sent.split(b"\r\n"))) <= 998
    again = email.message_from_bytes(sent, policy=email.policy.default)
    assert isinstance(again, EmailMessage)
    return again


def part(message: EmailMessage, kind: str) -> str:
    """The decoded text of its `plain` or `html` part."""
    body = message.get_body((kind,))
    assert isinstance(body, EmailMessage)
    content = body.get_content()
    assert isinstance(content, str)
    return content


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_survives_the_wire(kind: MailKind, language: str) -> None:
    """Subject, text and HTML come out as they went in, umlauts and all."""
    mail = compose(kind, language, FACTS[kind], IDENTITY)
    again = parsed(built(kind, language))
    assert again["Subject"] == mail.subject
    assert part(again, "plain").split() == mail.text.split()
    assert part(again, "html").split() == mail.html.split()
    assert again["X-Orderwatch-Kind"] == kind.value
    assert again["Auto-Submitted"] == "auto-generated"
    assert again["From"] == SENDER
    assert again["Date"].datetime == NOW
    assert again["Message-ID"] == message_id("k", NOW, SENDER)


@pytest.mark.parametrize("kind", MailKind)
def test_our_bytes_are_the_librarys(kind: MailKind) -> None:
    """We write a message ourselves, for speed alone: not a byte differs."""
    message = built(kind, attachments=[Attachment("Rechnung-Ä1.pdf", bytes(range(256)))])
    assert wire(message) == message.as_bytes()
    assert wire(built(kind)) == built(kind).as_bytes()


def test_every_line_of_a_header_is_short() -> None:
    """A long subject with umlauts is folded where the standard wants it."""
    mail = Composed(subject="Müller, Größe – " * 20, text="t\n", html="<p>h</p>")
    message = build(
        mail, kind=MailKind.TEST, sender="a@example.org", recipient="b@example.org",
        message_id="<1@example.org>", date=NOW,
    )  # fmt: skip
    head = wire(message).split(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert parsed(message)["Subject"] == mail.subject.strip()


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\r", "\u2028", "\x00"])
def test_no_text_adds_a_header(sign: str) -> None:
    """A line end in a name, a subject or a file name stays inside its header."""
    evil = f"Müller{sign}Bcc: x@y.de"
    mail = Composed(subject=evil, text="t\n", html="<p>h</p>")
    message = build(
        mail, kind=MailKind.ALERT, sender=f'"{evil}" <a@example.org>', recipient="b@example.org",
        message_id="<1@example.org>", date=NOW, attachments=[Attachment(evil, b"%PDF")],
    )  # fmt: skip
    again = parsed(message)
    assert again["Bcc"] is None
    assert again["Subject"] == "Müller Bcc: x@y.de"
    assert [a.get_filename() for a in again.iter_attachments()] == ["Müller Bcc: x@y.de"]


@given(st.text(max_size=200))
def test_any_subject_is_one_header(subject: str) -> None:
    """Whatever a subject holds, the headers after it are untouched."""
    encodable = subject.encode("utf-8", "ignore").decode()
    mail = Composed(subject=encodable, text="t\n", html="<p>h</p>")
    message = build(
        mail, kind=MailKind.TEST, sender="a@example.org", recipient="b@example.org",
        message_id="<1@example.org>", date=NOW,
    )  # fmt: skip
    again = parsed(message)
    assert sorted(again.keys()) == sorted(message.keys())


@given(st.lists(st.sampled_from(["Bestellung", "185204417:", "Müller", "–", "1", "x" * 90])))
def test_subjects_come_out_as_they_went_in(words: list[str]) -> None:
    """A long subject is folded, and reads the same without a blank more or less."""
    mail = Composed(subject=" ".join(words), text="t\n", html="<p>h</p>")
    message = build(
        mail, kind=MailKind.TEST, sender="a@example.org", recipient="b@example.org",
        message_id="<1@example.org>", date=NOW,
    )  # fmt: skip
    assert (parsed(message)["Subject"] or "") == mail.subject


def test_a_reminder_answers_its_alert() -> None:
    """Mail programs show both in one thread."""
    first = message_id("alert:1", NOW, SENDER)
    again = parsed(built(MailKind.REMINDER, in_reply_to=first))
    assert (again["In-Reply-To"], again["References"]) == (first, first)


def test_long_identifiers_are_not_broken() -> None:
    """The library would encode a long unsubscribe address in pieces, and break it."""
    address = "mailto:sabine@" + "very-long-" * 12 + "example.org?subject=Keine%20Kopien"
    domain = "a" * 60 + ".example.org"
    sent = wire(built(MailKind.INVOICE_COPY, list_unsubscribe=address, in_reply_to=f"<x@{domain}>"))
    assert f"List-Unsubscribe: <{address}>\r\n".encode() in sent
    assert f"In-Reply-To: <x@{domain}>\r\n".encode() in sent


def test_customers_copies_can_be_unsubscribed_from() -> None:
    """The header names the consultant's address; other mails have none."""
    again = parsed(built(MailKind.INVOICE_COPY))
    assert again["List-Unsubscribe"].startswith("<mailto:sabine.koehler@example.org?subject=")
    assert parsed(built(MailKind.DIGEST))["List-Unsubscribe"] is None


def test_an_attachment_arrives_whole() -> None:
    """The PDF comes out byte by byte, under its name."""
    content = bytes(range(256)) * 40
    again = parsed(
        built(MailKind.INVOICE_COPY, attachments=[Attachment("Rechnung-Ä1.pdf", content)])
    )
    (file,) = again.iter_attachments()
    assert file.get_filename() == "Rechnung-Ä1.pdf"
    assert file.get_content_type() == "application/pdf"
    assert file.get_content() == content


def test_the_same_mail_is_the_same_bytes() -> None:
    """A second sending of an undecided mail can be told from another mail by nothing."""
    files = [Attachment("a.pdf", b"%PDF-1")]
    first = wire(built(MailKind.INVOICE_COPY, attachments=files))
    assert first == wire(built(MailKind.INVOICE_COPY, attachments=files))
    assert len(parsed(built(MailKind.INVOICE_COPY, attachments=files)).get_payload()) == 2


def test_too_large_attachments_are_refused() -> None:
    """A mail that no server takes is not even tried."""
    files = [Attachment("a.pdf", bytes(MOST_ATTACHED_BYTES)), Attachment("b.pdf", b"x")]
    with pytest.raises(AttachmentTooLarge, match="at most"):
        built(MailKind.INVOICE_COPY, attachments=files)


def test_naive_times_are_refused() -> None:
    """A date without a zone would be a guess."""
    with pytest.raises(ValueError, match="time zone"):
        built(MailKind.TEST, date=datetime(2026, 10, 14))


@pytest.mark.parametrize("address", ["", "anna", "anna@", "@x.de", "ann a@x.de", "ä@x.de"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """One clear line instead of a server's odd answer."""
    with pytest.raises(ValueError, match=r"name@example\.org would be"):
        mailbox(address)
