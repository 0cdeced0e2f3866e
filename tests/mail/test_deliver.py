"""Delivery over a real SMTP server: nothing is lost, and a customer gets nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from models.alert import Alert
from models.claims import Lease
from models.domain.values import AlertState, MailKind, MailState
from models.mail import Mail
from models.order import Invoice
from models.outbox import Desk, queue_mail
from models.session import Database
from models.source import Source
from tasks.mail.deliver import Delivery, DeliveryOptions
from tasks.mail.outcomes import LONGEST_OUTAGE_WAIT, OUTAGE_WAIT, outage_wait
from tasks.mail.smtp import SmtpMailer, SmtpServer
from tasks.run import Counts, JobFailed, Run
from tests.mail.samples import FACTS, IDENTITY
from tests.models.rows import add_customer, add_invoice, add_order
from tests.services.clock import START, FakeClock
from tests.services.redis_server import free_port
from worker.simulator.mailbox import Mailbox, Refusal

DESK = Desk("Orderwatch <watch@example.org>", "sabine@example.org", "ops@example.org", "de")
OPTIONS = DeliveryOptions(DESK, IDENTITY, Lease(timedelta(minutes=2), max_attempts=4))
ANNA = "anna@example.org"
PDF = b"%PDF-1.7 an invoice"


class Post:
    """The outbox, the delivery and the mailbox."""

    def __init__(self, db: Database, clock: FakeClock, box: Mailbox) -> None:
        self.db, self.clock, self.box = db, clock, box
        self.run = Run()

    def queue(self, kind: MailKind = MailKind.ALERT, key: str = "alert:12:1:1") -> int:
        """Put a mail of our own into the outbox."""
        with self.db.write() as session:
            now = self.clock.now()
            return queue_mail(session, DESK, kind, DESK.consultant, FACTS[kind], key, now)

    def queue_copy(self, pdf: bytes | None = PDF) -> int:
        """Put a customer's invoice copy into the outbox."""
        with self.db.write() as session:
            order = add_order(session, add_customer(session, START, email=ANNA), START)
            invoice = add_invoice(session, order, None, state="queued", pdf=pdf).id
            kind, facts = MailKind.INVOICE_COPY, FACTS[MailKind.INVOICE_COPY]
            return queue_mail(session, DESK, kind, ANNA, facts, "copy:1", START, invoice)

    def deliver(self) -> Counts:
        """Run the job."""
        mailer = SmtpMailer(SmtpServer(self.box.host, self.box.port, "none"))
        return Delivery(self.db, self.clock, mailer, OPTIONS, self.run)()

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


@pytest.fixture
def post(database_url: str, clock: FakeClock) -> Iterator[Post]:
    """An empty outbox, and a mailbox that takes everything."""
    db = Database(database_url)
    with Mailbox() as box:
        yield Post(db, clock, box)
    db.close()


def test_a_mail_is_sent_once(post: Post) -> None:
    """It arrives under its Message-ID, and is not sent again."""
    row = post.queue()
    assert post.deliver() == Counts(sent=1)
    assert post.deliver() == Counts()
    (received,) = post.box.all()
    mail = post.mail(row)
    assert (mail.state, mail.sent_at, mail.next_attempt_at) == (MailState.SENT, START, None)
    assert (received.message_id, received.kind) == (mail.message_id, "alert")
    assert (received.sender, received.recipients) == ("watch@example.org", ("sabine@example.org",))
    assert received.subject == mail.subject


def test_many_mails_go_over_one_run(post: Post) -> None:
    """More than a batch: all of them, each once."""
    for n in range(45):
        post.queue(MailKind.OPERATOR, f"operator:{n}")
    assert post.deliver() == Counts(sent=45)
    assert len({mail.message_id for mail in post.box.all()}) == len(post.box.all()) == 45


def test_a_copy_carries_its_invoice(post: Post) -> None:
    """The customer gets the PDF, not a promise of one."""
    post.queue_copy()
    post.deliver()
    (received,) = post.box.all(recipient=ANNA)
    (attachment,) = received.message.iter_attachments()
    assert attachment.get_content() == PDF
    assert received.message["List-Unsubscribe"]


def test_a_copy_without_its_invoice_waits_for_a_human(post: Post) -> None:
    """A mail that can't be composed is parked and reported, and the others go out."""
    copy, alert = post.queue_copy(pdf=None), post.queue()
    assert post.deliver() == Counts(sent=1, parked=1)
    assert post.mail(copy).state is MailState.PARKED
    assert "is not stored any more" in (post.mail(copy).error or "")
    assert post.mail(alert).state is MailState.SENT
    assert post.alerts()["job-parked:deliver-mail"].state is AlertState.OPEN


def test_facts_that_lack_something_are_parked(post: Post) -> None:
    """A defect of ours in one mail holds up no other one."""
    with post.db.write() as session:
        bad = queue_mail(session, DESK, MailKind.ALERT, DESK.consultant, {}, "alert:bad", START)
    good = post.queue()
    assert post.deliver() == Counts(sent=1, parked=1)
    assert (post.mail(bad).state, post.mail(good).state) == (MailState.PARKED, MailState.SENT)


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_deferred_mail_is_tried_later(post: Post, stage: Any) -> None:
    """Greylisting (4xx) delays a mail by its back-off, and delays no other."""
    copy, alert = post.queue_copy(), post.queue()
    post.box.refuse(Refusal(450, "try later", stage, recipient=ANNA, times=2))
    assert post.deliver() == Counts(sent=1, deferred=1)
    mail = post.mail(copy)
    assert (mail.state, mail.attempts) == (MailState.QUEUED, 1)
    assert "450 try later" in (mail.error or "")
    assert post.mail(alert).state is MailState.SENT
    assert post.deliver() == Counts()
    post.clock.advance(minutes=1)
    assert post.deliver() == Counts(deferred=1)
    post.clock.advance(minutes=1)
    assert post.deliver() == Counts()
    post.clock.advance(minutes=1)
    assert post.deliver() == Counts(sent=1)
    assert len(post.box.all(recipient=ANNA)) == 1
    assert post.mail(copy).error is None


def test_a_mail_that_is_deferred_for_ever_is_parked(post: Post) -> None:
    """After the last attempt the operator hears of it, once."""
    row = post.queue()
    post.box.refuse(Refusal(450, "try later"))
    for _ in range(8):
        post.deliver()
        post.clock.advance(hours=3)
    mail = post.mail(row)
    assert (mail.state, mail.attempts) == (MailState.PARKED, 4)
    assert mail.parked_at is not None
    assert set(post.alerts()) == {"job-parked:mails"}


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_refused_mail_is_parked_and_told(post: Post, stage: Any) -> None:
    """An address that does not exist (5xx) is not tried again; the operator is told why."""
    row = post.queue_copy()
    post.box.refuse(Refusal(550, "no such user", stage))
    assert post.deliver() == Counts(parked=1)
    post.clock.advance(days=1)
    assert post.deliver() == Counts()
    mail = post.mail(row)
    assert (mail.state, mail.next_attempt_at) == (MailState.PARKED, None)
    alert = post.alerts()["job-parked:deliver-mail"]
    assert "550 no such user" in str(alert.details["detail"])


def test_a_refused_operator_mail_makes_no_alert(post: Post) -> None:
    """An alert about a mail about an alert would never end."""
    row = post.queue(MailKind.OPERATOR, "operator:1")
    post.box.refuse(Refusal(550, "no such user"))
    post.deliver()
    assert post.mail(row).state is MailState.PARKED
    assert post.alerts() == {}


def test_an_alert_that_was_cut_off_is_sent_again(post: Post) -> None:
    """The server may have it: the second one has the same Message-ID, so that it shows once."""
    row = post.queue()
    post.box.refuse(Refusal(0, stage="data", times=1, kept=True))
    with pytest.raises(JobFailed, match="broke off while it took the mail"):
        post.deliver()
    assert (post.mail(row).state, post.mail(row).attempts) == (MailState.QUEUED, 1)
    post.clock.advance(minutes=1)
    assert post.deliver() == Counts(sent=1)
    assert post.box.count(post.mail(row).message_id) == 2


def test_a_copy_that_was_cut_off_waits_for_a_human(post: Post) -> None:
    """A customer never gets her invoice twice because a line broke."""
    row = post.queue_copy()
    post.box.refuse(Refusal(0, stage="data", times=1, kept=True))
    with pytest.raises(JobFailed):
        post.deliver()
    post.clock.advance(days=2)
    assert post.deliver() == Counts()
    assert post.mail(row).state is MailState.PARKED
    assert "the server may have it already" in (post.mail(row).error or "")
    assert post.box.count(post.mail(row).message_id) == 1
    assert "job-parked:deliver-mail" in post.alerts()


def test_who_waits_behind_a_cut_loses_no_attempt(post: Post) -> None:
    """The other mails of the batch are as they were, and go out after the wait."""
    post.queue(key="alert:1:1:1")
    other = post.queue(key="alert:2:1:1")
    post.box.refuse(Refusal(0, stage="data", times=1))
    with pytest.raises(JobFailed):
        post.deliver()
    assert (post.mail(other).attempts, post.mail(other).state) == (0, MailState.QUEUED)
    post.clock.advance(seconds=OUTAGE_WAIT.total_seconds())
    assert post.deliver() == Counts(sent=2)


def test_a_process_killed_while_sending_an_alert(post: Post) -> None:
    """After its lease the alert is sent, under the same Message-ID."""
    row = post.queue()
    post.die_while_sending(row)
    assert post.deliver() == Counts()
    post.clock.advance(minutes=2)
    assert post.deliver() == Counts(sent=1)
    assert post.box.count(post.mail(row).message_id) == 1


def test_a_process_killed_while_sending_a_copy(post: Post) -> None:
    """After its lease the copy waits for a human, also while the server is down."""
    row = post.queue_copy()
    post.die_while_sending(row)
    post.clock.advance(minutes=2)
    post.box.stop()
    with suppress(JobFailed):
        post.deliver()
    assert post.mail(row).state is MailState.PARKED
    post.box.start()
    post.clock.advance(days=1)
    assert post.deliver() == Counts()
    assert post.box.all() == []


def test_while_the_server_is_down_nobody_loses_an_attempt(post: Post) -> None:
    """A provider's bad day parks nothing, and everything goes out afterwards."""
    rows = [post.queue(key=f"alert:{n}:1:1") for n in range(3)] + [post.queue_copy()]
    post.box.stop()
    for _ in range(OPTIONS.lease.max_attempts + 2):
        with pytest.raises(JobFailed, match=r"mail server 127\.0\.0\.1:\d+ can't be used"):
            post.deliver()
        post.clock.advance(seconds=LONGEST_OUTAGE_WAIT.total_seconds())
    assert {(post.mail(row).attempts, post.mail(row).state) for row in rows} == {
        (0, MailState.QUEUED)
    }
    post.box.start()
    assert post.deliver() == Counts(sent=4)
    assert len(post.box.all()) == 4


class NoSender:
    """A server that refuses our sender, as one does that wants a login or another address."""

    async def handle_MAIL(self, *_: object) -> str:  # noqa: N802 - the library's name
        """The answer to MAIL FROM."""
        return "550 sender not allowed"


def test_a_refused_sender_parks_nothing(post: Post) -> None:
    """A wrong setting meets every mail: all wait for it to be put right, none is given up."""
    rows = [post.queue(), post.queue_copy()]
    server = Controller(NoSender(), hostname="127.0.0.1", port=free_port())
    server.start()
    mailer = SmtpMailer(SmtpServer("127.0.0.1", server.port, "none"))
    refused = "refuses the sender: 550 sender not allowed; check SMTP__FROM"
    try:
        with pytest.raises(JobFailed, match=refused):
            Delivery(post.db, post.clock, mailer, OPTIONS, post.run)()
    finally:
        server.stop()
    assert {(post.mail(row).state, post.mail(row).attempts) for row in rows} == {
        (MailState.QUEUED, 0)
    }
    post.clock.advance(seconds=OUTAGE_WAIT.total_seconds())
    assert post.deliver() == Counts(sent=2)


def test_an_outage_is_one_alert_with_an_end(post: Post) -> None:
    """Short trouble is not worth an alert; three failures are, once; success ends it."""
    post.queue()
    post.box.stop()
    for failures in range(1, 6):
        with pytest.raises(JobFailed):
            post.deliver()
        with post.db.read() as session:
            assert session.get_one(Source, "smtp").failures == failures
        assert ("mail-failing:smtp" in post.alerts()) is (failures >= 3)
        post.clock.advance(seconds=outage_wait(failures).total_seconds())
    alert = post.alerts()["mail-failing:smtp"]
    assert (alert.state, alert.episode) == (AlertState.OPEN, 1)
    post.box.start()
    post.deliver()
    assert post.alerts()["mail-failing:smtp"].state is AlertState.RESOLVED
    with post.db.read() as session:
        assert session.get_one(Source, "smtp").failures == 0


def test_a_stop_leaves_the_rest_untouched(post: Post) -> None:
    """After SIGTERM the mail in hand is finished; the others are due at once, none has lost."""
    rows = [post.queue(key=f"alert:{n}:1:1") for n in range(3)]
    post.run = Run(stopping=lambda: len(post.box.all()) >= 1)
    assert post.deliver() == Counts(sent=1)
    left = [post.mail(row) for row in rows if post.mail(row).state is MailState.QUEUED]
    assert [(mail.attempts, mail.claim_token) for mail in left] == [(0, None)] * 2
    post.run = Run()
    assert post.deliver() == Counts(sent=2)


def test_the_invoice_itself_is_left_as_it_is(post: Post) -> None:
    """Delivery reads the PDF and changes nothing of it: retention decides when it goes."""
    post.queue_copy()
    post.deliver()
    with post.db.read() as session:
        assert session.scalars(select(Invoice.pdf)).one() == PDF
