"""Orders, their lines and their invoices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from models.base import Amount, Base, Month, RowId, UtcTime
from models.claimable import Claimable
from models.domain.families import family_of
from models.domain.months import PvMonth
from models.domain.values import OrderFacts, OrderFamily, OrderLine


class Order(Base):
    """An order as a source showed it last. `source` is the raw "Quelle" code."""

    __tablename__ = "orders"
    __table_args__ = (
        Index("ix_orders_customer_id_pv_month", "customer_id", "pv_month"),
        Index("ix_orders_source_historic_number", "source", "historic", "number"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    order_date: Mapped[date] = mapped_column(index=True)
    pv_month: Mapped[PvMonth] = mapped_column(Month, index=True)
    source: Mapped[str] = mapped_column(String(16))
    list_type: Mapped[str] = mapped_column(String(8), default="I")
    pv: Mapped[Decimal] = mapped_column(Amount)
    total: Mapped[Decimal | None] = mapped_column(Amount)
    currency: Mapped[str] = mapped_column(String(3), default="EUR")
    invoice_number: Mapped[str | None] = mapped_column(String(64))
    ship_date: Mapped[date | None]
    tracking: Mapped[str | None] = mapped_column(String(500))
    paid: Mapped[bool] = mapped_column(default=True)
    row_hash: Mapped[str] = mapped_column(String(64))
    """Of all that the source shows of it: equal means unchanged, nothing is written."""
    historic: Mapped[bool] = mapped_column(default=False)
    """Old when it was first seen: compared with, never alerted, never mailed."""
    lines_known: Mapped[bool] = mapped_column(default=False)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    vanished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


def order_facts(
    row: Any,
    member_id: str | None,
    lines: Collection[OrderLine],
    families: Mapping[str, OrderFamily],
) -> OrderFacts:
    """An order as the rules see it, from an Order or a row of its table (which loads faster).

    `families` is the table of order types.
    """
    family = family_of(
        row.source, list_type=row.list_type, pv=row.pv, total=row.total, table=families
    )
    return OrderFacts(
        number=row.number,
        customer_id=member_id,
        order_date=row.order_date,
        pv_month=row.pv_month,
        source=row.source,
        family=family,
        pv=row.pv,
        total=row.total,
        currency=row.currency,
        ship_date=row.ship_date,
        paid=row.paid,
        lines=tuple(lines),
        historic=row.historic,
        accepted=row.accepted_at is not None,
        cancelled=row.vanished_at is not None,
    )


class OrderLineRow(Base):
    """One line of an order."""

    __tablename__ = "order_lines"

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(32))
    quantity: Mapped[int]
    description: Mapped[str | None] = mapped_column(String(300))
    pv: Mapped[Decimal | None] = mapped_column(Amount)
    price: Mapped[Decimal | None] = mapped_column(Amount)


def order_line(row: Any) -> OrderLine:
    """A line as the rules see it, from an OrderLineRow or a row of its table."""
    return OrderLine(row.item, row.quantity, row.description, row.pv, row.price)


class Invoice(Claimable, Base):
    """An order's invoice and the copy for the customer.

    `state`: due (to be judged and fetched), queued (its mail is in the outbox), skipped (`reason`
    says why). The PDF is loaded only when asked for.
    """

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("order_id"),
        Index("ix_invoices_next_copy_at", "next_copy_at"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    state: Mapped[str] = mapped_column(String(16), default="due")
    reason: Mapped[str | None] = mapped_column(String(200))
    pdf: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    fetched_at: Mapped[datetime | None] = mapped_column(UtcTime)
    next_copy_at: Mapped[datetime | None] = mapped_column(UtcTime)
