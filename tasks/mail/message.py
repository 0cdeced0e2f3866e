"""A composed mail as a message on the wire: headers, text and HTML, attachments. Pure.

- Every header is one line: control characters go, so that a name can't add a header.
- Bodies are 7-bit-safe: the text quoted-printable (readable in the raw mail), HTML base64.
- Identifiers and addresses in angle brackets are never folded or encoded.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache

from models.domain.values import MailKind
from tasks.mail.compose import Composed
from tasks.mail.headers import POLICY, folded_subject
from tasks.mail.words import clean, one_line

#: Many servers refuse mails over 10 MB; base64 makes a third more of an attachment.
MOST_ATTACHED_BYTES = 7_000_000


class AttachmentTooLarge(ValueError):
    """The attachments of one mail are larger than mail servers take."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along; `media_type` such as `application/pdf`."""

    filename: str
    content: bytes
    media_type: str = "application/pdf"


def build(
    composed: Composed,
    *,
    kind: MailKind,
    sender: str,
    recipient: str,
    message_id: str,
    date: datetime,
    in_reply_to: str | None = None,
    reply_to: str | None = None,
    list_unsubscribe: str | None = None,
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """The message, ready for a mail session; the same values give the same bytes.

    `sender`, `recipient` and `reply_to` are addresses, with or without a name (`Anna Müller
    <anna@x.de>`); `date` is aware; `message_id` and `in_reply_to` have their angle brackets. A
    `list_unsubscribe` of None takes the composed one. Raises ValueError for an address or a date
    that is none, and AttachmentTooLarge.
    """
    unsubscribe = list_unsubscribe or composed.list_unsubscribe
    headers = {
        "From": _written(sender),
        "To": _written(recipient),
        "Subject": folded_subject(_line(composed.subject)),
        "Date": format_datetime(_aware(date)),
        "Message-ID": _line(message_id),
        "In-Reply-To": _line(in_reply_to or ""),
        "References": _line(in_reply_to or ""),
        "Reply-To": _written(reply_to) if reply_to else "",
        "Auto-Submitted": "auto-generated",
        "X-Orderwatch-Kind": kind.value,
        "List-Unsubscribe": f"<{_line(unsubscribe).strip('<>')}>" if unsubscribe else "",
        "MIME-Version": "1.0",
    }
    message = EmailMessage(policy=POLICY)
    for name, value in headers.items():
        if value:
            message[name] = value
    _fill(message, composed, attachments, hashlib.sha256(message_id.encode()).hexdigest()[:32])
    return message


def mailbox(text: str) -> Address:
    """An address, with its name if it has one. Raises ValueError when it is none."""
    name, address = parseaddr(_line(text))
    local, at, domain = address.rpartition("@")
    if not (local and at and domain and address.isascii()) or " " in address:
        raise ValueError(f"not a mail address: {_line(text)!r} (name@example.org would be)")
    return Address(display_name=name, username=local, domain=domain)


@lru_cache(maxsize=256)
def _written(text: str) -> str:
    """An address as a header has it, a name with umlauts encoded."""
    address = mailbox(text)
    return formataddr((address.display_name, address.addr_spec), "utf-8")


def _fill(
    message: EmailMessage, composed: Composed, attachments: Sequence[Attachment], seed: str
) -> None:
    size = sum(len(attachment.content) for attachment in attachments)
    if size > MOST_ATTACHED_BYTES:
        raise AttachmentTooLarge(
            f"attachments of {size:,} bytes are too large for a mail "
            f"(at most {MOST_ATTACHED_BYTES:,})"
        )
    text = binascii.b2a_qp(composed.text.encode(), istext=True).decode("ascii")
    words = (
        _part('text/plain; charset="utf-8"', "quoted-printable", text),
        _part('text/html; charset="utf-8"', "base64", _base64(composed.html.encode())),
    )
    if attachments:
        inner = EmailMessage(policy=POLICY)
        _join(inner, "alternative", seed, words)
        _join(message, "mixed", seed, (inner, *map(_file, attachments)))
    else:
        _join(message, "alternative", seed, words)


def _join(whole: EmailMessage, subtype: str, seed: str, parts: Sequence[EmailMessage]) -> None:
    """Parts in one; the boundary follows from the Message-ID, the library's would be by chance."""
    whole["Content-Type"] = f'multipart/{subtype};\n boundary="=_{subtype}_{seed}"'
    for part in parts:
        whole.attach(part)


def _part(content_type: str, encoding: str, payload: str) -> EmailMessage:
    part = EmailMessage(policy=POLICY)
    part["Content-Type"], part["Content-Transfer-Encoding"] = content_type, encoding
    part.set_payload(payload)
    return part


def _file(attachment: Attachment) -> EmailMessage:
    part = _part(attachment.media_type, "base64", _base64(attachment.content))
    name = _line(attachment.filename)
    coded: str | tuple[str, str, str] = name if name.isascii() else ("utf-8", "", name)
    part.add_header("Content-Disposition", "attachment", filename=coded)
    return part


def _base64(content: bytes) -> str:
    """In lines of 76; the library's own way goes line by line and takes three times as long."""
    text = base64.b64encode(content).decode("ascii")
    return "".join(f"{text[at : at + 76]}\n" for at in range(0, len(text), 76))


def _line(text: str) -> str:
    return one_line(str(clean(text)))


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a mail's date needs a time zone (aware UTC would be right)")
    return moment
