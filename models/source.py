"""Sources: the outside partners, with the politeness and the outages that all processes share."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, UtcTime


class Source(Base):
    """One partner: its next free request, budget and health.

    They are backoffice, invoices (those of the back office), import, smtp, hermes, dhl.
    """

    __tablename__ = "sources"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    next_request_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the next request may start; a batch moves it on to reserve its own."""
    paused_until: Mapped[datetime | None] = mapped_column(UtcTime)
    budget_day: Mapped[date | None]
    budget_used: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    """How many attempts in a row failed."""
    failing_since: Mapped[datetime | None] = mapped_column(UtcTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(Text)
    baseline_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the first sight of the account was complete."""
    summary_due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """A first-sync summary is owed since then."""
    busy_token: Mapped[str | None] = mapped_column(String(32))
    busy_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """One reader at a time: whose turn it is, and until when."""
