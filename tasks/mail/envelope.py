"""From an outbox row to a letter: its mail composed, with what goes along, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr

from sqlalchemy import select

from models.claims import Claim
from models.customer import Customer
from models.domain.values import MailKind
from models.mail import Mail
from models.order import Invoice, Order
from models.outbox import Desk
from models.session import Database
from tasks.mail.compose import WantedInvoice, compose
from tasks.mail.hours import SendingHours
from tasks.mail.message import Attachment, build
from tasks.mail.views import Identity


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that is ready to be handed over. `recipient` is a bare address."""

    mail: Mail
    subject: str
    recipient: str
    message: EmailMessage

    @property
    def is_copy(self) -> bool:
        """Whether a customer gets it: then it must never come twice."""
        return self.mail.kind is MailKind.INVOICE_COPY


def load(db: Database, held: Claim) -> list[Mail]:
    """The claimed mails that are still ours, most overdue first."""
    with db.read() as session:
        query = select(Mail).where(Mail.id.in_(held.ids), Mail.claim_token == held.token)
        found = {mail.id: mail for mail in session.scalars(query)}
    return [found[mail_id] for mail_id in held.ids if mail_id in found]


def write(db: Database, mail: Mail, desk: Desk, identity: Identity, hours: SendingHours) -> Letter:
    """Compose a mail. Raises ValueError or KeyError when its facts or its invoice are gone."""
    composed = compose(mail.kind, mail.language, mail.facts, identity)
    files, recipient = [], mail.recipient
    for wanted in composed.attachments_wanted:
        pdf, on_file = _invoice(db, mail, wanted)
        files.append(Attachment(wanted.filename, pdf))
        recipient = recipient if mail.any_hour else on_file
    message = build(
        composed,
        kind=mail.kind,
        sender=desk.sender,
        recipient=recipient,
        message_id=mail.message_id,
        date=_dated(mail, hours),
        in_reply_to=mail.in_reply_to,
        reply_to=_reply_to(mail, desk),
        attachments=files,
    )
    return Letter(mail, composed.subject, parseaddr(recipient)[1], message)


def _dated(mail: Mail, hours: SendingHours) -> datetime:
    """When it was written, or the first hour at which it could leave: the same at every try."""
    held = None if mail.any_hour else hours.held_until(mail.kind, mail.created_at)
    return held or mail.created_at


def _invoice(db: Database, mail: Mail, wanted: WantedInvoice) -> tuple[bytes, str]:
    """The PDF, and the address that is on file now. Raises ValueError: one, or consent, is gone."""
    with db.read() as session:
        pdf, customer = session.execute(
            select(Invoice.pdf, Customer)
            .join(Order, Order.id == Invoice.order_id)
            .join(Customer, Customer.id == Order.customer_id)
            .where(Invoice.id == mail.invoice_id)
        ).one_or_none() or (None, None)
        address = customer.address if customer is not None else None
    if pdf is None:
        raise ValueError(f"the invoice of order {wanted.order} is not stored any more")
    if customer is not None and customer.invoice_copies is False and not mail.any_hour:
        raise ValueError("the customer does not want copies any more")
    if address is None and not mail.any_hour:
        raise ValueError("no e-mail address of the customer is on file any more")
    return pdf, address or mail.recipient


def _reply_to(mail: Mail, desk: Desk) -> str | None:
    """A customer's answer reaches the consultant, also when another address sends for her."""
    if mail.kind is not MailKind.INVOICE_COPY or parseaddr(desk.sender)[1] == desk.consultant:
        return None
    return desk.consultant
