"""Delivery over a real SMTP server: nothing is lost, and a customer gets nothing twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select, update
from structlog.testing import capture_logs

from models.customer import Customer
from models.domain.hours import CourtesyHours, QuietHours
from models.domain.values import AlertState, MailKind, MailState
from models.domain.workdays import Workdays
from models.mail import Mail
from models.order import Invoice
from models.outbox import queue_mail
from models.queues import DELIVERIES
from models.source import Source
from models.sources import record_failure
from tasks.mail.deliver import GROUP, Delivery
from tasks.mail.hours import SendingHours
from tasks.mail.outcomes import LONGEST_OUTAGE_WAIT, OUTAGE_WAIT, Outbox, outage_wait
from tasks.mail.smtp import SmtpMailer, SmtpServer
from tasks.run import Counts, JobFailed, Run
from tasks.taking import take
from tests.mail.post import ANNA, DESK, OPTIONS, PDF, Post
from tests.mail.samples import FACTS
from tests.services.clock import START
from tests.services.redis_server import free_port
from worker.simulator.mailbox import Refusal


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


def test_nobody_gets_a_copy_who_does_not_want_it(post: Post) -> None:
    """A parked copy that is given another chance after she said no; one sent by hand leaves."""
    unwanted, by_hand = post.queue_copy(), post.queue_copy(number=2, any_hour=True)
    with post.db.write() as session:
        session.execute(update(Customer).values(invoice_copies=False))
    assert post.deliver() == Counts(sent=1, parked=1)
    assert post.mail(unwanted).state is MailState.PARKED
    assert post.mail(by_hand).state is MailState.SENT


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
    assert post.alerts()["job-parked:mails"].state is AlertState.OPEN


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
    alert = post.alerts()["job-parked:mails"]
    assert "550 no such user" in str(alert.details["detail"])


def test_a_refused_operator_mail_makes_no_alert(post: Post) -> None:
    """An alert about a mail about an alert would never end."""
    row = post.queue(MailKind.OPERATOR, "operator:1")
    post.box.refuse(Refusal(550, "no such user"))
    post.deliver()
    assert post.mail(row).state is MailState.PARKED
    assert post.alerts() == {}


@pytest.mark.parametrize("code", [450, 550])
def test_a_mail_cancelled_while_the_server_refuses_it_holds_up_no_other(
    post: Post, code: int
) -> None:
    """An erasure wins over the server's answer: it stays cancelled, and the rest goes out."""
    gone, other = post.queue_copy(), post.queue()

    def cancel_in_between() -> bool:
        if post.mail(gone).state is MailState.SENDING:
            post.cancel(gone)
        return False

    post.run = Run(stopping=cancel_in_between)
    post.box.refuse(Refusal(code, "not now", recipient=ANNA))
    assert post.deliver() == Counts(sent=1, lost=1)
    assert (post.mail(gone).state, post.mail(other).state) == (MailState.CANCELLED, MailState.SENT)
    assert (post.mail(gone).next_attempt_at, post.alerts()) == (None, {})


def test_a_mail_cancelled_before_it_is_held_stays_cancelled(post: Post) -> None:
    """The hours hold what is still ours; what is not is counted and left alone."""
    gone = post.queue()
    held = take(post.db, post.clock, DELIVERIES, OPTIONS.lease, 2)
    outbox = Outbox(post.db, post.clock, OPTIONS.lease)
    post.cancel(gone)
    outbox.hold(held, gone, START)
    assert outbox.counts == Counts(lost=1)
    assert (post.mail(gone).state, post.mail(gone).next_attempt_at) == (MailState.CANCELLED, None)


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
    assert "job-parked:mails" in post.alerts()


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
    """After its lease the alert is sent, under the same Message-ID; the log says that it was."""
    row = post.queue()
    post.die_while_sending(row)
    assert post.deliver() == Counts()
    post.clock.advance(minutes=2)
    with capture_logs() as said:
        assert post.deliver() == Counts(sent=1)
    assert post.box.count(post.mail(row).message_id) == 1
    (line,) = [line for line in said if "undecided" in line["event"]]
    assert line["subject"] == f"mail {row}"


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


def test_what_waited_for_the_end_of_an_outage_leaves_at_its_end(post: Post) -> None:
    """The first mail that the server takes brings the others with it, however long they waited."""
    late = post.queue(key="alert:1")
    post.box.stop()
    for failures in range(1, 6):
        with pytest.raises(JobFailed):
            post.deliver()
        post.clock.advance(seconds=outage_wait(failures).total_seconds())
    with pytest.raises(JobFailed):
        post.deliver()
    post.box.start()
    post.clock.advance(minutes=1)
    assert post.deliver() == Counts()
    post.queue(key="alert:2")
    assert post.deliver() == Counts(sent=2)
    assert post.mail(late).state is MailState.SENT


def test_an_outage_that_another_process_met_ends_within_a_long_run(small_post: Post) -> None:
    """Not every mail notes that the server is well, but one does every few seconds."""
    post = small_post
    for n in range(8):
        post.queue(key=f"alert:{n}")

    def time_passes() -> bool:
        post.clock.advance(seconds=3)
        if len(post.box.all()) == 1:
            with post.db.write() as session:
                record_failure(session, "smtp", post.clock.now(), "refused")
        return False

    post.run = Run(stopping=time_passes)
    assert post.deliver() == Counts(sent=8)
    with post.db.read() as session:
        assert session.get_one(Source, "smtp").failures == 0


def test_a_server_that_takes_connections_and_no_mail_is_an_outage(post: Post) -> None:
    """It answers and breaks off each time: the wait grows, and the operator hears of it."""
    post.queue(key="alert:1")
    for failures in range(1, 4):
        post.box.refuse(Refusal(0, stage="rcpt", times=1))
        with pytest.raises(JobFailed):
            post.deliver()
        with post.db.read() as session:
            assert session.get_one(Source, "smtp").failures == failures
        post.clock.advance(seconds=outage_wait(failures).total_seconds())
    assert post.alerts()["mail-failing:smtp"].state is AlertState.OPEN


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


def test_a_copy_goes_to_the_address_on_file(post: Post) -> None:
    """Her address changed while the copy waited: the new one is right."""
    row = post.queue_copy()
    with post.db.write() as session:
        session.execute(update(Customer).values(email_told="new@example.org"))
    assert post.deliver() == Counts(sent=1)
    (received,) = post.box.all()
    assert received.recipients == ("new@example.org",)
    assert post.mail(row).recipient == "new@example.org"


def test_a_copy_without_an_address_on_file_is_parked(post: Post) -> None:
    """Nothing goes to an address that is not hers any more."""
    post.queue_copy()
    with post.db.write() as session:
        session.execute(update(Customer).values(email=None))
    assert post.deliver() == Counts(parked=1)
    assert post.box.all() == []


def test_a_copy_by_hand_goes_where_it_was_told(post: Post) -> None:
    """Whoever named an address meant it."""
    post.queue_copy(to="office@example.org", any_hour=True)
    post.deliver()
    assert [mail.recipients for mail in post.box.all()] == [("office@example.org",)]


def test_a_customers_answer_reaches_the_consultant(post: Post) -> None:
    """The sender may be a robot's address; "just reply to this mail" has to hold all the same."""
    post.queue_copy()
    post.queue()
    post.deliver()
    copy, alert = post.box.all("invoice-copy") + post.box.all("alert")
    assert copy.message["Reply-To"] == DESK.consultant
    assert alert.message["Reply-To"] is None


def test_a_reminder_answers_its_alert(post: Post) -> None:
    """The thread is on the wire, not only in the outbox."""
    with post.db.write() as session:
        kind, facts = MailKind.REMINDER, FACTS[MailKind.REMINDER]
        queue_mail(session, DESK, kind, DESK.consultant, facts, "r", START, in_reply_to="<1@x.de>")
    post.deliver()
    (received,) = post.box.all()
    assert received.message["In-Reply-To"] == received.message["References"] == "<1@x.de>"


SATURDAY_EVENING = datetime(2026, 10, 24, 19, 30, tzinfo=UTC)  # 21:30 in Germany


def test_hours_hold_the_mail_and_cost_no_attempt(post: Post) -> None:
    """An alert waits for the morning, a customer's copy for Monday; the rest goes at once."""
    zone = ZoneInfo("Europe/Berlin")
    quiet = QuietHours(time(21), time(7), zone)
    courtesy = CourtesyHours(time(8), time(20), zone, Workdays().is_day_of_rest)
    post.options = replace(OPTIONS, hours=SendingHours(quiet, courtesy))
    post.clock.set(SATURDAY_EVENING)
    alert, copy = post.queue(), post.queue_copy()
    by_hand = post.queue_copy(number=2, any_hour=True)
    for kind in (MailKind.OPERATOR, MailKind.DIGEST, MailKind.TEST):
        post.queue(kind, kind.value)
    assert post.deliver() == Counts(sent=4, held=2)
    assert post.mail(by_hand).state is MailState.SENT
    assert [(post.mail(row).attempts, post.mail(row).state) for row in (alert, copy)] == [
        (0, MailState.QUEUED)] * 2  # fmt: skip
    assert post.mail(alert).next_attempt_at == datetime(2026, 10, 25, 6, tzinfo=UTC)
    assert post.mail(copy).next_attempt_at == datetime(2026, 10, 26, 7, tzinfo=UTC)
    post.clock.set(datetime(2026, 10, 25, 6, tzinfo=UTC))
    assert post.deliver() == Counts(sent=1)
    monday = datetime(2026, 10, 26, 7, tzinfo=UTC)
    post.clock.set(monday)
    assert post.deliver() == Counts(sent=1)


def test_a_held_mail_has_the_date_of_the_hour_it_could_leave(post: Post) -> None:
    """A customer's mail program must not say that it was sent on a Sunday."""
    zone = ZoneInfo("Europe/Berlin")
    courtesy = CourtesyHours(time(8), time(20), zone, lambda day: day.day < 20)
    post.options = replace(OPTIONS, hours=SendingHours(None, courtesy))
    post.queue_copy()
    post.clock.set(datetime(2026, 10, 20, 9, tzinfo=UTC))
    assert post.deliver() == Counts(sent=1)
    (received,) = post.box.all()
    assert received.message["Date"].datetime == datetime(2026, 10, 20, 6, tzinfo=UTC)


def test_a_copy_that_is_cancelled_on_the_way_is_not_sent(post: Post) -> None:
    """Who withdraws her consent while other mails go out gets none."""
    post.queue()
    copy = post.queue_copy()

    def withdraw() -> bool:
        if post.box.all():
            gone = {"state": MailState.CANCELLED, "claim_token": None, "next_attempt_at": None}
            with post.db.write() as session:
                session.execute(update(Mail).where(Mail.id == copy).values(**gone))
        return False

    post.run = Run(stopping=withdraw)
    assert post.deliver() == Counts(sent=1, lost=1)
    assert post.mail(copy).state is MailState.CANCELLED
    assert post.box.all(recipient=ANNA) == []


def test_a_killed_worker_doubles_no_more_than_a_group(post: Post) -> None:
    """What the server took is written down every few mails; a copy's is written at once."""
    rows = [post.queue(key=f"alert:{n}") for n in range(2 * GROUP)]
    post.queue_copy()
    known: list[int] = []

    def look() -> bool:
        with post.db.read() as session:
            sent = select(func.count()).select_from(Mail).where(Mail.state == MailState.SENT)
            known.append(len(post.box.all()) - (session.scalar(sent) or 0))
        return False

    post.run = Run(stopping=look)
    assert post.deliver() == Counts(sent=len(rows) + 1)
    assert max(known) <= GROUP
    assert known[-1] == 0
