"""A consent that is withdrawn stops what has not left yet."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select, update

from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.order import Invoice, Order
from models.session import Database
from tasks.invoices.consent import WITHDRAWN, cancel_waiting_copies, reconsider_copies
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
        invoices = session.scalars(select(Invoice.reason).order_by(Invoice.id)).all()
    assert states == [MailState.CANCELLED, MailState.QUEUED, MailState.SENT]
    assert invoices == [WITHDRAWN, None, None]


def test_what_was_sent_by_hand_is_not_cancelled(db: Database) -> None:
    """It did not rest on her consent, so that the end of her consent changes nothing."""
    hers = add_copy(db, "1", MailState.QUEUED)
    with db.write() as session:
        session.execute(update(Mail).values(any_hour=True))
        cancel_waiting_copies(session, hers)
    with db.read() as session:
        assert session.scalars(select(Mail.state)).all() == [MailState.QUEUED]


def test_only_what_was_skipped_and_is_not_old_is_looked_at_again(db: Database) -> None:
    """Old invoices stay unsent, a cancelled copy stays cancelled, a sent one is left alone."""
    with db.write() as session:
        customer = add_customer(session, NOW)
        cases = {
            "1": ({}, {"state": "skipped", "reason": "no e-mail address is known"}),
            "2": ({"historic": True}, {"state": "skipped", "reason": "old"}),
            "3": ({}, {"state": "skipped", "reason": WITHDRAWN}),
            "4": ({}, {"state": "queued"}),
        }
        for number, (order, invoice) in cases.items():
            row = add_order(session, customer, NOW, number=number, **order)
            add_invoice(session, row, None, **invoice)
        reconsider_copies(session, customer.id, NOW)
    with db.read() as session:
        due = session.scalars(
            select(Order.number).join(Invoice).where(Invoice.next_copy_at.is_not(None))
        )
        assert due.all() == ["1"]
