"""The wire to the mail server: one connection for many mails, refusals told apart."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal

from pydantic import SecretStr

from tasks.mail.message import POLICY
from tasks.ports import MailDeferred, MailRefused, MailUnavailable, MailUndecided

TIMEOUT_SECONDS = 30

_Step = Callable[[smtplib.SMTP], tuple[int, bytes]]


@dataclass(frozen=True)
class SmtpServer:
    """Where mails are handed over. The password shows in no repr."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str | None = None
    password: SecretStr | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return f"mail server {self.host}:{self.port}"


class SmtpMailer:
    """A `Mailer` over SMTP with verified certificates."""

    def __init__(self, server: SmtpServer, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.server, self._timeout = server, timeout_seconds

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
        server = self.server
        try:
            return self._greet(self._open())
        except smtplib.SMTPAuthenticationError as error:
            reason = f"{server.name} refuses the login ({error.smtp_code}); check SMTP__USERNAME "
            raise MailUnavailable(reason + "and SMTP__PASSWORD") from None
        except ssl.SSLCertVerificationError as error:
            reason = f"{server.name} shows a certificate that can't be trusted: "
            raise MailUnavailable(reason + error.verify_message) from None
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{server.name} can't be used: {_short(error)}") from None

    def _greet(self, connection: smtplib.SMTP) -> smtplib.SMTP:
        """The connection made safe and logged in; closed when that fails."""
        server = self.server
        try:
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.username and server.password:
                connection.login(server.username, server.password.get_secret_value())
            connection.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError):
            connection.close()
            raise
        return connection

    def _open(self) -> smtplib.SMTP:
        host, port = self.server.host, self.server.port
        if self.server.security == "tls":
            return smtplib.SMTP_SSL(
                host, port, timeout=self._timeout, context=ssl.create_default_context()
            )
        return smtplib.SMTP(host, port, timeout=self._timeout)


class SmtpSession:
    """An open connection for many mails."""

    def __init__(self, connection: smtplib.SMTP, name: str) -> None:
        self._connection, self._name = connection, name

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over one mail. Raises MailDeferred, MailRefused, MailUndecided, MailUnavailable."""
        content = message.as_bytes(policy=POLICY)
        try:
            self._command(lambda smtp: smtp.mail(sender), "the sender")
        except (MailDeferred, MailRefused) as error:  # not this mail's fault: it would meet all
            raise MailUnavailable(f"{error}; check SMTP__FROM and the login") from None
        self._command(lambda smtp: smtp.rcpt(recipient), "the recipient")
        self._data(content)

    def _command(self, step: _Step, what: str) -> None:
        try:
            code, reply = step(self._connection)
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(f"{self._name} broke off: {_short(error)}") from None
        if code not in (250, 251):
            self._reset()
            raise _refusal(code, reply, f"{self._name} refuses {what}")

    def _data(self, content: bytes) -> None:
        try:
            code, reply = self._connection.data(content)
        except smtplib.SMTPDataError as error:  # refused before the content was sent
            self._reset()
            raise _refusal(error.smtp_code, error.smtp_error, self._name) from None
        except (smtplib.SMTPException, OSError) as error:
            text = f"{self._name} broke off while it took the mail: {_short(error)}"
            raise MailUndecided(text) from None
        if code != 250:
            self._reset()
            raise _refusal(code, reply, f"{self._name} refuses the mail")

    def _reset(self) -> None:
        with suppress(smtplib.SMTPException, OSError):
            self._connection.rset()


def _refusal(code: int, reply: bytes | str, what: str) -> MailDeferred | MailRefused:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    message = f"{what}: {code} {' '.join(text.split())[:200]}"
    return MailDeferred(message) if code < 500 else MailRefused(message)


def _short(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
