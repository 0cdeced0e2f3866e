"""What becomes of a mail: every outcome of a delivery, a transaction each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from models import claims
from models.claims import Claim, ClaimLost, Lease
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.parking import tell_parked
from models.queues import DELIVERIES
from models.session import Database
from models.sources import record_failure, record_success, source_row
from models.system_alerts import close_system_alert, open_system_alert
from tasks.mail.envelope import Letter
from tasks.ports import Clock, MailUnavailable
from tasks.run import Counts

log = structlog.get_logger()

SOURCE = "smtp"

#: An outage of the mail server shorter than this many attempts is not worth an alert.
FAILURES_TO_REPORT = 3

UNDECIDED = "the server may have it already: look there, then `mail resend` or `mail mark-sent`"

#: How long all mail waits after the server could not be used: doubling, whatever its attempts.
OUTAGE_WAIT = timedelta(minutes=2)
LONGEST_OUTAGE_WAIT = timedelta(minutes=30)

#: While mail leaves it is noted so often that the server is well: five statements each time.
WELL_EVERY = timedelta(seconds=10)

_MAILS = Mail.metadata.tables[Mail.__tablename__]

#: Built once, as it is written with every few mails.
_SENT = (
    update(_MAILS)
    .where(_MAILS.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        state=MailState.SENT,
        sent_at=bindparam("now"),
        next_attempt_at=None,
        claim_token=None,
        error=None,
    )
)


def outage_wait(failures: int) -> timedelta:
    """The wait after so many failures of the server in a row."""
    doubled: timedelta = OUTAGE_WAIT * 2 ** min(failures - 1, 10)
    return min(doubled, LONGEST_OUTAGE_WAIT)


class Outbox:
    """Writes the outcomes of one run, and counts them."""

    def __init__(self, db: Database, clock: Clock, lease: Lease) -> None:
        self.db, self.clock, self.lease = db, clock, lease
        self.counts = Counts()
        self._accepted: list[int] = []
        self._well_at: datetime | None = None

    def begin(self, held: Claim, letters: Sequence[Letter]) -> frozenset[int]:
        """Commit, before DATA, that these are being sent. Returns which of them are still ours."""
        now = self._now()
        sending = {"state": MailState.SENDING, "next_attempt_at": now + self.lease.length}
        rows = {
            letter.mail.id: sending | {"subject": letter.subject, "recipient": letter.recipient}
            for letter in letters
        }
        with self.db.write() as session:
            self._settle(session, now)
            return claims.write_held(session, DELIVERIES, held, rows)

    def accepted(self, mail_id: int) -> None:
        """The server has taken it. Written with the next commit, at the latest at the end."""
        self._accepted.append(mail_id)
        log.info("mail sent")

    def write_sent(self) -> None:
        """Write down what the server has taken so far."""
        if self._accepted:
            with self.db.write() as session:
                self._settle(session, self._now())

    def _settle(self, session: Session, now: datetime) -> None:
        if not self._accepted:
            return
        # Without a look at the claim: we may have slept through it, but the server has the mail.
        session.execute(_SENT, {"ids": self._accepted, "now": now})
        if self._well_at is None or now - self._well_at > WELL_EVERY:
            self._well(session, now)
            self._well_at = now
        self.counts["sent"] += len(self._accepted)
        self._accepted.clear()

    def lost(self) -> None:
        """Somebody else has it meanwhile, or it was cancelled."""
        self.counts["lost"] += 1
        log.info("mail is no longer ours")

    @contextmanager
    def _outcome(self, name: str) -> Iterator[Session]:
        """The transaction of one mail's outcome: counted once it is written.

        A mail that was taken from us meanwhile is left as it is, and the batch goes on.
        """
        try:
            with self.db.write() as session:
                yield session
        except ClaimLost:
            self.lost()
        else:
            self.counts[name] += 1

    def hold(self, held: Claim, mail_id: int, until: datetime) -> None:
        """It is not the hour for it; that costs no attempt."""
        with self._outcome("held") as session:
            claims.give_back(session, DELIVERIES, held, [mail_id], until)

    def put_back(self, held: Claim, mail_ids: Collection[int]) -> None:
        """We are asked to stop: what was not tried is due at once."""
        if mail_ids:
            with self.db.write() as session:
                self._untouched(session, held, mail_ids, self._now())

    def _untouched(
        self, session: Session, held: Claim, mail_ids: Collection[int], due: datetime
    ) -> None:
        ours = claims.still_held(session, DELIVERIES, held) & set(mail_ids)
        if ours:
            claims.give_back(session, DELIVERIES, held, ours, due)
            session.execute(update(Mail).where(Mail.id.in_(ours)).values(state=MailState.QUEUED))

    def park(self, held: Claim, mail_id: int, reason: str) -> None:
        """It waits for a human, and the operator is told why."""
        with self._outcome("parked") as session:
            claims.park(session, DELIVERIES, held, mail_id, self._now(), reason)
            session.execute(update(Mail).where(Mail.id == mail_id).values(state=MailState.PARKED))
            kind = session.get_one(Mail, mail_id).kind
            if kind is not MailKind.OPERATOR:  # an alert about its own mail would never end
                detail = f"mail {mail_id} was parked: {reason}"
                tell_parked(session, DELIVERIES, detail, self._now())
            log.warning("mail parked", reason=reason)

    def gave_up(self, mail_ids: Collection[int]) -> None:
        if mail_ids:
            with self.db.write() as session:
                session.execute(
                    update(Mail).where(Mail.id.in_(mail_ids)).values(state=MailState.PARKED)
                )
            self.counts["parked"] += len(mail_ids)

    def again(self, held: Claim, mail_id: int, reason: str) -> None:
        """The server wants it later: it has used up an attempt."""
        with self._outcome("deferred") as session:
            claims.fail(session, DELIVERIES, held, mail_id, self._now(), reason)
            session.execute(update(Mail).where(Mail.id == mail_id).values(state=MailState.QUEUED))
            log.warning("mail deferred", reason=reason)

    def undecided(self, held: Claim, mail: Mail, reason: str) -> None:
        log.warning("mail undecided")
        if mail.kind is MailKind.INVOICE_COPY:
            self.park(held, mail.id, f"{reason}; {UNDECIDED}")
        else:
            self.again(held, mail.id, reason)

    def outage(self, held: Claim, waiting: Collection[int], error: MailUnavailable) -> None:
        """Nobody's fault but the server's: all wait, none has lost an attempt."""
        now = self._now()
        with self.db.write() as session:
            self._settle(session, now)
            source = record_failure(session, SOURCE, now, str(error))
            self._untouched(session, held, waiting, now + outage_wait(source.failures))
            if source.failures >= FAILURES_TO_REPORT:
                open_system_alert(session, "mail-failing", SOURCE, str(error), now)

    def _well(self, session: Session, now: datetime) -> None:
        """The server has taken a mail: an outage is over, and what waited for its end is due."""
        failed = source_row(session, SOURCE).failures
        record_success(session, SOURCE, now)
        close_system_alert(session, "mail-failing", SOURCE, now)
        if failed:
            waiting = (
                Mail.state == MailState.QUEUED,
                Mail.attempts == 0,
                Mail.claim_token.is_(None),
                Mail.next_attempt_at > now,
                Mail.next_attempt_at <= now + LONGEST_OUTAGE_WAIT,
            )
            session.execute(
                update(Mail)
                .where(*waiting)
                .values(next_attempt_at=now)
                .execution_options(synchronize_session=False)
            )

    def _now(self) -> datetime:
        return self.clock.now()
