"""A real SMTP server on loopback that keeps its mails, and refuses or hangs up when told to."""

from __future__ import annotations

import asyncio
import socket
import threading
from asyncio import AbstractServer
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """A mail as it came in: the envelope and the bytes."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """Parsed with the modern policy."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "")

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def kind(self) -> str:
        """The value of X-Orderwatch-Kind."""
        return str(self.message["X-Orderwatch-Kind"] or "")


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code text` is answered at RCPT or after DATA; `times` None = until cleared.

    `recipient` narrows it to one address. `code` 0 = hang up instead of answering; with `kept`
    the mail is in the mailbox all the same, and the sender can't know.
    """

    code: int
    text: str = "refused by the simulator"
    stage: Literal["rcpt", "data"] = "rcpt"
    recipient: str | None = None
    times: int | None = None
    kept: bool = False


class Mailbox:
    """The server and its mails. Thread-safe; also a context manager."""

    def __init__(self, folder: Path | None = None, port: int = 0) -> None:
        self.host, self.port = HOST, port
        self._folder = folder
        self._lock = threading.Lock()
        self._mails: list[ReceivedMail] = []
        self._refusals: list[Refusal] = []
        self._controller: _Controller | None = None

    def start(self) -> None:
        """Listen; `port` holds the real port afterwards, also for the next start."""
        self._controller = _Controller(_Handler(self), _listening(self.port))
        self.port = self._controller.port
        self._controller.start()

    def stop(self) -> None:
        """Hang up; the mails stay."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def all(self, kind: str | None = None, recipient: str | None = None) -> list[ReceivedMail]:
        """The mails so far, oldest first, of one kind or to one recipient."""
        with self._lock:
            some = list(self._mails)
        return [
            mail
            for mail in some
            if kind in (None, mail.kind) and (recipient is None or recipient in mail.recipients)
        ]

    def count(self, message_id: str) -> int:
        """How many times that Message-ID has come in."""
        return sum(mail.message_id == message_id for mail in self.all())

    def clear(self) -> None:
        """Forget the mails."""
        with self._lock:
            self._mails.clear()

    def refuse(self, refusal: Refusal) -> None:
        """From now on; see `Refusal`."""
        with self._lock:
            self._refusals.append(refusal)

    def accept_all(self) -> None:
        """No more refusals."""
        with self._lock:
            self._refusals.clear()

    def keep(self, mail: ReceivedMail) -> None:
        """Put a mail in, and into the folder when there is one."""
        with self._lock:
            self._mails.append(mail)
            count = len(self._mails)
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{count:04d}.eml").write_bytes(mail.content)

    def take_refusal(self, stage: str, recipients: list[str]) -> Refusal | None:
        """The refusal that meets this mail, counted down."""
        with self._lock:
            for at, refusal in enumerate(self._refusals):
                if refusal.stage == stage and refusal.recipient in (None, *recipients):
                    self._count_down(at, refusal)
                    return refusal
        return None

    def _count_down(self, at: int, refusal: Refusal) -> None:
        if refusal.times is None:
            return
        if refusal.times <= 1:
            del self._refusals[at]
        else:
            self._refusals[at] = replace(refusal, times=refusal.times - 1)


class _Handler:
    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._box.take_refusal("rcpt", [address])
        if refusal:
            return _refused(server, refusal)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        recipients = [str(one) for one in envelope.rcpt_tos]
        refusal = self._box.take_refusal("data", recipients)
        if refusal is None or refusal.kept:
            content = cast(bytes, envelope.content)
            self._box.keep(ReceivedMail(str(envelope.mail_from), tuple(recipients), content))
        return _refused(server, refusal) if refusal else "250 OK"


def _refused(server: SMTP, refusal: Refusal) -> str:
    if refusal.code == 0 and isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    return f"{refusal.code or 451} {refusal.text}"


def _listening(port: int) -> socket.socket:
    # With the protocol named, asyncio switches Nagle off: else 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


class _Controller(Controller):
    """The library's controller on a socket that is bound already: no race for a free port."""

    def __init__(self, handler: _Handler, listener: socket.socket) -> None:
        port = listener.getsockname()[1]
        super().__init__(handler, hostname=HOST, port=port, ready_timeout=10)
        self._listener = listener

    def _create_server(self) -> Coroutine[Any, Any, AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)
