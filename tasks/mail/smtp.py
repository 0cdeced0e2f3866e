"""The wire to the mail server: one connection for many mails, refusals told apart."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal, NoReturn

from pydantic import SecretStr

from tasks.mail.headers import wire
from tasks.ports import MailDeferred, MailRefused, MailUnavailable, MailUndecided

TIMEOUT_SECONDS = 30.0

#: The reply of a server that closes the connection, whatever it was asked.
CLOSING = 421

#: A line that begins with a dot gets one more (RFC 5321, 4.5.2); ours all end with CRLF.
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)

_Step = Callable[[smtplib.SMTP], tuple[int, bytes]]


@dataclass(frozen=True)
class SmtpServer:
    """Where mails are handed over. The password shows in no repr."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str | None = None
    password: SecretStr | None = None
    timeout: float = TIMEOUT_SECONDS
    """Seconds without an answer after which the connection is given up."""

    @property
    def name(self) -> str:
        """For messages."""
        return f"mail server {self.host}:{self.port}"


class SmtpMailer:
    """A `Mailer` over SMTP with verified certificates."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server

    @contextmanager
    def session(self) -> Iterator[SmtpSession]:
        """A connection, logged in. Raises MailUnavailable with what would help."""
        connection = self._connect()
        try:
            yield SmtpSession(connection, self.server.name)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()

    def _connect(self) -> smtplib.SMTP:
        name = self.server.name
        try:
            connection = self._open()
            try:
                self._log_in(connection)
            except BaseException:
                connection.close()
                raise
        except smtplib.SMTPAuthenticationError as error:
            reason = f"{name} refuses the login ({error.smtp_code}); check SMTP__USERNAME "
            raise MailUnavailable(reason + "and SMTP__PASSWORD") from None
        except ssl.SSLCertVerificationError as error:
            reason = f"{name} shows a certificate that can't be trusted: "
            raise MailUnavailable(reason + error.verify_message) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{name} can't be used: {_short(error)}") from None
        return connection

    def _log_in(self, connection: smtplib.SMTP) -> None:
        server = self.server
        if server.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.username and server.password:
            connection.login(server.username, server.password.get_secret_value())
        connection.ehlo_or_helo_if_needed()

    def _open(self) -> smtplib.SMTP:
        host, port = self.server.host, self.server.port
        if self.server.security == "tls":
            return smtplib.SMTP_SSL(
                host, port, timeout=self.server.timeout, context=ssl.create_default_context()
            )
        return smtplib.SMTP(host, port, timeout=self.server.timeout)


class SmtpSession:
    """An open connection for many mails."""

    def __init__(self, connection: smtplib.SMTP, name: str) -> None:
        self._connection, self._name = connection, name

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over one mail. Raises MailDeferred, MailRefused, MailUndecided, MailUnavailable."""
        content = wire(message)
        try:
            self._command(lambda smtp: smtp.mail(sender), "the sender")
        except (MailDeferred, MailRefused) as error:  # not this mail's fault: it would meet all
            raise MailUnavailable(f"{error}; check SMTP__FROM and the login") from None
        self._command(lambda smtp: smtp.rcpt(recipient), "the recipient")
        self._data(content)

    def _command(self, step: _Step, what: str, right: tuple[int, ...] = (250, 251)) -> None:
        try:
            code, reply = step(self._connection)
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{self._name} broke off: {_short(error)}") from None
        if code not in right:
            self._refused(code, reply, what)

    def _data(self, content: bytes) -> None:
        """Only what goes wrong between the mail's last line and the answer is undecided."""
        self._command(lambda smtp: smtp.docmd("DATA"), "to take a mail", (354,))
        try:
            self._connection.send(_LEADING_DOT.sub(b"..", content) + b".\r\n")
            code, reply = self._connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            text = f"{self._name} broke off while it took the mail: {_short(error)}"
            raise MailUndecided(text) from None
        if code != 250:
            self._refused(code, reply, "the mail")

    def _refused(self, code: int, reply: bytes, what: str) -> NoReturn:
        text = " ".join(reply.decode("utf-8", "replace").split())[:200]
        message = f"{self._name} refuses {what}: {code} {text}"
        if code == CLOSING:
            raise MailUnavailable(message)
        self._reset()
        raise MailDeferred(message) if code < 500 else MailRefused(message)

    def _reset(self) -> None:
        with suppress(smtplib.SMTPException, OSError):
            self._connection.rset()


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
