"""An invoice that somebody asks for by hand: to keep it, or to send it now."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.claims import set_due
from models.customer import Customer
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.order import Invoice, Order
from models.outbox import queue_mail
from models.parking import end_if_none
from models.queues import COPIES
from models.session import Database
from models.upsert import insert_or_ignore
from tasks.invoices.copies import CopyOptions, copy_case, copy_facts
from tasks.invoices.rules import why_not
from tasks.ports import Clock, OrderSource


class CopyRefused(Exception):
    """Not done; the text is the one clear line that says why, and what would be right."""


class NoSuchOrder(CopyRefused):
    """The number is not known."""


@dataclass(frozen=True)
class Queued:
    """A copy that is in the outbox now: its mail's row ID, and to whom."""

    mail_id: int
    recipient: str


def invoice_of(db: Database, source: OrderSource | None, number: str) -> bytes:
    """The PDF of an order's invoice: the stored one, else from the source; nothing is stored.

    Raises CopyRefused, and what the source raises.
    """
    with db.read() as session:
        order = _order(session, number)
        pdf = session.scalar(select(Invoice.pdf).where(Invoice.order_id == order.id))
    if pdf is not None:
        return pdf
    if source is None:
        raise CopyRefused(
            f"the invoice of order {number} is not stored; import its PDF, or set "
            "ORDERWATCH_BACKOFFICE__ENABLED=true to fetch it"
        )
    return source.invoice_pdf(number)


def send_by_hand(
    db: Database,
    clock: Clock,
    source: OrderSource | None,
    options: CopyOptions,
    number: str,
    to: str | None,
) -> Queued:
    """Queue the copy of an order: to the customer if she agreed, or to the address `to`.

    Raises CopyRefused, and what the source raises.
    """
    with db.read() as session:
        _check(session, options, number, to)
    pdf = invoice_of(db, source, number)
    now = clock.now()
    with db.write() as session:
        order, customer, recipient = _check(session, options, number, to)
        row = {"order_id": order.id, "state": "skipped", "reason": "it was asked for by hand"}
        insert_or_ignore(session, Invoice, [row])
        invoice = session.scalars(select(Invoice).where(Invoice.order_id == order.id)).one()
        invoice.pdf, invoice.fetched_at = pdf, invoice.fetched_at or now
        if to is None:
            invoice.state, invoice.reason = "queued", None
            set_due(COPIES, invoice, None)
            session.flush()
            end_if_none(session, COPIES, now)
        mail_id = queue_mail(
            session, options.desk, MailKind.INVOICE_COPY, recipient,
            copy_facts(order, customer), _key(number, to), now, invoice.id,
            any_hour=to is not None,
        )  # fmt: skip
    return Queued(mail_id, recipient)


def _order(session: Session, number: str) -> Order:
    order = session.scalar(select(Order).where(Order.number == number))
    if order is None:
        raise NoSuchOrder(f"no order has the number {number}; `orderwatch orders list` shows all")
    return order


def _key(number: str, to: str | None) -> str:
    """A customer's copy exists once, however it came about; so does each one to an address."""
    key = f"{MailKind.INVOICE_COPY}:{number}"
    return f"{key}:{to.lower()}" if to else key


def _check(
    session: Session, options: CopyOptions, number: str, to: str | None
) -> tuple[Order, Customer, str]:
    """The order, its customer and the recipient. Raises CopyRefused."""
    order = _order(session, number)
    customer = session.get_one(Customer, order.customer_id)
    # Whoever asks by hand knows that an order is old or her own; consent is another matter.
    case = copy_case(order, customer, options.mode, by_hand=True)
    refusal = None if to else why_not(case, options.timezone)
    if refusal:
        raise CopyRefused(f"not sent: {refusal}; --to ADDRESS sends it to an address you name")
    _not_yet(session, number, to)
    recipient = to or customer.address
    assert recipient is not None, "without an address there is a refusal"
    return order, customer, recipient


def _not_yet(session: Session, number: str, to: str | None) -> None:
    mail = session.scalar(select(Mail).where(Mail.dedupe_key == _key(number, to)))
    if mail is None:
        return
    if mail.state is MailState.CANCELLED:
        advice = "--to ADDRESS sends it all the same"
    elif mail.state in (MailState.QUEUED, MailState.SENDING):
        advice = "it leaves by itself"
    else:
        advice = f"`orderwatch mail resend {mail.id}` sends it again"
    raise CopyRefused(
        f"the copy of order {number} is mail {mail.id} already ({mail.state.value}); {advice}"
    )
