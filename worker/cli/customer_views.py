"""Customers as JSON: queries and shapes of `customers find` and `customers show`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models import stop_list
from models.alert import Alert
from models.case import Case
from models.customer import Customer, CustomerVolume
from models.domain.months import PvMonth
from models.domain.names import name_key
from models.finding_facts import amount_text, utc_text
from models.order import Order
from tasks.checks.load import load_dossiers, situation_of
from tasks.orders.search import found_rows
from tasks.ports import SourceError, TeamRow
from worker.cli.alert_views import STANDING, alert_views
from worker.cli.case_views import case_views
from worker.cli.order_views import order_views
from worker.cli.shipment_views import shipment_views
from worker.lacking import NO_OFFICE

if TYPE_CHECKING:
    from worker.bootstrap import House

View = dict[str, Any]

#: What names the account's owner, whose member ID may be unknown.
OWNER = "owner"

_MONTHS = 3


def customer_called(session: Session, member_id: str) -> Customer | None:
    """The customer with this ID, or the account's owner; None when there is none."""
    if member_id.casefold() == OWNER:
        return session.scalar(select(Customer).where(Customer.is_owner).limit(1))
    return session.scalar(select(Customer).where(Customer.member_id == member_id))


def found_customers(session: Session, text: str) -> list[View]:
    """The customers whose name holds all words of `text`, or whose ID or e-mail holds it."""
    words = name_key(text).split()
    part = text.strip().lower()
    names = and_(*(Customer.name_key.contains(word, autoescape=True) for word in words))
    others = [
        func.lower(column).contains(part, autoescape=True)
        for column in (Customer.member_id, Customer.email, Customer.email_told)
    ]
    query = select(Customer).where(or_(names, *others)).order_by(Customer.name_key, Customer.id)
    return [_found(customer) for customer in session.scalars(query)]


def customers_named(session: Session, text: str) -> list[Customer]:
    """The customers whose name holds all words of `text`."""
    words = name_key(text).split()
    names = and_(*(Customer.name_key.contains(word, autoescape=True) for word in words))
    query = select(Customer).where(names).order_by(Customer.name_key, Customer.id)
    return list(session.scalars(query)) if words else []


def found_live(house: House, text: str) -> list[View]:
    """Whom the back office's own search finds, in its order. Raises WrongUse, Problem.

    An erased person is left out here too.
    """
    from worker.cli.output import Problem, WrongUse

    if house.back_office is None:
        raise WrongUse(NO_OFFICE)
    try:
        rows = list(found_rows(house.back_office, text.strip()))
    except SourceError as error:
        raise Problem(str(error)) from None
    with house.db.read() as session:
        stopped = stop_list.load(session)
    return [_row(row) for row in rows if not stopped.holds(row.member_id)]


def _row(row: TeamRow) -> View:
    enrolled = row.enrolled_on.isoformat() if row.enrolled_on else None
    named = {"id": row.member_id, "name": row.name, "email": row.email}
    return named | {"kind": row.kind, "enrolled_on": enrolled}


def _found(customer: Customer) -> View:
    return {
        "id": customer.member_id,
        "name": customer.name,
        "email": customer.address,
        "kind": customer.kind,
        "enrolled_on": customer.enrolled_on.isoformat() if customer.enrolled_on else None,
    }


def customer_card(session: Session, customer: Customer, house: House, now: datetime) -> View:
    """All that is known of one customer; `now` is aware UTC."""
    today = now.astimezone(house.timezone).date()
    mine = Order.customer_id == customer.id
    about = (Alert.customer_id == customer.id, STANDING)
    return _found(customer) | {
        "phone": customer.phone,
        "enroller": customer.enroller,
        "sponsor": customer.sponsor,
        "pv_by_month": _pv_by_month(session, customer.id, PvMonth.of(today)),
        "loyalty": _loyalty(session, customer, house, now),
        "invoice_copies": customer.invoice_copies,
        "invoice_copies_since": utc_text(customer.invoice_copies_since),
        "orders": order_views(session, house.families, mine),
        "alerts": alert_views(session, *about, timezone=house.settings.timezone),
        "shipments": shipment_views(session, mine),
        "cases": case_views(session, Case.customer_id == customer.id),
    }


def _pv_by_month(session: Session, customer_id: int, current: PvMonth) -> View:
    """Three months, newest first: as the card showed them, else as the orders add up."""
    months = [current.plus(-back) for back in range(_MONTHS)]
    ordered = session.execute(
        select(Order.pv_month, func.sum(Order.pv))
        .where(
            Order.customer_id == customer_id,
            Order.pv_month.in_(months),
            Order.vanished_at.is_(None),
        )
        .group_by(Order.pv_month)
    )
    shown = session.execute(
        select(CustomerVolume.month, CustomerVolume.pv).where(
            CustomerVolume.customer_id == customer_id, CustomerVolume.month.in_(months)
        )
    )
    known = {month: pv for rows in (ordered, shown) for month, pv in rows}
    return {str(month): amount_text(known.get(month, Decimal(0))) for month in months}


def _loyalty(session: Session, customer: Customer, house: House, now: datetime) -> View:
    today = now.astimezone(house.timezone).date()
    (dossier,), first_shown = load_dossiers(session, [customer.id], house.families, today)
    situation = situation_of(
        dossier, now, house.timezone, house.workdays, house.thresholds, first_shown
    )
    found = situation.standing(situation.month)
    return {
        "expected": found.expected,
        "source": found.source,
        "this_month": found.this_month_as,
        "at_risk": found.at_risk,
        "months_in_programme": found.months_in_programme,
        "rate": found.rate,
    }
