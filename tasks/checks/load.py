"""Reads the facts of the customers under review: a handful of queries, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models.customer import Customer
from models.domain.families import family_of
from models.domain.values import OrderChange as Change
from models.domain.values import OrderFacts, OrderFamily, OrderLine, Parcel
from models.ledger import LedgerEntry
from models.order import Order, OrderLineRow
from models.order_change import OrderChange
from models.shipment import Shipment

#: Baskets are compared, and parcels followed, for orders not older than this.
RECENT_DAYS = 100


@dataclass
class Dossier:
    """What is known of one customer: her row, orders, parcels, row IDs by number, namesakes."""

    customer: Customer
    orders: list[OrderFacts] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    order_rows: dict[str, int] = field(default_factory=dict)
    shipment_rows: dict[str, int] = field(default_factory=dict)
    namesakes: frozenset[str] = frozenset()
    unasked: bool = False
    """A parcel of hers is due at its carrier and has never been asked about."""


def load_dossiers(
    session: Session,
    ids: Collection[int],
    families: Mapping[str, OrderFamily],
    today: date,
) -> tuple[list[Dossier], dict[str, str]]:
    """The dossiers of the customers `ids`, and per unknown order type its first order."""
    customers = session.scalars(select(Customer).where(Customer.id.in_(ids)))
    dossiers = {customer.id: Dossier(customer) for customer in customers}
    lines, changes = _lines(session, ids, today), _changes(session, ids)
    credited = _credited(session, ids)
    for order in session.scalars(select(Order).where(Order.customer_id.in_(ids))):
        dossier = dossiers[order.customer_id]
        facts = _facts(order, dossier.customer.member_id, lines.get(order.id, ()), families)
        facts = replace(facts, changes=tuple(changes.get(order.id, ())))
        dossier.orders.append(_with_credit(facts, credited.get(order.id)))
        dossier.order_rows[order.number] = order.id
    _add_parcels(session, dossiers, today)
    for customer_id, names in _namesakes(session, ids).items():
        dossiers[customer_id].namesakes = frozenset(names)
    return list(dossiers.values()), _first_shown(session, dossiers.values())


def _facts(
    order: Order,
    member_id: str | None,
    lines: Collection[OrderLine],
    families: Mapping[str, OrderFamily],
) -> OrderFacts:
    family = family_of(
        order.source, list_type=order.list_type, pv=order.pv, total=order.total, table=families
    )
    return OrderFacts(
        number=order.number,
        customer_id=member_id,
        order_date=order.order_date,
        pv_month=order.pv_month,
        source=order.source,
        family=family,
        pv=order.pv,
        total=order.total,
        currency=order.currency,
        ship_date=order.ship_date,
        paid=order.paid,
        lines=tuple(lines),
        historic=order.historic,
        accepted=order.accepted_at is not None,
        cancelled=order.vanished_at is not None,
    )


def _with_credit(order: OrderFacts, credit: Decimal | None) -> OrderFacts:
    """A credit of the whole value takes the order back; a part of it (one item) does not."""
    if credit is None:
        return order
    whole = order.total is None or -credit >= order.total
    return replace(order, credited=True, cancelled=order.cancelled or whole)


def _credited(session: Session, ids: Collection[int]) -> dict[int, Decimal]:
    """The sum of the credits of each order that has any, negative."""
    rows = session.execute(
        select(Order.id, func.sum(LedgerEntry.amount))
        .join(LedgerEntry, LedgerEntry.order_number == Order.number)
        .where(Order.customer_id.in_(ids), LedgerEntry.amount < Decimal(0))
        .group_by(Order.id)
    )
    return {row[0]: row[1] for row in rows}


def _changes(session: Session, ids: Collection[int]) -> dict[int, list[Change]]:
    found: defaultdict[int, list[Change]] = defaultdict(list)
    rows = session.scalars(
        select(OrderChange)
        .join(Order, Order.id == OrderChange.order_id)
        .where(Order.customer_id.in_(ids), Order.historic.is_(False))
        .order_by(OrderChange.id)
    )
    for row in rows:
        found[row.order_id].append(Change(row.field, row.before, row.after, row.at))
    return found


def _lines(session: Session, ids: Collection[int], today: date) -> dict[int, list[OrderLine]]:
    found: defaultdict[int, list[OrderLine]] = defaultdict(list)
    rows = session.scalars(
        select(OrderLineRow)
        .join(Order, Order.id == OrderLineRow.order_id)
        .where(Order.customer_id.in_(ids), Order.order_date >= today - timedelta(days=RECENT_DAYS))
        .order_by(OrderLineRow.order_id, OrderLineRow.position)
    )
    for row in rows:
        line = OrderLine(row.item, row.quantity, row.description, row.pv, row.price)
        found[row.order_id].append(line)
    return found


def _add_parcels(session: Session, dossiers: Mapping[int, Dossier], today: date) -> None:
    rows = session.execute(
        select(Shipment, Order.number, Order.customer_id)
        .join(Order, Order.id == Shipment.order_id)
        .where(
            Order.customer_id.in_(dossiers),
            Order.order_date >= today - timedelta(days=RECENT_DAYS),
        )
    )
    for shipment, number, customer_id in rows:
        dossiers[customer_id].parcels.append(shipment.parcel(number))
        dossiers[customer_id].shipment_rows[shipment.number] = shipment.id
        if shipment.next_poll_at is not None and shipment.asked_at is None:
            dossiers[customer_id].unasked = True


def _namesakes(session: Session, ids: Collection[int]) -> dict[int, set[str]]:
    """Numbers of other, earlier customers with the same name and e-mail address (R10)."""
    other = aliased(Customer)
    rows = session.execute(
        select(Customer.id, other.member_id)
        .join(other, (other.name_key == Customer.name_key) & (other.email == Customer.email))
        .where(Customer.id.in_(ids), other.id < Customer.id, other.member_id.is_not(None))
    )
    found: defaultdict[int, set[str]] = defaultdict(set)
    for customer_id, member_id in rows:
        found[customer_id].add(member_id or "")
    return found


def _first_shown(session: Session, dossiers: Collection[Dossier]) -> dict[str, str]:
    codes = {
        order.source
        for dossier in dossiers
        for order in dossier.orders
        if order.family is OrderFamily.UNKNOWN
    }
    if not codes:
        return {}
    rows = session.execute(
        select(Order.source, func.min(Order.number))
        .where(
            Order.source.in_(codes),
            Order.historic.is_(False),
            Order.accepted_at.is_(None),
            Order.vanished_at.is_(None),
        )
        .group_by(Order.source)
    )
    return {row[0]: row[1] for row in rows}
