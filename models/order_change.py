"""What changed of an order since it was first seen: the history behind R17 (`order-changed`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, RowId, UtcTime


class OrderChange(Base):
    """One change, written in the transaction that stores it.

    `field`: pv, total, type, list_type, or vanished (its values are yes and no). Amounts have two
    decimals.
    """

    __tablename__ = "order_changes"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    field: Mapped[str] = mapped_column(String(16))
    before: Mapped[str | None] = mapped_column(String(40))
    after: Mapped[str | None] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcTime)
