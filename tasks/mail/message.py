"""A composed mail as a message on the wire: headers, text and HTML, attachments. Pure.

- Every header is one line: control characters go, so that a name can't add a header.
- Bodies are 7-bit-safe: the text quoted-printable (readable in the raw mail), HTML base64.
- Identifiers and addresses in angle brackets are never folded or encoded.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import (
    Address,
    HeaderRegistry,
    UniqueUnstructuredHeader,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import parseaddr

from models.domain.values import MailKind
from tasks.mail.compose import Composed
from tasks.mail.words import clean, one_line

#: Many servers refuse mails over 10 MB; base64 makes a third more of an attachment.
MOST_ATTACHED_BYTES = 7_000_000


#: RFC 5322 asks for lines no longer than this.
_LINE = 78


class AttachmentTooLarge(ValueError):
    """The attachments of one mail are larger than mail servers take."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along; `media_type` such as `application/pdf`."""

    filename: str
    content: bytes
    media_type: str = "application/pdf"


class _TokenHeader(UnstructuredHeader):
    """A header of identifiers, written as it is: the library would encode a long one in pieces."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


class _SubjectHeader(UniqueUnstructuredHeader):
    """A subject that reads after folding as before: the library may add or drop a blank."""

    def fold(self, *, policy: Policy) -> str:
        text = str(self)
        if not text.isascii() or "=?" in text:
            encoded = Header(text, "utf-8", header_name="Subject").encode(linesep=policy.linesep)
            return f"Subject: {encoded}{policy.linesep}"
        lines = textwrap.wrap(
            text,
            _LINE,
            initial_indent="Subject: ",
            subsequent_indent=" ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        return (policy.linesep.join(lines) or "Subject:") + policy.linesep


def _policy() -> Policy:
    registry = HeaderRegistry()
    registry.map_to_type("subject", _SubjectHeader)  # type: ignore[arg-type] # as below
    for name in ("message-id", "in-reply-to", "references", "list-unsubscribe"):
        registry.map_to_type(name, _TokenHeader)  # type: ignore[arg-type] # typeshed's view
    return SMTP.clone(cte_type="7bit", header_factory=registry)


POLICY = _policy()


def build(
    composed: Composed,
    *,
    kind: MailKind,
    sender: str,
    recipient: str,
    message_id: str,
    date: datetime,
    in_reply_to: str | None = None,
    list_unsubscribe: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """The message, ready for a mail session.

    `sender` and `recipient` are addresses, with or without a name (`Anna Müller <anna@x.de>`);
    `date` is aware; `message_id` and `in_reply_to` have their angle brackets. A `list_unsubscribe`
    of None takes the composed one. Raises ValueError for an address or a date that is none, and
    AttachmentTooLarge.
    """
    message = EmailMessage(policy=POLICY)
    message["From"], message["To"] = mailbox(sender), mailbox(recipient)
    message["Subject"] = _line(composed.subject)
    message["Date"] = _aware(date)
    message["Message-ID"] = _line(message_id)
    if in_reply_to:
        message["In-Reply-To"] = message["References"] = _line(in_reply_to)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Orderwatch-Kind"] = kind.value
    if unsubscribe := list_unsubscribe or composed.list_unsubscribe:
        message["List-Unsubscribe"] = f"<{_line(unsubscribe).strip('<>')}>"
    _fill(message, composed, attachments)
    _set_boundaries(message, message_id)
    return message


def _set_boundaries(message: EmailMessage, message_id: str) -> None:
    """The same mail is the same bytes at every try; the library would choose by chance."""
    digest = hashlib.sha256(message_id.encode()).hexdigest()[:32]
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{depth}_{digest}")


def mailbox(text: str) -> Address:
    """An address, with its name if it has one. Raises ValueError when it is none."""
    name, address = parseaddr(_line(text))
    local, at, domain = address.rpartition("@")
    if not (local and at and domain and address.isascii()) or " " in address:
        raise ValueError(f"not a mail address: {_line(text)!r} (name@example.org would be)")
    return Address(display_name=name, username=local, domain=domain)


def _fill(message: EmailMessage, composed: Composed, attachments: Sequence[Attachment]) -> None:
    size = sum(len(attachment.content) for attachment in attachments)
    if size > MOST_ATTACHED_BYTES:
        raise AttachmentTooLarge(
            f"attachments of {size:,} bytes are too large for a mail "
            f"(at most {MOST_ATTACHED_BYTES:,})"
        )
    message.set_content(composed.text, cte="quoted-printable")
    message.add_alternative(composed.html, subtype="html", cte="base64")
    for attachment in attachments:
        main, _, sub = attachment.media_type.partition("/")
        message.add_attachment(
            attachment.content, maintype=main, subtype=sub, filename=_line(attachment.filename)
        )


def _line(text: str) -> str:
    return one_line(str(clean(text)))


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a mail's date needs a time zone (aware UTC would be right)")
    return moment
