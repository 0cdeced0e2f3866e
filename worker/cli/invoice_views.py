"""Invoices and their copies as JSON: the query and the shape of `invoices list`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session, aliased

from models.customer import Customer
from models.domain.values import MailKind, MailState
from models.finding_facts import utc_text
from models.mail import Mail
from models.order import Invoice, Order

View = dict[str, Any]


def invoice_views(session: Session, limit: int | None = None) -> list[View]:
    """All invoices, the newest order first, each with the customer's copy if there is one; with
    a limit only so many."""
    copy = aliased(Mail)
    # By the key, which has an index: without one each invoice would be compared with each copy.
    to_her = copy.dedupe_key == literal(f"{MailKind.INVOICE_COPY}:") + Order.number
    rows = session.execute(
        select(Invoice, Order, Customer, Invoice.pdf.is_not(None), copy)
        .join(Order, Order.id == Invoice.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .outerjoin(copy, to_her)
        .order_by(Order.order_date.desc(), Order.number.desc())
        .limit(limit)
    )
    return [_view(*row) for row in rows]


def _view(
    invoice: Invoice, order: Order, customer: Customer, stored: bool, copy: Mail | None
) -> View:
    return {
        "order": order.number,
        "order_date": order.order_date.isoformat(),
        "invoice_number": order.invoice_number,
        "customer": customer.member_id,
        "customer_name": customer.name,
        "state": _state(invoice, copy),
        "reason": _reason(invoice, copy),
        "stored": bool(stored),
        "mail": copy.id if copy else None,
        "to": copy.recipient if copy else None,
        "sent_at": utc_text(copy.sent_at) if copy else None,
    }


def _state(invoice: Invoice, copy: Mail | None) -> str:
    """due, skipped, parked (the fetch was given up), or the state of the copy's mail."""
    if copy is not None:
        return copy.state.value
    return "parked" if invoice.parked_at else invoice.state


def _reason(invoice: Invoice, copy: Mail | None) -> str | None:
    """Why it was not sent; what went wrong at the last attempt while it waits."""
    if copy is not None and copy.state is MailState.SENT:
        return None
    return invoice.reason or (copy.error if copy is not None else invoice.error)
