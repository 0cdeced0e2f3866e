"""Imports an invoice PDF: it is kept as the invoice of an order that is known, and enriches it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.customer import Customer
from models.order import Invoice, Order
from models.upsert import insert_or_ignore
from tasks.orders.backoffice import LARGEST_PDF
from tasks.orders.files.child import pdf_text
from tasks.orders.files.intake import FileResult, Intake
from tasks.orders.files.invoice_text import InvoiceFacts, read_invoice
from tasks.orders.files.outside import OutsideFile
from tasks.orders.files.refusal import FileRefused, TooLarge
from tasks.orders.parts import Moment, replace_lines
from tasks.orders.store import Stored


def import_invoice(intake: Intake, file: OutsideFile, result: FileResult) -> None:
    """Keep the invoice. Raises FileRefused, also when its order is not known."""
    if file.size > LARGEST_PDF:
        raise TooLarge("a PDF of", LARGEST_PDF)
    text = pdf_text(file.rewind())
    if not text.strip():
        raise FileRefused("a PDF without text (a scan?); the invoice as it was downloaded would do")
    try:
        facts = read_invoice(text, intake.options.profile)
    except ValueError as error:
        raise FileRefused(str(error), text) from None
    pdf = file.rewind().read()
    with intake.step() as (session, moment):
        order, member_id = _order(session, facts)
        _check(order, member_id, facts)
        changed = _enrich(session, order, facts, moment)
        changed = _keep(session, order, pdf, moment) or changed
        stored = Stored(touched={order.customer_id} if changed else set())
        stored.counts["changed" if changed else "unchanged"] += 1
        intake.note(session, stored, moment, result)
    intake.progress(file.name, file.size, file.size)


def _order(session: Session, facts: InvoiceFacts) -> tuple[Order, str | None]:
    """The order that the invoice names, and its customer's ID."""
    here = Order.number == facts.order if facts.order else Order.invoice_number == facts.invoice
    query = select(Order, Customer.member_id).join(Customer, Customer.id == Order.customer_id)
    found = session.execute(query.where(here).limit(2)).all()
    if len(found) != 1:
        named = f"order {facts.order}" if facts.order else f"invoice {facts.invoice}"
        raise FileRefused(f"{named} is not known; the list that it stands in comes first")
    return found[0][0], found[0][1]


def _check(order: Order, member_id: str | None, facts: InvoiceFacts) -> None:
    """Refuse an invoice that says something else than what is known."""
    pairs: dict[str, tuple[Any, Any]] = {
        "invoice number": (facts.invoice, order.invoice_number),
        "order date": (facts.ordered, order.order_date),
        "total": (facts.total, order.total),
        "customer number": (facts.member, member_id),
    }
    for what, (said, known) in pairs.items():
        if None not in (said, known) and said != known:
            raise FileRefused(
                f"it does not fit order {order.number}: its {what} is {said}, known is {known}"
            )


def _enrich(session: Session, order: Order, facts: InvoiceFacts, moment: Moment) -> bool:
    """What the order's lists have not shown. Returns whether that changed anything."""
    missing = {"total": facts.total, "invoice_number": facts.invoice}
    fresh = {
        name: value
        for name, value in missing.items()
        if value is not None and getattr(order, name) is None
    }
    for name, value in fresh.items():
        setattr(order, name, value)
    lines = {order.id: facts.lines} if facts.lines and not order.lines_known else {}
    replace_lines(session, lines)
    if fresh or lines:
        order.changed_at = moment.now
    return bool(fresh or lines)


def _keep(session: Session, order: Order, pdf: bytes, moment: Moment) -> bool:
    """Store the PDF, unless one is there. A copy that waited for it is judged again."""
    insert_or_ignore(session, Invoice, [{"order_id": order.id, "state": "skipped"}])
    query = select(Invoice).where(Invoice.order_id == order.id, Invoice.pdf.is_(None))
    invoice = session.scalar(query.with_for_update())
    if invoice is None:
        return False
    invoice.pdf, invoice.fetched_at = pdf, moment.now
    if invoice.state == "skipped" and order.historic:
        invoice.reason = invoice.reason or "the order was old when it was first seen"
    elif invoice.state == "skipped":
        invoice.state, invoice.reason, invoice.next_copy_at = "due", None, moment.now
    return True
