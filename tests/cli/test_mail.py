"""`orderwatch mail` and `digest`: what waits, what it says, and what a human decides."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from models.alert import Alert
from models.domain.values import AlertState, MailKind, MailState
from models.mail import Mail
from tests.cli.rows import EARLIER, NOW, Cli, Rows


@pytest.fixture
def consultant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody to write to."""
    monkeypatch.setenv("ORDERWATCH_CONSULTANT__EMAIL", "sabine@example.org")


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What somebody types when she is asked."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def copy(rows: Rows, **facts: Any) -> Mail:
    """An invoice copy to a customer."""
    told = {"customer_name": "Anna Müller", "order": "185204417", "invoice_number": "R1",
            "order_date": "2026-10-20", "total": "87.50", "currency": "EUR"}  # fmt: skip
    known = {"recipient": "anna@example.org", "facts": told}
    return rows.mail(MailKind.INVOICE_COPY, **(known | facts))


def test_list_has_the_shape_that_scripts_rely_on(cli: Cli, rows: Rows) -> None:
    """A mail that waits shows the subject that it will have; a sent one the one it had."""
    waits = rows.mail()
    sent = rows.mail(key="2", state=MailState.SENT, subject="Hallo", sent_at=EARLIER)
    found = cli("mail", "list", "--json").json
    waiting_subject = found[1].pop("subject")
    assert "orderwatch" in waiting_subject
    common = {"kind": "test", "to": "sabine@example.org", "attempts": 0,
              "created_at": "2026-10-20T08:00:00Z"}  # fmt: skip
    assert found == [
        common | {"id": sent.id, "subject": "Hallo", "state": "sent",
                  "sent_at": "2026-10-20T08:00:00Z", "message_id": "<2@example.org>"},
        common | {"id": waits.id, "state": "queued", "sent_at": None,
                  "message_id": "<1@example.org>"},
    ]  # fmt: skip


def test_list_by_state(cli: Cli, rows: Rows) -> None:
    """Only the state asked for; a wrong one is told the right ones."""
    rows.mail()
    parked = rows.mail(key="2", state=MailState.PARKED)
    assert [m["id"] for m in cli("mail", "list", "--state", "parked", "--json").json] == [parked.id]
    assert cli("mail", "list", "--state", "cancelled").out == "no mail is in that state\n"
    line = cli("mail", "list", "--state", "lost").refused(2)
    assert "queued, sending, sent, parked, cancelled" in line


def test_show_is_the_mail_in_words(cli: Cli, rows: Rows) -> None:
    """Headers and text as the customer gets them, the attachment by name."""
    mail = copy(rows)
    shown = cli("mail", "show", str(mail.id)).out
    assert "To: anna@example.org\n" in shown
    assert "X-Orderwatch-Kind: invoice-copy\n" in shown
    assert "Attachment: " in shown
    card = cli("mail", "show", str(mail.id), "--json").json
    assert card["text"] in shown
    assert "185204417" in card["text"]


def test_a_mail_whose_facts_were_erased_is_still_listed(cli: Cli, rows: Rows) -> None:
    """The list never breaks over one mail that can't be composed any more."""
    mail = rows.mail(MailKind.ALERT, facts={}, state=MailState.CANCELLED)
    assert cli("mail", "list", "--json").json[0]["subject"] is None
    assert "facts are gone" in cli("mail", "show", str(mail.id)).out


@pytest.mark.parametrize("state", [MailState.PARKED, MailState.SENT, MailState.SENDING])
def test_resend_queues_the_same_mail_again(cli: Cli, rows: Rows, state: MailState) -> None:
    """A second sending keeps its Message-ID, has all its attempts, and ends the alert about it."""
    due = EARLIER if state is MailState.SENDING else None
    mail = copy(rows, state=state, attempts=12, parked_at=EARLIER, error="x", sent_at=EARLIER,
                next_attempt_at=due, claim_token="held")  # fmt: skip
    alert = rows.alert("job-parked", key="job-parked:mails")
    assert cli("mail", "resend", str(mail.id), "--yes").code == 0
    row = rows.read(mail)
    assert (row.state, row.next_attempt_at, row.message_id) == (
        MailState.QUEUED, NOW, mail.message_id)  # fmt: skip
    assert (row.attempts, row.parked_at, row.error, row.claim_token) == (0, None, None, None)
    assert row.sent_at is None
    assert rows.read(alert).state is AlertState.RESOLVED


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("\n", 1), ("", 2), ("y\n", 0)])
def test_resend_asks_first(
    cli: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    """Nobody gets a mail twice without somebody's yes."""
    mail = copy(rows, state=MailState.PARKED, next_attempt_at=None)
    answer(monkeypatch, typed)
    said = cli("mail", "resend", str(mail.id))
    assert said.code == code
    assert "anna@example.org could get it twice" in said.err
    expected = MailState.PARKED if code else MailState.QUEUED
    assert rows.read(mail).state is expected


def test_mark_sent_ends_it(cli: Cli, rows: Rows) -> None:
    """What a human found at the server is sent no more, and the alert about it ends."""
    mail = copy(rows, state=MailState.PARKED, parked_at=EARLIER, error="undecided")
    alert = rows.alert("job-parked", key="job-parked:mails")
    assert cli("mail", "mark-sent", str(mail.id)).code == 0
    row = rows.read(mail)
    assert (row.state, row.sent_at) == (MailState.SENT, NOW)
    assert (row.next_attempt_at, row.parked_at, row.error) == (None, None, None)
    assert rows.read(alert).state is AlertState.RESOLVED


@pytest.mark.parametrize("command", [("resend", "--yes"), ("mark-sent",)])
def test_what_can_not_be_decided_stays(cli: Cli, rows: Rows, command: tuple[str, ...]) -> None:
    """A mail that a worker holds, or that was cancelled, is left alone."""
    soon = NOW + timedelta(minutes=1)
    held = copy(rows, state=MailState.SENDING, next_attempt_at=soon, claim_token="held")
    gone = copy(rows, key="2", state=MailState.CANCELLED, next_attempt_at=None)
    name, *options = command
    assert "this very moment" in cli("mail", name, str(held.id), *options).refused(1)
    assert "was cancelled" in cli("mail", name, str(gone.id), *options).refused(1)
    assert rows.read(held).claim_token == "held"
    assert "there is no mail 99" in cli("mail", name, "99", *options).refused(1)


@pytest.mark.usefixtures("consultant")
def test_a_test_mail_is_queued_and_says_what_sends_it(
    cli: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a mail server the user hears that at once."""
    assert "ORDERWATCH_SMTP__HOST is not set" in cli("mail", "test", "me@example.org").out
    (mail,) = cli("mail", "list", "--json").json
    assert (mail["kind"], mail["to"], mail["state"]) == ("test", "me@example.org", "queued")
    monkeypatch.setenv("ORDERWATCH_SMTP__HOST", "mail.example.org")
    assert "jobs run deliver-mail" in cli("mail", "test", "you@example.org").out


def test_a_test_mail_needs_a_sender_and_an_address(cli: Cli) -> None:
    """The missing setting is named; nonsense is no address."""
    assert "CONSULTANT__EMAIL" in cli("mail", "test", "me@example.org").refused(2)
    assert "name@example.org" in cli("mail", "test", "me").refused(2)


def test_preview_is_the_digest_of_a_day(cli: Cli, rows: Rows) -> None:
    """The digest can be read before it is sent, and stores nothing."""
    anna = rows.customer()
    order = rows.order(anna, "185204417")
    rows.alert("unpaid", anna, order_id=order.id)
    assert "22. Oktober" in cli("digest", "preview").out
    said = cli("digest", "preview", "--date", "21.10.2026")
    assert "185204417" in said.out
    assert "as they are now" in said.err
    assert "YYYY-MM-DD" in cli("digest", "preview", "--date", "heute").refused(2)
    document = cli("digest", "preview", "--date", "2026-10-20", "--json").json
    assert document["date"] == "2026-10-20"
    assert document["text"].strip() in cli("digest", "preview", "--date", "2026-10-20").out
    assert cli("mail", "list", "--json").json == []


def test_preview_of_the_past_knows_nothing_of_what_came_later(cli: Cli, rows: Rows) -> None:
    """Orders and findings are those of that morning: none of later, and what was solved since."""
    anna = rows.customer()
    later = rows.order(anna, "185204417")
    rows.alert("unpaid", anna, order_id=later.id)
    before = rows.order(anna, "185204001", first_seen_at=NOW - timedelta(days=9))
    solved = {"opened_at": NOW - timedelta(days=8), "resolved_at": NOW, "order_id": before.id}
    rows.alert("not-shipped", anna, state=AlertState.RESOLVED, **solved)
    text = cli("digest", "preview", "--date", "2026-10-19").out
    assert "185204417" not in text
    assert "185204001" in text
    assert "185204001" not in cli("digest", "preview").out


@pytest.mark.usefixtures("consultant")
def test_send_queues_the_digest_of_today_once(cli: Cli) -> None:
    """Asked for twice, a day still has one digest; the second time says which."""
    assert cli("digest", "send").code == 0
    (mail,) = cli("mail", "list", "--json").json
    assert (mail["kind"], mail["to"]) == ("digest", "sabine@example.org")
    assert f"mail {mail['id']} already" in cli("digest", "send").out
    assert len(cli("mail", "list", "--json").json) == 1


def test_send_needs_a_reader(cli: Cli) -> None:
    """The missing setting is named."""
    assert "CONSULTANT__EMAIL" in cli("digest", "send").refused(2)


def test_a_second_notice_of_the_parked_mail_is_possible(cli: Cli, rows: Rows) -> None:
    """Ending the alert by hand does not keep a later trouble silent."""
    mail = copy(rows, state=MailState.PARKED)
    alert: Alert = rows.alert("job-parked", key="job-parked:mails")
    cli("mail", "resend", str(mail.id), "--yes")
    assert rows.read(alert).resolved_at == NOW
