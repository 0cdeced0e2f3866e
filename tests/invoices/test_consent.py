"""A consent that is withdrawn stops what has not left yet."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.session import Database
from tasks.invoices.consent import cancel_waiting_copies
from tests.models.rows import add_customer, add_invoice, add_order

NOW = datetime(2026, 10, 19, 10, tzinfo=UTC)


def add_copy(db: Database, number: str, state: MailState) -> int:
    """A customer with a copy in the outbox; gives her row."""
    with db.write() as session:
        customer = add_customer(session, NOW, member_id=number)
        order = add_order(session, customer, NOW, number=number)
        invoice = add_invoice(session, order, None)
        session.add(
            Mail(
                kind=MailKind.INVOICE_COPY, recipient="a@example.org", language="de", facts={},
                dedupe_key=number, message_id=f"<{number}@example.org>", invoice_id=invoice.id,
                state=state, created_at=NOW, next_attempt_at=NOW,
            )
        )  # fmt: skip
        return customer.id


def test_a_withdrawn_consent_stops_the_copy_that_waits(db: Database) -> None:
    """Hers is cancelled; another customer's and one that has left stay what they are."""
    hers = add_copy(db, "1", MailState.QUEUED)
    add_copy(db, "2", MailState.QUEUED)
    gone = add_copy(db, "3", MailState.SENT)
    with db.write() as session:
        cancel_waiting_copies(session, hers)
        cancel_waiting_copies(session, gone)
    with db.read() as session:
        states = session.scalars(select(Mail.state).order_by(Mail.id)).all()
    assert states == [MailState.CANCELLED, MailState.QUEUED, MailState.SENT]
