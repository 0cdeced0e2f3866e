"""A customer's consent to invoice copies, withdrawn: what still waits is not sent."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.order import Invoice, Order


def cancel_waiting_copies(session: Session, customer_row: int) -> None:
    """Cancel her copies in the outbox; one that a worker holds loses its claim."""
    invoices = select(Invoice.id).join(Order).where(Order.customer_id == customer_row)
    session.execute(
        update(Mail)
        .where(
            Mail.kind == MailKind.INVOICE_COPY,
            Mail.state == MailState.QUEUED,
            Mail.invoice_id.in_(invoices),
        )
        .values(state=MailState.CANCELLED, next_attempt_at=None, claim_token=None)
        .execution_options(synchronize_session=False)
    )
