"""Reads the facts of the customers under review: a handful of queries, however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from models.customer import Customer
from models.domain.credits import without_taken_back
from models.domain.values import OrderFacts, OrderFamily, OrderLine, Parcel
from models.order import Order, OrderLineRow, order_facts, order_line
from models.shipment import Shipment
from tasks.checks.aftermath import load_aftermath
from tasks.checks.situation import Situation, WorkingDays
from tasks.checks.thresholds import Thresholds

#: Baskets are compared, and parcels followed, for orders not older than this.
RECENT_DAYS = 100

# Plain rows: a review of thousands of customers would spend half its time making objects.
_ORDERS, _LINES = Order.__table__, OrderLineRow.__table__


@dataclass
class Dossier:
    """What is known of one customer: her row, orders, parcels, row IDs by number, namesakes."""

    customer: Customer
    orders: list[OrderFacts] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    order_rows: dict[str, int] = field(default_factory=dict)
    shipment_rows: dict[str, int] = field(default_factory=dict)
    namesakes: frozenset[str] = frozenset()
    in_hand: frozenset[str] = frozenset()
    """Numbers of the orders that have an open case."""
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
    lines, aftermath = _lines(session, ids, today), load_aftermath(session, ids)
    for order in session.execute(select(_ORDERS).where(Order.customer_id.in_(ids))):
        dossier = dossiers[order.customer_id]
        facts = order_facts(order, dossier.customer.member_id, lines.get(order.id, ()), families)
        dossier.orders.append(aftermath.told_of(order.id, facts))
        dossier.order_rows[order.number] = order.id
    _add_parcels(session, dossiers, today)
    for customer_id, dossier in dossiers.items():
        dossier.orders = without_taken_back(dossier.orders, aftermath.signs)
        dossier.in_hand = frozenset(aftermath.in_hand[customer_id])
    for customer_id, names in _namesakes(session, ids).items():
        dossiers[customer_id].namesakes = frozenset(names)
    return list(dossiers.values()), _first_shown(session, dossiers.values())


def situation_of(
    dossier: Dossier,
    now: datetime,
    tz: tzinfo,
    workdays: WorkingDays,
    limits: Thresholds,
    first_shown: Mapping[str, str],
) -> Situation:
    """What the rules, and whoever explains them, may look at."""
    customer = dossier.customer
    told, seen = customer.expects_loyalty_since, customer.first_seen_at
    return Situation(
        customer.facts(),
        dossier.orders,
        dossier.parcels,
        now,
        tz,
        workdays,
        limits,
        dossier.namesakes,
        first_shown,
        told.astimezone(tz).date() if told else None,
        seen.astimezone(tz).date(),
        dossier.in_hand,
    )


def _lines(session: Session, ids: Collection[int], today: date) -> dict[int, list[OrderLine]]:
    found: defaultdict[int, list[OrderLine]] = defaultdict(list)
    rows = session.execute(
        select(_LINES)
        .join(Order, Order.id == OrderLineRow.order_id)
        .where(Order.customer_id.in_(ids), Order.order_date >= today - timedelta(days=RECENT_DAYS))
        .order_by(OrderLineRow.order_id, OrderLineRow.position)
    )
    for row in rows:
        found[row.order_id].append(order_line(row))
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
    """Per unknown order type of these customers the first order that may report it."""
    codes = {
        order.source
        for dossier in dossiers
        for order in dossier.orders
        if order.family is OrderFamily.UNKNOWN
    }
    # Unknown codes are few. One look into the index each, however many orders show it.
    found = {code: session.scalar(_first_of(code)) for code in sorted(codes)}
    return {code: number for code, number in found.items() if number is not None}


def _first_of(code: str) -> Select[str]:
    reportable = (
        Order.source == code,
        Order.historic.is_(False),
        Order.accepted_at.is_(None),
        Order.vanished_at.is_(None),
    )
    return select(Order.number).where(*reportable).order_by(Order.number).limit(1)
