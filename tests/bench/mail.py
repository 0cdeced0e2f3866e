"""Mail: composed from facts and sent, against a bare loop that sends the same mails ready-made."""

from __future__ import annotations

import smtplib
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from models.claims import Lease
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.outbox import Desk, queue_mail
from models.session import Database
from tasks.mail.compose import compose
from tasks.mail.deliver import Delivery, DeliveryOptions
from tasks.mail.headers import wire
from tasks.mail.message import build
from tasks.mail.smtp import SmtpMailer, SmtpServer
from tasks.run import Run
from tests.bench.ground import DATABASES, RUNS, Figures, Ground, figure, named, serving
from tests.mail.samples import FACTS, IDENTITY
from tests.services.clock import FakeClock
from worker.simulator.mailbox import HOST

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)

DESK = Desk("Orderwatch <watch@example.org>", "sabine@example.org", "ops@example.org", "de")

#: What a day brings: mostly alerts, some of each other kind of our own.
KINDS = (
    MailKind.ALERT, MailKind.ALERT, MailKind.ALERT, MailKind.REMINDER, MailKind.ALL_CLEAR,
    MailKind.DIGEST, MailKind.CASE_REMINDER, MailKind.OPERATOR,
)  # fmt: skip


MAILS = 500


def figures(ground: Ground) -> Figures:
    """Mails per second, composed and sent, against the same ones sent ready-made."""
    found: Figures = {}
    with serving("mail_server") as port:
        for database in DATABASES:
            db = ground.fresh(database)
            ready = fill(db, MAILS)
            pairs = [(ours(db, int(port), MAILS), bare(int(port), ready)) for _ in range(RUNS)]
            db.close()
            found[named("mail", database)] = figure(*map(list, zip(*pairs, strict=True)))
    return found


def fill(db: Database, mails: int) -> list[bytes]:
    """So many mails in the outbox, all due. Returns them ready-made."""
    with db.write() as session:
        for n in range(mails):
            kind = KINDS[n % len(KINDS)]
            queue_mail(session, DESK, kind, DESK.consultant, FACTS[kind], f"bench:{n}", NOW)
    with db.read() as session:
        return [_ready(mail) for mail in session.scalars(select(Mail).order_by(Mail.id))]


def _ready(mail: Mail) -> bytes:
    message = build(
        compose(mail.kind, mail.language, mail.facts, IDENTITY),
        kind=mail.kind,
        sender=DESK.sender,
        recipient=mail.recipient,
        message_id=mail.message_id,
        date=mail.created_at,
    )
    return wire(message)


def bare(port: int, ready: list[bytes]) -> float:
    """Mails sent per second by a bare loop over one connection."""
    begin = time.perf_counter()
    with smtplib.SMTP(HOST, port) as connection:
        for content in ready:
            connection.sendmail("watch@example.org", [DESK.consultant], content)
    return len(ready) / (time.perf_counter() - begin)


def ours(db: Database, port: int, mails: int) -> float:
    """Mails delivered per second: claim, compose, commit, send, commit."""
    with db.write() as session:
        again = "UPDATE mails SET state = :state, next_attempt_at = created_at, attempts = 0"
        session.execute(text(again), {"state": MailState.QUEUED.value})
    mailer = SmtpMailer(SmtpServer(HOST, port, "none"))
    options = DeliveryOptions(DESK, IDENTITY, Lease(timedelta(minutes=5), 8))
    begin = time.perf_counter()
    counts = Delivery(db, FakeClock(NOW), mailer, options, Run())()
    seconds = time.perf_counter() - begin
    assert counts["sent"] == mails, counts
    return mails / seconds
