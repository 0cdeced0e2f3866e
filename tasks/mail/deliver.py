"""The job `deliver-mail`: composes what is in the outbox and hands it to the mail server.

Before DATA a mail is committed as `sending`. Found so after its lease it is undecided: the server
may have it. Our own mails are sent again under the same Message-ID; a customer's copy waits for
a human.
"""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr

import structlog
from sqlalchemy import select

from models import claims
from models.claims import Claim, Lease
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.order import Invoice
from models.outbox import Desk
from models.queues import DELIVERIES
from models.session import Database
from tasks.mail.compose import WantedInvoice, compose
from tasks.mail.message import Attachment, build
from tasks.mail.outcomes import UNDECIDED, Outbox
from tasks.mail.views import Identity
from tasks.ports import (
    Clock,
    MailDeferred,
    Mailer,
    MailRefused,
    MailSession,
    MailUnavailable,
    MailUndecided,
)
from tasks.run import Counts, JobFailed, Run
from tasks.taking import take

log = structlog.get_logger()

BATCH = 20


@dataclass(frozen=True)
class DeliveryOptions:
    """Who our mails are from, and for how long a batch is claimed."""

    desk: Desk
    identity: Identity
    lease: Lease


class Delivery:
    """One run: batches of due mails over one connection."""

    def __init__(
        self, db: Database, clock: Clock, mailer: Mailer, options: DeliveryOptions, run: Run
    ) -> None:
        self.db, self.clock, self.mailer = db, clock, mailer
        self.options, self.run = options, run
        self.outbox = Outbox(db, clock, options.lease)

    def __call__(self) -> Counts:
        """Deliver all that is due. Raises JobFailed when the mail server can't be used."""
        while not self.run.stopping():
            held = take(self.db, self.clock, DELIVERIES, self.options.lease, BATCH)
            self.outbox.gave_up(held.parked)
            if not held.ids:
                return +self.outbox.counts
            self.run.beat()
            self._batch(held)
        return +self.outbox.counts

    def _batch(self, held: Claim) -> None:
        waiting = [mail_id for mail_id in held.ids if not self._park_undecided(held, mail_id)]
        try:
            with self.mailer.session() as session:
                self.outbox.well()
                while waiting:
                    if self.run.stopping():
                        break
                    with structlog.contextvars.bound_contextvars(subject=f"mail {waiting[0]}"):
                        self._deliver(session, held, waiting[0])
                    waiting.pop(0)
        except MailUnavailable as error:
            self.outbox.outage(held, waiting, error)
            raise JobFailed(str(error)) from error
        if waiting:
            with self.db.write() as rows:
                claims.give_back(rows, DELIVERIES, held, waiting, self.clock.now())

    def _park_undecided(self, held: Claim, mail_id: int) -> bool:
        with self.db.read() as session:
            mail = session.get_one(Mail, mail_id)
            undecided = mail.state is MailState.SENDING and mail.kind is MailKind.INVOICE_COPY
        if undecided:
            self.outbox.park(held, mail_id, UNDECIDED)
        return undecided

    def _deliver(self, session: MailSession, held: Claim, mail_id: int) -> None:
        mail = self._begin(held, mail_id)
        if mail is None:
            return
        sender = self.options.desk.sender
        try:
            message = self._message(mail)
        except (ValueError, KeyError) as error:
            self.outbox.park(held, mail_id, f"it can't be composed: {error}")
            return
        self.outbox.commit_sending(held, mail_id, message["Subject"])
        try:
            session.send(message, parseaddr(sender)[1], parseaddr(mail.recipient)[1])
        except MailRefused as error:
            self.outbox.park(held, mail_id, str(error))
        except MailDeferred as error:
            self.outbox.again(held, mail_id, str(error))
        except MailUndecided as error:
            self.outbox.undecided(held, mail, str(error))
            raise MailUnavailable(str(error)) from error
        else:
            self.outbox.sent(held, mail_id)

    def _begin(self, held: Claim, mail_id: int) -> Mail | None:
        with self.db.read() as session:
            mail = session.get_one(Mail, mail_id)
            return mail if mail.claim_token == held.token else None

    def _message(self, mail: Mail) -> EmailMessage:
        options = self.options
        composed = compose(mail.kind, mail.language, mail.facts, options.identity)
        return build(
            composed,
            kind=mail.kind,
            sender=options.desk.sender,
            recipient=mail.recipient,
            message_id=mail.message_id,
            date=mail.created_at,
            list_unsubscribe=composed.list_unsubscribe,
            attachments=[self._invoice(mail, each) for each in composed.attachments_wanted],
        )

    def _invoice(self, mail: Mail, wanted: WantedInvoice) -> Attachment:
        with self.db.read() as session:
            pdf = session.scalar(select(Invoice.pdf).where(Invoice.id == mail.invoice_id))
        if pdf is None:
            raise ValueError(f"the invoice of order {wanted.order} is not stored any more")
        return Attachment(wanted.filename, pdf)
