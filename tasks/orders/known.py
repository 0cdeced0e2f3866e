"""What the rows know before a sync: customers with their open months, orders without lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.customer import Customer
from models.domain.months import PvMonth
from models.order import Order
from tasks.orders.rules import KnownCustomer
from tasks.ports import OrderRecord


def known_customers(session: Session) -> dict[str, KnownCustomer]:
    """All customers by member ID; `open_months` hold orders that can still change."""
    open_months: defaultdict[int, set[PvMonth]] = defaultdict(set)
    unfinished = or_(Order.ship_date.is_(None), Order.paid.is_(False))
    rows = session.execute(
        select(Order.customer_id, Order.pv_month)
        .where(unfinished, Order.vanished_at.is_(None), Order.historic.is_(False))
        .distinct()
    )
    for customer_id, month in rows:
        open_months[customer_id].add(month)
    customers = session.execute(select(Customer.id, Customer.member_id, Customer.list_hash))
    return {
        member_id: KnownCustomer(list_hash, frozenset(open_months[row_id]))
        for row_id, member_id, list_hash in customers
        if member_id is not None
    }


def known_orders(
    session: Session, member_id: str, months: Collection[PvMonth]
) -> dict[PvMonth, dict[str, Decimal]]:
    """A customer's orders of these months that the source showed last: number -> PV."""
    found: dict[PvMonth, dict[str, Decimal]] = {month: {} for month in months}
    rows = session.execute(
        select(Order.pv_month, Order.number, Order.pv)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            Customer.member_id == member_id,
            Order.pv_month.in_(months),
            Order.vanished_at.is_(None),
        )
    )
    for month, number, pv in rows:
        found[month][number] = pv
    return found


def wanting_detail(session: Session, orders: Collection[OrderRecord]) -> list[str]:
    """The numbers of orders whose lines are unknown, or whose value has changed."""
    rows = session.execute(
        select(Order.number, Order.lines_known, Order.pv, Order.total).where(
            Order.number.in_([order.number for order in orders])
        )
    )
    known = {number: (pv, total) for number, lines, pv, total in rows if lines}
    return [order.number for order in orders if known.get(order.number) != (order.pv, order.total)]
