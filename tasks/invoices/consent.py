"""What a customer said about invoice copies, or about her address: copies follow it at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.claims import make_due
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.order import Invoice, Order
from models.queues import COPIES

#: Why a copy that waited was not sent.
WITHDRAWN = "the customer does not want copies"


def cancel_waiting_copies(session: Session, customer_row: int) -> None:
    """Cancel her copies in the outbox; one that a worker holds loses its claim."""
    invoices = select(Invoice.id).join(Order).where(Order.customer_id == customer_row)
    waiting = select(Mail.id, Mail.invoice_id).where(
        Mail.kind == MailKind.INVOICE_COPY,
        Mail.state == MailState.QUEUED,
        Mail.any_hour.is_(False),  # what somebody sent by hand was not sent on her consent
        Mail.invoice_id.in_(invoices),
    )
    rows = session.execute(waiting).all()
    session.execute(
        update(Mail)
        .where(Mail.id.in_([row.id for row in rows]))
        .values(state=MailState.CANCELLED, next_attempt_at=None, claim_token=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Invoice)
        .where(Invoice.id.in_([row.invoice_id for row in rows]))
        .values(state="skipped", reason=WITHDRAWN)
        .execution_options(synchronize_session=False)
    )


def reconsider_copies(session: Session, customer_row: int, now: datetime) -> None:
    """She agreed, or has an address now: what was not sent is judged again, by the same rules."""
    skipped = (
        select(Invoice.id)
        .join(Order)
        .where(Order.customer_id == customer_row, Invoice.state == "skipped")
        .where(Order.historic.is_(False), Invoice.reason != WITHDRAWN)
    )
    ids = session.scalars(skipped).all()
    session.execute(
        update(Invoice)
        .where(Invoice.id.in_(ids))
        .values(state="due", reason=None)
        .execution_options(synchronize_session=False)
    )
    make_due(session, COPIES, ids, now)
