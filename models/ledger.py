"""The account ledger's rows."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Amount, Base, RowId, UtcTime


class LedgerEntry(Base):
    """One row of the ledger; a negative one that names an order is its credit."""

    __tablename__ = "ledger_entries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    row_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of all that the row shows, and which one of its kind it is: reading it again adds nothing."""
    order_number: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(80))
    entry_date: Mapped[date]
    pv: Mapped[Decimal | None] = mapped_column(Amount)
    amount: Mapped[Decimal] = mapped_column(Amount)
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime)
