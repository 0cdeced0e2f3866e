"""Marks orders that the source no longer shows: vanished, never deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.domain.months import PvMonth
from models.order import Order
from tasks.orders.history import vanished_rows, write_history
from tasks.orders.store import Stored
from tasks.ports import OrderPage


def mark_vanished(
    session: Session,
    customer_row_id: int,
    month: PvMonth,
    page: OrderPage,
    now: datetime,
    stored: Stored,
) -> None:
    """Mark orders that a month which was fully read no longer shows: vanished, never deleted."""
    if page.rejected:
        return
    shown = [order.number for order in page.orders]
    here = (Order.customer_id == customer_row_id) & (Order.pv_month == month)
    gone = Order.vanished_at.is_(None) & Order.number.not_in(shown)
    ids = list(session.scalars(select(Order.id).where(here, gone)))
    if ids:
        session.execute(update(Order).where(Order.id.in_(ids)).values(vanished_at=now))
        write_history(session, vanished_rows(ids, now))
        stored.counts["vanished"] += len(ids)
        stored.touched.add(customer_row_id)
