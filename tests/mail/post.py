"""An outbox, its delivery, and a mailbox on loopback: what the tests of delivery share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from models.alert import Alert
from models.claims import Lease
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.outbox import Desk, queue_mail
from models.session import Database
from tasks.mail.deliver import Delivery, DeliveryOptions
from tasks.mail.smtp import SmtpMailer, SmtpServer
from tasks.run import Counts, Run
from tests.mail.samples import FACTS, IDENTITY
from tests.models.rows import add_customer, add_invoice, add_order
from tests.services.clock import START, FakeClock
from worker.simulator.mailbox import Mailbox

DESK = Desk("Orderwatch <watch@example.org>", "sabine@example.org", "ops@example.org", "de")
OPTIONS = DeliveryOptions(DESK, IDENTITY, Lease(timedelta(minutes=2), max_attempts=4))
ANNA = "anna@example.org"
PDF = b"%PDF-1.7 an invoice"


class Post:
    """The outbox, the delivery and the mailbox."""

    def __init__(self, db: Database, clock: FakeClock, box: Mailbox) -> None:
        self.db, self.clock, self.box = db, clock, box
        self.run, self.options = Run(), OPTIONS

    def queue(self, kind: MailKind = MailKind.ALERT, key: str = "alert:12:1:1") -> int:
        """Put a mail of our own into the outbox."""
        with self.db.write() as session:
            now = self.clock.now()
            return queue_mail(session, DESK, kind, DESK.consultant, FACTS[kind], key, now)

    def queue_copy(
        self, pdf: bytes | None = PDF, number: int = 1, to: str = ANNA, *, any_hour: bool = False
    ) -> int:
        """Put a customer's invoice copy into the outbox."""
        who: dict[str, Any] = {"email": ANNA, "member_id": f"47110{number:02}"}
        with self.db.write() as session:
            customer = add_customer(session, START, **who)
            order = add_order(session, customer, START, number=f"3700000{number:02}")
            invoice = add_invoice(session, order, None, state="queued", pdf=pdf).id
            kind, facts, key = MailKind.INVOICE_COPY, FACTS[MailKind.INVOICE_COPY], f"copy:{number}"
            return queue_mail(
                session, DESK, kind, to, facts, key, START, invoice, any_hour=any_hour
            )

    def deliver(self, server: SmtpServer | None = None) -> Counts:
        """Run the job, with another server than the mailbox if one is given."""
        mailer = SmtpMailer(server or SmtpServer(self.box.host, self.box.port, "none"))
        return Delivery(self.db, self.clock, mailer, self.options, self.run)()

    def mail(self, mail_id: int) -> Mail:
        """A mail as it is stored."""
        with self.db.read() as session:
            return session.get_one(Mail, mail_id)

    def alerts(self) -> dict[str, Alert]:
        """What the operator hears, by key."""
        with self.db.read() as session:
            return {alert.key: alert for alert in session.scalars(select(Alert))}

    def die_while_sending(self, mail_id: int) -> None:
        """Leave the mail as a process leaves it that was killed during DATA."""
        with self.db.write() as session:
            columns: dict[str, Any] = {"state": MailState.SENDING, "claim_token": "gone"}
            columns |= {"attempts": 1, "next_attempt_at": self.clock.now() + OPTIONS.lease.length}
            session.execute(update(Mail).where(Mail.id == mail_id).values(**columns))

    def cancel(self, mail_id: int) -> None:
        """As an erasure does: it is not sent any more, and nobody holds it."""
        with self.db.write() as session:
            columns: dict[str, Any] = {"state": MailState.CANCELLED, "claim_token": None}
            columns["next_attempt_at"] = None
            session.execute(update(Mail).where(Mail.id == mail_id).values(**columns))
