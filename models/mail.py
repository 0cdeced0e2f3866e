"""The outbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, UtcTime
from models.claimable import Claimable
from models.domain.values import MailKind, MailState


class Mail(Claimable, Base):
    """One mail, written in the same transaction as its cause; composed when it is delivered.

    `dedupe_key` makes it happen once. `sending` is committed before DATA: found so after its
    lease, the mail is undecided (the server may have it).
    """

    __tablename__ = "mails"
    __table_args__ = (Index("ix_mails_next_attempt_at", "next_attempt_at"),)

    kind: Mapped[MailKind] = mapped_column(Choice(MailKind), index=True)
    recipient: Mapped[str] = mapped_column(String(320))
    language: Mapped[str] = mapped_column(String(2))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    dedupe_key: Mapped[str] = mapped_column(String(200), unique=True)
    message_id: Mapped[str] = mapped_column(String(300), unique=True)
    in_reply_to: Mapped[str | None] = mapped_column(String(300))
    """The Message-ID of the mail that this one follows: a reminder's alert, for one."""
    any_hour: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A person sent it by hand: no hours hold it."""
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    """Whose PDF goes along."""
    state: Mapped[MailState] = mapped_column(
        Choice(MailState), default=MailState.QUEUED, index=True
    )
    subject: Mapped[str | None] = mapped_column(String(998))
    """As it was sent; None before."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcTime)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcTime)
