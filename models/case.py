"""Cases: the way of one wrong order to its credit, and the steps that were made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, UtcTime
from models.claimable import Claimable
from models.domain.values import CaseStep


class Case(Claimable, Base):
    """The cancellation of one order. It is looked at when its customer's facts change."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_next_check_at", "next_check_at"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reorder_due: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A loyalty order was expected in its place, so one still has to be placed."""
    reminders: Mapped[int] = mapped_column(default=0, server_default="0")
    reminded_at: Mapped[datetime | None] = mapped_column(UtcTime)
    next_check_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CaseStepRow(Base):
    """One step of a case, once. Seen by the program (`seen`), or ticked by the user."""

    __tablename__ = "case_steps"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    step: Mapped[CaseStep] = mapped_column(Choice(CaseStep), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    seen: Mapped[bool] = mapped_column(default=False)
    by: Mapped[str | None] = mapped_column(String(64))
    """What shows it: the number of the credit, of the new order or of the parcel."""
