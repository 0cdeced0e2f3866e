"""The account ledger: its rows, and which orders they credit."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, String, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Amount, Base, RowId, UtcTime
from models.order import Order


class LedgerEntry(Base):
    """One row of the ledger; a negative one that names an order is its credit."""

    __tablename__ = "ledger_entries"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    row_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of all that the row shows, so that reading it again adds nothing."""
    order_number: Mapped[str] = mapped_column(String(32), index=True)
    kind: Mapped[str] = mapped_column(String(80))
    entry_date: Mapped[date]
    pv: Mapped[Decimal | None] = mapped_column(Amount)
    amount: Mapped[Decimal] = mapped_column(Amount)
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime)


def is_credited() -> ColumnElement[bool]:
    """A condition on orders: the ledger holds a credit that names them."""
    return exists().where(LedgerEntry.order_number == Order.number, LedgerEntry.amount < Decimal(0))


def credits_of(session: Session, numbers: Collection[str]) -> dict[str, LedgerEntry]:
    """The first credit of each of the orders that has one."""
    rows = session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.order_number.in_(numbers), LedgerEntry.amount < Decimal(0))
        .order_by(LedgerEntry.entry_date.desc(), LedgerEntry.id.desc())
    )
    return {row.order_number: row for row in rows}
