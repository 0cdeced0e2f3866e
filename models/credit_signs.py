"""Reads what tells of credits: the ledger, ticked steps, parcels that went back; and the credits.

Lists, rules and cases all ask here, and `models/domain/credits.py` is what they go by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, select, union
from sqlalchemy.orm import Session

from models.case import Case, CaseStepRow
from models.customer import Customer
from models.domain.credits import WENT_BACK, Credit, CreditSigns, LedgerCredit, credits_of
from models.domain.values import CaseStep, OrderFacts, OrderFamily
from models.ledger import LedgerEntry
from models.order import Order, order_facts
from models.shipment import Shipment

#: Row IDs of customers, or a query for them.
Who = Collection[int] | Select[int]


def credit_signs(session: Session, customer_rows: Who) -> CreditSigns:
    """Of all orders of these customers, in three queries."""
    hers = Order.customer_id.in_(customer_rows)
    ticked = select(Order.number).join(Case, Case.order_id == Order.id).join(CaseStepRow)
    seen = CaseStepRow.seen.is_(False) & (CaseStepRow.step == CaseStep.CREDITED)
    back = select(Order.number).join(Shipment, Shipment.order_id == Order.id)
    return CreditSigns(
        ledger=_ledger(session, customer_rows),
        told=frozenset(session.scalars(ticked.where(hers, seen))),
        went_back=frozenset(session.scalars(back.where(hers, Shipment.state.in_(WENT_BACK)))),
    )


def _ledger(session: Session, customer_rows: Who) -> dict[str, LedgerCredit]:
    pv = func.sum(func.coalesce(LedgerEntry.pv, Decimal(0)))
    rows = session.execute(
        select(Order.number, func.sum(LedgerEntry.amount), pv, func.max(LedgerEntry.entry_date))
        .join(LedgerEntry, LedgerEntry.order_number == Order.number)
        .where(Order.customer_id.in_(customer_rows), LedgerEntry.amount < Decimal(0))
        .group_by(Order.number)
    )
    return {row[0]: LedgerCredit(row[1], row[2], row[3]) for row in rows}


def gives_back() -> ColumnElement[bool]:
    """An "order" of negative PV or total: a credit; nobody has ordered anything (`is_credit`)."""
    return (Order.pv < Decimal(0)) | (func.coalesce(Order.total, Decimal(0)) < Decimal(0))


def _may_be_taken_back(customer_rows: Select[int]) -> CompoundSelect[int]:
    """A negative order may mean any of its customer's; of the others their own signs tell all.

    Each kind is looked up among these customers alone: amounts are in no index.
    """
    hers = Order.customer_id.in_(customer_rows)
    negative = select(Order.customer_id).where(hers, gives_back())
    in_ledger = select(Order.id).join(LedgerEntry, LedgerEntry.order_number == Order.number)
    return union(
        select(Order.id).where(Order.customer_id.in_(negative)),
        in_ledger.where(hers, LedgerEntry.amount < Decimal(0)),
        select(Order.id).join(Case, Case.order_id == Order.id).where(hers),
    )


def load_credits(
    session: Session, customer_rows: Select[int], families: Mapping[str, OrderFamily]
) -> dict[str, Credit]:
    """Per number of an order of these customers that was taken back: what shows it."""
    signs = credit_signs(session, customer_rows)
    found: defaultdict[int, list[OrderFacts]] = defaultdict(list)
    rows = session.execute(
        select(Order.__table__, Customer.member_id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Order.id.in_(_may_be_taken_back(customer_rows)))
    )
    for row in rows:
        found[row.customer_id].append(order_facts(row, row.member_id, (), families))
    return {
        number: credit
        for orders in found.values()
        for number, credit in credits_of(orders, signs).items()
    }
