"""What becomes of a mail: every outcome of a delivery, a transaction each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update

from models import claims
from models.claims import Claim, ClaimLost, Lease
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.queues import DELIVERIES
from models.session import Database
from models.sources import record_failure, record_success
from models.system_alerts import close_system_alert, open_system_alert
from tasks.ports import Clock, MailUnavailable
from tasks.run import Counts

log = structlog.get_logger()

SOURCE = "smtp"

#: An outage of the mail server shorter than this many attempts is not worth an alert.
FAILURES_TO_REPORT = 3

UNDECIDED = "the server may have it already: look there, then `mail resend` or `mail mark-sent`"

#: How long all mail waits after the server could not be used, whatever its number of attempts.
OUTAGE_WAIT = timedelta(minutes=2)


class Outbox:
    """Writes the outcomes of one run, and counts them."""

    def __init__(self, db: Database, clock: Clock, lease: Lease) -> None:
        self.db, self.clock, self.lease = db, clock, lease
        self.counts = Counts()

    def commit_sending(self, held: Claim, mail_id: int, subject: str) -> None:
        with self.db.write() as session:
            claims.renew(
                session, DELIVERIES, Claim(held.token, (mail_id,)), self.lease, self._now()
            )
            session.execute(
                update(Mail)
                .where(Mail.id == mail_id)
                .values(state=MailState.SENDING, subject=str(subject))
            )

    def sent(self, held: Claim, mail_id: int) -> None:
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
        log.info("mail sent")

    def park(self, held: Claim, mail_id: int, reason: str) -> None:
        with self.db.write() as session:
            kind = session.get_one(Mail, mail_id).kind
            claims.park(session, DELIVERIES, held, mail_id, self._now(), reason)
            session.execute(update(Mail).where(Mail.id == mail_id).values(state=MailState.PARKED))
            if kind is not MailKind.OPERATOR:  # an alert about its own mail would never end
                detail = f"mail {mail_id} was parked: {reason}"
                open_system_alert(session, "job-parked", "deliver-mail", detail, self._now())
        self.counts["parked"] += 1
        log.warning("mail parked", reason=reason)

    def gave_up(self, mail_ids: Collection[int]) -> None:
        if mail_ids:
            with self.db.write() as session:
                session.execute(
                    update(Mail).where(Mail.id.in_(mail_ids)).values(state=MailState.PARKED)
                )
            self.counts["parked"] += len(mail_ids)

    def again(self, held: Claim, mail_id: int, reason: str) -> None:
        with self.db.write() as session:
            claims.fail(session, DELIVERIES, held, mail_id, self._now(), reason)
            session.execute(update(Mail).where(Mail.id == mail_id).values(state=MailState.QUEUED))
        self.counts["deferred"] += 1
        log.warning("mail deferred", reason=reason)

    def undecided(self, held: Claim, mail: Mail, reason: str) -> None:
        if mail.kind is MailKind.INVOICE_COPY:
            self.park(held, mail.id, f"{reason}; {UNDECIDED}")
        else:
            self.again(held, mail.id, reason)

    def outage(self, held: Claim, waiting: list[int], error: MailUnavailable) -> None:
        """Nobody's fault but the server's: all wait, none has lost an attempt."""
        now = self._now()
        with self.db.write() as session:
            ours = claims.still_held(session, DELIVERIES, held) & set(waiting)
            claims.give_back(session, DELIVERIES, held, ours, now + OUTAGE_WAIT)
            session.execute(update(Mail).where(Mail.id.in_(ours)).values(state=MailState.QUEUED))
            source = record_failure(session, SOURCE, now, str(error))
            if source.failures >= FAILURES_TO_REPORT:
                open_system_alert(session, "mail-failing", SOURCE, str(error), now)

    def well(self) -> None:
        with self.db.write() as session:
            record_success(session, SOURCE, self._now())
            close_system_alert(session, "mail-failing", SOURCE, self._now())

    def _now(self) -> datetime:
        return self.clock.now()
