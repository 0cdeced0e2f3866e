"""Faults of a mail server over real sockets: each ends as the outbox promises."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from aiosmtpd.controller import Controller

from models.domain.values import MailKind, MailState
from tasks.mail.outcomes import LONGEST_OUTAGE_WAIT, OUTAGE_WAIT, outage_wait
from tasks.mail.smtp import SmtpServer
from tasks.run import Counts, JobFailed
from tests.mail.post import ANNA, Post
from tests.mail.scripted import HANG_UP, HOST, SILENCE, ScriptedServer
from tests.services.redis_server import free_port

CERTIFICATES = Path(__file__).with_name("certificates")

Security = Literal["tls", "starttls"]


def server(port: int, timeout: float = 5) -> SmtpServer:
    """A server without encryption."""
    return SmtpServer(HOST, port, "none", timeout=timeout)


def standing(post: Post, row: int) -> tuple[MailState, int]:
    """A mail's state, and how many attempts it has used up."""
    mail = post.mail(row)
    return mail.state, mail.attempts


def test_a_refused_connection_costs_no_attempt_and_waits_longer_each_time(
    small_post: Post,
) -> None:
    """2, 4, 8 … minutes up to half an hour; then everything goes out."""
    post, nobody = small_post, server(free_port())
    rows = [post.queue(), post.queue_copy()]
    for failures in range(1, 7):
        with pytest.raises(JobFailed, match="can't be used"):
            post.deliver(nobody)
        due = {post.mail(row).next_attempt_at for row in rows}
        assert due == {post.clock.now() + outage_wait(failures)}
        post.clock.advance(seconds=outage_wait(failures).total_seconds())
    assert (outage_wait(1), outage_wait(6)) == (OUTAGE_WAIT, LONGEST_OUTAGE_WAIT)
    assert [standing(post, row) for row in rows] == [(MailState.QUEUED, 0)] * 2
    assert post.deliver() == Counts(sent=2)


def test_refusals_of_one_mail_leave_the_others_alone(small_post: Post) -> None:
    """550 parks it and tells the operator, 451 delays it; all over one connection."""
    post = small_post
    refused, later, fine = (post.queue(key=f"alert:{n}") for n in range(3))
    with ScriptedServer(rcpt=["550 no such user", "451 greylisted"]) as box:
        assert post.deliver(server(box.port)) == Counts(parked=1, deferred=1, sent=1)
        post.clock.advance(minutes=1)
        assert post.deliver(server(box.port)) == Counts(sent=1)
    assert standing(post, refused)[0] is MailState.PARKED
    assert "550 no such user" in str(post.alerts()["job-parked:mails"].details)
    assert {standing(post, row)[0] for row in (later, fine)} == {MailState.SENT}
    assert (len(box.kept), box.connections) == (2, 2)


@pytest.mark.parametrize("end", [HANG_UP, SILENCE])
def test_no_answer_after_the_last_line_is_undecided(small_post: Post, end: str) -> None:
    """Our own mail is sent again under its Message-ID; a customer's copy waits for a human."""
    post = small_post
    copy = post.queue_copy()
    with ScriptedServer(content=[end, end]) as box:
        with pytest.raises(JobFailed, match="broke off while it took the mail"):
            post.deliver(server(box.port, timeout=0.5))
        assert standing(post, copy)[0] is MailState.PARKED
        alert = post.queue()
        with pytest.raises(JobFailed):
            post.deliver(server(box.port, timeout=0.5))
        assert standing(post, alert) == (MailState.QUEUED, 1)
        post.clock.advance(minutes=1)
        assert post.deliver(server(box.port)) == Counts(sent=1)
    ours = [mail for mail in box.kept if post.mail(alert).message_id.encode() in mail]
    assert len(ours) == 2
    assert len(box.kept) == 3


@pytest.mark.parametrize("end", [HANG_UP, SILENCE])
@pytest.mark.parametrize("stage", ["connect", "mail", "rcpt", "data"])
def test_no_answer_before_the_mail_itself_decides_nothing(
    small_post: Post, stage: str, end: str
) -> None:
    """The server can't have it: also a customer's copy just waits, and is sent once."""
    post = small_post
    copy = post.queue_copy()
    with ScriptedServer(**{stage: [end]}) as box:
        with pytest.raises(JobFailed):
            post.deliver(server(box.port, timeout=0.5))
        assert standing(post, copy) == (MailState.QUEUED, 0)
        post.clock.advance(seconds=OUTAGE_WAIT.total_seconds())
        assert post.deliver(server(box.port)) == Counts(sent=1)
    assert len(box.kept) == 1


def test_a_server_that_closes_for_now_is_an_outage(small_post: Post) -> None:
    """421 is about the server, whatever it answers: no mail loses an attempt."""
    post = small_post
    rows = [post.queue(key=f"alert:{n}") for n in range(3)]
    closing = ScriptedServer(rcpt=["250 OK", "421 too many mails, come back"])
    with closing as box, pytest.raises(JobFailed, match="421 too many mails"):
        post.deliver(server(box.port))
    assert [standing(post, row) for row in rows] == [
        (MailState.SENT, 1), (MailState.QUEUED, 0), (MailState.QUEUED, 0)]  # fmt: skip


def test_many_mails_go_over_one_connection(small_post: Post) -> None:
    """Twenty mails, one greeting."""
    for n in range(20):
        small_post.queue(MailKind.OPERATOR, f"operator:{n}")
    with ScriptedServer() as box:
        assert small_post.deliver(server(box.port)) == Counts(sent=20)
    assert (len(box.kept), box.connections) == (20, 1)


class Keeper:
    """Keeps what comes in."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """The answer after a mail."""
        self.contents.append(envelope.content)
        return "250 OK"


@contextmanager
def encrypted(security: Security, certificate: str) -> Iterator[tuple[Keeper, int]]:
    """A server with that certificate; gives what it keeps, and its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    keeper, port = Keeper(), free_port()
    how: dict[str, Any] = {"tls_context": context, "require_starttls": True}
    if security == "tls":
        how = {"ssl_context": context}
    controller = Controller(keeper, hostname=HOST, port=port, **how)
    controller.start()
    try:
        yield keeper, port
    finally:
        controller.stop()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the authority of the tests' certificates."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "authority.pem"))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mails_leave_over_tls(small_post: Post, security: Security) -> None:
    """With a certificate that is right, both ways."""
    small_post.queue()
    with encrypted(security, "good") as (keeper, port):
        assert small_post.deliver(SmtpServer(HOST, port, security)) == Counts(sent=1)
    assert len(keeper.contents) == 1


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_expired_certificate_gets_no_mail(small_post: Post, security: Security) -> None:
    """Nothing is handed over; the line says what is wrong; the mail waits untouched."""
    row = small_post.queue_copy()
    expired = pytest.raises(JobFailed, match="can't be trusted: certificate has expired")
    with encrypted(security, "expired") as (keeper, port), expired:
        small_post.deliver(SmtpServer(HOST, port, security))
    assert keeper.contents == []
    assert standing(small_post, row) == (MailState.QUEUED, 0)


def test_a_certificate_of_nobody_we_know_gets_no_mail(small_post: Post) -> None:
    """A valid date is not enough: somebody has to vouch for it."""
    small_post.queue()
    refused = pytest.raises(JobFailed, match="can't be trusted")
    with encrypted("tls", "good") as (keeper, port), refused:
        small_post.deliver(SmtpServer(HOST, port, "tls"))
    assert keeper.contents == []


def test_a_server_without_starttls_gets_no_mail(small_post: Post) -> None:
    """A password and a customer's address never travel in the open by mistake."""
    small_post.queue_copy()
    with ScriptedServer() as box, pytest.raises(JobFailed, match="can't be used: STARTTLS"):
        small_post.deliver(SmtpServer(HOST, box.port, "starttls", timeout=5))
    assert small_post.box.all(recipient=ANNA) == []
    assert box.kept == []
