"""The job `deliver-mail`: composes what is in the outbox and hands it to the mail server.

Before DATA a mail is committed as `sending`. Found so after its lease it is undecided: the server
may have it. Our own mails are sent again under the same Message-ID; a customer's copy waits for
a human. Our own go in small groups, a commit each; a copy has its commits to itself.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from email.utils import parseaddr

import structlog

from models.claims import Claim, Lease
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.outbox import Desk
from models.queues import DELIVERIES
from models.session import Database
from tasks.mail.envelope import Letter, load, write
from tasks.mail.hours import SendingHours
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

#: So many mails go over one connection: many servers close it after a hundred.
BATCH = 50

#: So many of our own mails share a commit; a worker that dies doubles no more than these.
GROUP = 5

#: With a slow server what was accepted is written down after this, however small the group.
WRITE_AFTER_SECONDS = 1.0


@dataclass(frozen=True)
class DeliveryOptions:
    """Who our mails are from, at which hours they leave, and for how long a batch is claimed."""

    desk: Desk
    identity: Identity
    lease: Lease
    hours: SendingHours = field(default_factory=SendingHours)


class Delivery:
    """One run: batches of due mails, a connection each."""

    def __init__(
        self, db: Database, clock: Clock, mailer: Mailer, options: DeliveryOptions, run: Run
    ) -> None:
        self.db, self.clock, self.mailer = db, clock, mailer
        self.options, self.run = options, run
        self.outbox = Outbox(db, clock, options.lease)
        self.sender = parseaddr(options.desk.sender)[1]

    def __call__(self) -> Counts:
        """Deliver all that is due. Raises JobFailed when the mail server can't be used."""
        while not self.run.stopping():
            held = take(self.db, self.clock, DELIVERIES, self.options.lease, BATCH)
            self.outbox.gave_up(held.parked)
            if not held.ids:
                break
            self.run.beat()
            self._batch(held)
        return +self.outbox.counts

    def _batch(self, held: Claim) -> None:
        waiting = deque(mail for mail in load(self.db, held) if self._may_leave(held, mail))
        if not waiting:
            return
        try:
            with self.mailer.session() as session:
                while waiting and not self.run.stopping():
                    self._group(session, held, waiting)
        except MailUnavailable as error:
            self.outbox.outage(held, [mail.id for mail in waiting], error)
            raise JobFailed(str(error)) from error
        finally:
            self.outbox.write_sent()
        self.outbox.put_back(held, [mail.id for mail in waiting])

    def _may_leave(self, held: Claim, mail: Mail) -> bool:
        if mail.kind is MailKind.INVOICE_COPY and mail.state is MailState.SENDING:
            self.outbox.park(held, mail.id, UNDECIDED)
            return False
        hours, now = self.options.hours, self.clock.now()
        until = None if mail.any_hour else hours.held_until(mail.kind, now)
        if until is not None:
            self.outbox.hold(held, mail.id, until)
        elif mail.state is MailState.SENDING:
            # Who sent it has died: the server may have it, and gets it under its old Message-ID.
            log.warning("mail undecided, sent again", subject=f"mail {mail.id}")
        return until is None

    def _group(self, session: MailSession, held: Claim, waiting: deque[Mail]) -> None:
        """Send the next few; what is left in `waiting` was not tried."""
        letters = self._ready(held, waiting)
        ours = self.outbox.begin(held, letters)
        begun = self.clock.now()
        for letter in letters:
            if self.run.stopping():
                return
            with structlog.contextvars.bound_contextvars(subject=f"mail {letter.mail.id}"):
                if letter.mail.id in ours:
                    self._send(session, held, letter)
                else:
                    self.outbox.lost()
            waiting.popleft()
            slow = (self.clock.now() - begun).total_seconds() > WRITE_AFTER_SECONDS
            if slow or letter.is_copy:
                self.outbox.write_sent()

    def _ready(self, held: Claim, waiting: deque[Mail]) -> list[Letter]:
        """The first letters of `waiting`, composed: some of our own, or one copy."""
        letters: list[Letter] = []
        while len(letters) < min(GROUP, len(waiting)):
            mail = waiting[len(letters)]
            if letters and MailKind.INVOICE_COPY in (mail.kind, letters[0].mail.kind):
                break
            try:
                letters.append(self._letter(mail))
            except (ValueError, KeyError) as error:
                del waiting[len(letters)]
                self.outbox.park(held, mail.id, f"it can't be composed: {error}")
        return letters

    def _letter(self, mail: Mail) -> Letter:
        options = self.options
        return write(self.db, mail, options.desk, options.identity, options.hours)

    def _send(self, session: MailSession, held: Claim, letter: Letter) -> None:
        mail = letter.mail
        try:
            session.send(letter.message, self.sender, letter.recipient)
        except MailRefused as error:
            self.outbox.park(held, mail.id, str(error))
        except MailDeferred as error:
            self.outbox.again(held, mail.id, str(error))
        except MailUndecided as error:
            self.outbox.undecided(held, mail, str(error))
            raise MailUnavailable(str(error)) from error
        else:
            self.outbox.accepted(mail.id)
