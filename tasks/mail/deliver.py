"""The job `deliver-mail`: composes what is in the outbox and hands it to the mail server.

Before DATA a mail is committed as `sending`. Found so after its lease it is undecided: the server
may have it. Our own mails are sent again under the same Message-ID; a customer's copy waits for
a human.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import parseaddr

import structlog
from sqlalchemy import select, update

from models import claims
from models.claims import Claim, ClaimLost, Lease
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.order import Invoice
from models.outbox import Desk
from models.queues import DELIVERIES
from models.session import Database
from models.sources import record_failure, record_success
from models.system_alerts import close_system_alert, open_system_alert
from tasks.mail.compose import WantedInvoice, compose
from tasks.mail.message import Attachment, build
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
SOURCE = "smtp"

#: An outage of the mail server shorter than this many attempts is not worth an alert.
FAILURES_TO_REPORT = 3

UNDECIDED = "the server may have it already: look there, then `mail resend` or `mail mark-sent`"

#: How long all mail waits after the server could not be used, whatever its number of attempts.
OUTAGE_WAIT = timedelta(minutes=2)


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
        self.counts = Counts()

    def __call__(self) -> Counts:
        """Deliver all that is due. Raises JobFailed when the mail server can't be used."""
        while not self.run.stopping():
            held = take(self.db, self.clock, DELIVERIES, self.options.lease, BATCH)
            self._gave_up(held.parked)
            if not held.ids:
                return +self.counts
            self.run.beat()
            self._batch(held)
        return +self.counts

    def _batch(self, held: Claim) -> None:
        waiting = [mail_id for mail_id in held.ids if not self._park_undecided(held, mail_id)]
        try:
            with self.mailer.session() as session:
                self._well()
                while waiting:
                    if self.run.stopping():
                        break
                    self._deliver(session, held, waiting[0])
                    waiting.pop(0)
        except MailUnavailable as error:
            self._outage(held, waiting, error)
            raise JobFailed(str(error)) from error
        if waiting:
            with self.db.write() as rows:
                claims.give_back(rows, DELIVERIES, held, waiting, self.clock.now())

    def _park_undecided(self, held: Claim, mail_id: int) -> bool:
        with self.db.read() as session:
            mail = session.get_one(Mail, mail_id)
            undecided = mail.state is MailState.SENDING and mail.kind is MailKind.INVOICE_COPY
        if undecided:
            self._park(held, mail_id, UNDECIDED)
        return undecided

    def _deliver(self, session: MailSession, held: Claim, mail_id: int) -> None:
        mail = self._begin(held, mail_id)
        if mail is None:
            return
        sender = self.options.desk.sender
        try:
            message = self._message(mail)
        except (ValueError, KeyError) as error:
            self._park(held, mail_id, f"it can't be composed: {error}")
            return
        self._commit_sending(held, mail_id, message["Subject"])
        try:
            session.send(message, parseaddr(sender)[1], parseaddr(mail.recipient)[1])
        except MailRefused as error:
            self._park(held, mail_id, str(error))
        except MailDeferred as error:
            self._again(held, mail_id, str(error))
        except MailUndecided as error:
            self._undecided(held, mail, str(error))
            raise MailUnavailable(str(error)) from error
        else:
            self._sent(held, mail_id)

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

    # --- outcomes, each a transaction of its own --------------------------------------------------

    def _commit_sending(self, held: Claim, mail_id: int, subject: str) -> None:
        with self.db.write() as session:
            claims.renew(
                session, DELIVERIES, Claim(held.token, (mail_id,)), self.options.lease, self._now()
            )
            session.execute(
                update(Mail)
                .where(Mail.id == mail_id)
                .values(state=MailState.SENDING, subject=str(subject))
            )

    def _sent(self, held: Claim, mail_id: int) -> None:
        now = self._now()
        with self.db.write() as session:
            try:
                claims.finish(
                    session, DELIVERIES, held, [mail_id], None, state=MailState.SENT, sent_at=now
                )
            except ClaimLost:
                # We slept through the lease, but the server has taken the mail: that is the truth.
                session.execute(
                    update(Mail)
                    .where(Mail.id == mail_id)
                    .values(
                        state=MailState.SENT, sent_at=now, next_attempt_at=None, claim_token=None
                    )
                )
        self.counts["sent"] += 1

    def _park(self, held: Claim, mail_id: int, reason: str) -> None:
        with self.db.write() as session:
            kind = session.get_one(Mail, mail_id).kind
            claims.park(session, DELIVERIES, held, mail_id, self._now(), reason)
            session.execute(update(Mail).where(Mail.id == mail_id).values(state=MailState.PARKED))
            if kind is not MailKind.OPERATOR:  # an alert about its own mail would never end
                detail = f"mail {mail_id} was parked: {reason}"
                open_system_alert(session, "job-parked", "deliver-mail", detail, self._now())
        self.counts["parked"] += 1

    def _gave_up(self, mail_ids: Collection[int]) -> None:
        if mail_ids:
            with self.db.write() as session:
                session.execute(
                    update(Mail).where(Mail.id.in_(mail_ids)).values(state=MailState.PARKED)
                )
            self.counts["parked"] += len(mail_ids)

    def _again(self, held: Claim, mail_id: int, reason: str) -> None:
        with self.db.write() as session:
            claims.fail(session, DELIVERIES, held, mail_id, self._now(), reason)
            session.execute(update(Mail).where(Mail.id == mail_id).values(state=MailState.QUEUED))
        self.counts["deferred"] += 1

    def _undecided(self, held: Claim, mail: Mail, reason: str) -> None:
        if mail.kind is MailKind.INVOICE_COPY:
            self._park(held, mail.id, f"{reason}; {UNDECIDED}")
        else:
            self._again(held, mail.id, reason)

    def _outage(self, held: Claim, waiting: list[int], error: MailUnavailable) -> None:
        """Nobody's fault but the server's: all wait, none has lost an attempt."""
        now = self._now()
        with self.db.write() as session:
            ours = claims.still_held(session, DELIVERIES, held) & set(waiting)
            claims.give_back(session, DELIVERIES, held, ours, now + OUTAGE_WAIT)
            session.execute(update(Mail).where(Mail.id.in_(ours)).values(state=MailState.QUEUED))
            source = record_failure(session, SOURCE, now, str(error))
            if source.failures >= FAILURES_TO_REPORT:
                open_system_alert(session, "mail-failing", SOURCE, str(error), now)

    def _well(self) -> None:
        with self.db.write() as session:
            record_success(session, SOURCE, self._now())
            close_system_alert(session, "mail-failing", SOURCE, self._now())

    def _now(self) -> datetime:
        return self.clock.now()
