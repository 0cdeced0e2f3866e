"""Alerts: findings that live, with their episodes, and the notices that were mailed of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, Month, UtcTime
from models.claimable import Claimable
from models.domain.months import PvMonth
from models.domain.values import AlertState, Severity


class Alert(Claimable, Base):
    """A finding's life. One row per key; it reopens as a new episode when things get worse."""

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_next_notice_at", "next_notice_at"),)

    # By its key SQLite, too, tells which new row is which, so that many are one statement.
    key: Mapped[str] = mapped_column(String(200), unique=True, insert_sentinel=True)
    rule: Mapped[str] = mapped_column(String(64), index=True)
    severity: Mapped[Severity] = mapped_column(Choice(Severity))
    state: Mapped[AlertState] = mapped_column(Choice(AlertState), index=True)
    episode: Mapped[int] = mapped_column(default=1)
    stage: Mapped[int] = mapped_column(default=0)
    """How many notices this episode has had: 0 none, 1 the alert, 2 and up reminders."""
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipments.id"))
    month: Mapped[PvMonth | None] = mapped_column(Month)
    deadline: Mapped[datetime | None] = mapped_column(UtcTime)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    fingerprint: Mapped[str] = mapped_column(String(64))
    summary: Mapped[bool] = mapped_column(default=False)
    """Found at first sight: its first notice is the first-sync summary."""
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcTime)
    dismissed_reason: Mapped[str | None] = mapped_column(String(300))
    next_notice_at: Mapped[datetime | None] = mapped_column(UtcTime)


class AlertNotice(Base):
    """That a stage of an alert's episode went into a mail; the key makes it happen once."""

    __tablename__ = "alert_notices"

    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    episode: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("mails.id"))
