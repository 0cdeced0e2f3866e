"""`orderwatch invoices`: why a copy was not sent, an invoice as a file, a copy by hand."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from models.customer import Customer
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.order import Invoice, Order
from tests.cli.rows import EARLIER, Cli, Rows

PDF = b"%PDF-1.7 an invoice"


@pytest.fixture(autouse=True)
def consultant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody to write for."""
    monkeypatch.setenv("ORDERWATCH_CONSULTANT__EMAIL", "sabine@example.org")


def invoice(rows: Rows, order: Order, pdf: bytes | None = PDF, **facts: Any) -> int:
    """Its invoice; gives the row."""
    with rows.db.write() as session:
        row = Invoice(**({"order_id": order.id, "pdf": pdf, "state": "skipped"} | facts))
        session.add(row)
        session.flush()
        return row.id


def anna(rows: Rows, **facts: Any) -> Customer:
    """She agreed, and has an address."""
    agreed: dict[str, Any] = {"email": "anna@example.org", "invoice_copies": True}
    return rows.customer(**(agreed | {"invoice_copies_since": EARLIER} | facts))


def mails(rows: Rows) -> list[Mail]:
    """What is in the outbox."""
    with rows.db.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_list_says_what_became_of_each_copy(cli: Cli, rows: Rows) -> None:
    """Sent, waiting, or the reason why not, newest first."""
    customer = anna(rows)
    sent = invoice(rows, rows.order(customer, "185204417", invoice_number="R1"), state="queued")
    invoice(rows, rows.order(customer, "185204418"), None, reason="no e-mail address is known")
    rows.mail(MailKind.INVOICE_COPY, recipient="anna@example.org", invoice_id=sent,
              key="invoice-copy:185204417", state=MailState.SENT, sent_at=EARLIER)  # fmt: skip
    second, first = cli("invoices", "list", "--json").json
    assert first == {
        "order": "185204417", "order_date": "2026-10-20", "invoice_number": "R1",
        "customer": "8120345", "customer_name": "Anna Müller", "state": "sent", "reason": None,
        "stored": True, "mail": 1, "to": "anna@example.org", "sent_at": "2026-10-20T08:00:00Z",
    }  # fmt: skip
    assert (second["state"], second["stored"]) == ("skipped", False)
    assert second["reason"] == "no e-mail address is known"
    assert "no e-mail address is known" in " ".join(cli("invoices", "list").out.split())


def test_an_empty_list_says_so(cli: Cli) -> None:
    """Not an empty table."""
    assert cli("invoices", "list").out.startswith("no invoices yet")
    assert cli("invoices", "list", "--json").json == []


def test_save_writes_the_invoice_and_asks_before_it_overwrites(
    cli: Cli, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is there is only replaced by somebody's yes."""
    invoice(rows, rows.order(anna(rows), "185204417"))
    file = tmp_path / "Rechnung.pdf"
    assert cli("invoices", "save", "185204417", str(file)).code == 0
    assert file.read_bytes() == PDF
    file.write_bytes(b"mine")
    for typed, code in (("n\n", 1), ("", 2)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert cli("invoices", "save", "185204417", str(file)).code == code
        assert file.read_bytes() == b"mine"
    assert cli("invoices", "save", "185204417", str(file), "--yes").code == 0
    assert file.read_bytes() == PDF


def test_save_says_what_is_wrong(cli: Cli, rows: Rows, tmp_path: Path) -> None:
    """An unknown order, an invoice that nobody has, a folder: one line each."""
    rows.order(anna(rows), "185204417")
    file = str(tmp_path / "a.pdf")
    assert "no order has the number 1" in cli("invoices", "save", "1", file).refused(1)
    assert "BACKOFFICE__ENABLED" in cli("invoices", "save", "185204417", file).refused(1)
    assert "is a folder" in cli("invoices", "save", "185204417", str(tmp_path)).refused(2)
    nowhere = str(tmp_path / "no" / "a.pdf")
    assert "there is no folder" in cli("invoices", "save", "185204417", nowhere).refused(2)
    assert not Path(file).exists()


def test_send_goes_to_the_customer_who_agreed_once(cli: Cli, rows: Rows) -> None:
    """Asked for twice there is one mail, and the second answer says which."""
    row = invoice(rows, rows.order(anna(rows), "185204417"))
    assert "anna@example.org is queued" in cli("invoices", "send", "185204417").out
    (mail,) = mails(rows)
    assert (mail.kind, mail.recipient, mail.invoice_id) == (
        MailKind.INVOICE_COPY, "anna@example.org", row)  # fmt: skip
    assert (mail.dedupe_key, mail.any_hour) == ("invoice-copy:185204417", False)
    assert "mail 1 already (queued)" in cli("invoices", "send", "185204417").refused(1)
    assert cli("invoices", "list", "--json").json[0]["state"] == "queued"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"invoice_copies": None}, "has not agreed"),
        ({"invoice_copies": False}, "does not want copies"),
        ({"email": None}, "no e-mail address is known"),
        ({"invoice_copies_since": datetime(2026, 10, 21, 10, tzinfo=UTC)}, "older than"),
    ],
)
def test_send_refuses_without_consent(
    cli: Cli, rows: Rows, facts: dict[str, Any], reason: str
) -> None:
    """Nothing is queued, and the line says why, and what would be right."""
    invoice(rows, rows.order(anna(rows, **facts), "185204417"))
    line = cli("invoices", "send", "185204417").refused(1)
    assert reason in line
    assert "--to ADDRESS" in line
    assert mails(rows) == []


def test_send_to_an_address_needs_no_consent_and_no_hour(cli: Cli, rows: Rows) -> None:
    """Whoever names the address decides: it leaves at once, once to each address."""
    invoice(rows, rows.order(anna(rows, invoice_copies=None), "185204417"))
    assert cli("invoices", "send", "185204417", "--to", "me@example.org").code == 0
    again = cli("invoices", "send", "185204417", "--to", "ME@example.org").refused(1)
    assert "mail 1 already" in again
    assert cli("invoices", "send", "185204417", "--to", "you@example.org").code == 0
    assert [(m.recipient, m.any_hour) for m in mails(rows)] == [
        ("me@example.org", True), ("you@example.org", True)]  # fmt: skip
    assert cli("invoices", "list", "--json").json[0]["mail"] is None


def test_send_at_night_says_when_it_leaves(cli: Cli, rows: Rows) -> None:
    """Customers are not mailed on a Saturday evening; Monday it is."""
    invoice(rows, rows.order(anna(rows), "185204417"))
    with time_machine.travel(datetime(2026, 10, 24, 19, tzinfo=UTC), tick=False):
        assert "leaves on 2026-10-26 08:00" in cli("invoices", "send", "185204417").out


def test_send_says_what_is_wrong(cli: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown order, nonsense for an address, nobody to write for."""
    invoice(rows, rows.order(anna(rows), "185204417"))
    assert "no order has the number 1" in cli("invoices", "send", "1").refused(1)
    assert "name@example.org" in cli("invoices", "send", "185204417", "--to", "me").refused(2)
    monkeypatch.setenv("ORDERWATCH_INVOICES__MODE", "off")
    assert "switched off" in cli("invoices", "send", "185204417").refused(1)
    monkeypatch.delenv("ORDERWATCH_CONSULTANT__EMAIL")
    assert "CONSULTANT__EMAIL" in cli("invoices", "send", "185204417").refused(2)


def test_a_consent_looks_again_at_what_was_skipped(cli: Cli, rows: Rows) -> None:
    """She agreed on the day of her order, after it was seen: its copy is judged again."""
    customer = anna(rows, invoice_copies=None)
    row = invoice(rows, rows.order(customer, "185204417", "2026-10-22"), reason="not agreed")
    cli("customers", "set", "8120345", "--invoice-copies", "yes")
    with rows.db.read() as session:
        assert session.get_one(Invoice, row).state == "due"
