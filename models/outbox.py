"""Puts a mail into the outbox, in the transaction of its cause; a dedupe key makes it one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.domain.values import MailKind
from models.mail import Mail
from models.upsert import insert_or_ignore


@dataclass(frozen=True)
class Desk:
    """Who our mails are from and for: sender, consultant, operator, language of our own mails."""

    sender: str
    consultant: str
    operator: str
    language: str


def queue_mail(
    session: Session,
    desk: Desk,
    kind: MailKind,
    recipient: str,
    facts: dict[str, Any],
    dedupe_key: str,
    now: datetime,
    invoice_id: int | None = None,
    *,
    in_reply_to: str | None = None,
    any_hour: bool = False,
) -> int:
    """Queue a mail once. Returns its row ID, also when it was queued before."""
    row = {
        "kind": kind,
        "recipient": recipient,
        "language": desk.language,
        "facts": facts,
        "dedupe_key": dedupe_key,
        "message_id": message_id(dedupe_key, now, desk.sender),
        "in_reply_to": in_reply_to,
        "any_hour": any_hour,
        "invoice_id": invoice_id,
        "created_at": now,
        "next_attempt_at": now,
    }
    insert_or_ignore(session, Mail, [row])
    return session.scalars(select(Mail.id).where(Mail.dedupe_key == dedupe_key)).one()


def message_id(dedupe_key: str, created_at: datetime, sender: str) -> str:
    """A Message-ID in the sender's domain, fixed from the start: a second sending keeps it."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    digest = hashlib.sha256(f"{created_at.isoformat()}|{dedupe_key}".encode()).hexdigest()
    return f"<{digest[:32]}@{domain}>"
