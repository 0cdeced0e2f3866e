"""Reads the cases that are due, with all that is known of their customers: a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.case import Case, CaseStepRow
from models.credit_signs import credit_signs
from models.customer import Customer
from models.domain.credits import Credit, credits_of
from models.domain.loyalty import standing
from models.domain.values import CaseStep, OrderFacts, OrderFamily, OrderLine, Parcel
from models.domain.workdays import Workdays
from models.mark import RESTORED, find_mark
from models.order import Order, OrderLineRow, order_facts, order_line
from models.shipment import Shipment
from tasks.cases.facts import CaseFacts, CaseLimits, Step


@dataclass(frozen=True)
class CaseRules:
    """What cases go by: the numbers, the calendar, the order types."""

    timezone: ZoneInfo
    workdays: Workdays
    families: Mapping[str, OrderFamily]
    limits: CaseLimits
    lookback_months: int


@dataclass(frozen=True)
class File:
    """One case: its row, its customer's row, and the facts."""

    case: Case
    customer: Customer
    facts: CaseFacts


def load_files(
    session: Session, ids: Collection[int], rules: CaseRules, now: datetime
) -> list[File]:
    """The cases `ids` with their facts."""
    rows = session.execute(
        select(Case, Customer)
        .join(Customer, Customer.id == Case.customer_id)
        .where(Case.id.in_(ids))
        .order_by(Case.id)
    ).all()
    steps = _steps(session, ids)
    known = _Known(session, [customer for _, customer in rows], rules)
    return [
        File(case, customer, known.facts(case, customer, steps[case.id], now))
        for case, customer in rows
    ]


def _steps(session: Session, ids: Collection[int]) -> dict[int, dict[CaseStep, Step]]:
    found: defaultdict[int, dict[CaseStep, Step]] = defaultdict(dict)
    for row in session.scalars(select(CaseStepRow).where(CaseStepRow.case_id.in_(ids))):
        found[row.case_id][row.step] = Step(row.at, row.by, row.seen)
    return found


class _Known:
    """Orders and parcels of some customers."""

    def __init__(self, session: Session, customers: Sequence[Customer], rules: CaseRules) -> None:
        self.rules = rules
        restored = find_mark(session, RESTORED)
        self.restored_at = restored.at if restored else None
        self.numbers: dict[int, str] = {}
        self.orders: defaultdict[int, list[OrderFacts]] = defaultdict(list)
        self.parcels: defaultdict[int, list[Parcel]] = defaultdict(list)
        members = {customer.id: customer.member_id for customer in customers}
        lines = _lines(session, members)
        for order in session.scalars(select(Order).where(Order.customer_id.in_(members))):
            facts = order_facts(
                order, members[order.customer_id], lines.get(order.id, ()), rules.families
            )
            self.numbers[order.id] = order.number
            self.orders[order.customer_id].append(facts)
        signs = credit_signs(session, members)
        self.credits: dict[str, Credit] = {}
        for orders in self.orders.values():
            self.credits |= credits_of(orders, signs)
        parcels = session.execute(
            select(Shipment, Order.number, Order.customer_id)
            .join(Order, Order.id == Shipment.order_id)
            .where(Order.customer_id.in_(members))
        )
        for shipment, number, customer_id in parcels:
            self.parcels[customer_id].append(shipment.parcel(number))

    def facts(
        self, case: Case, customer: Customer, steps: dict[CaseStep, Step], now: datetime
    ) -> CaseFacts:
        """The facts of one case."""
        number = self.numbers[case.order_id]
        orders, parcels = self.orders[customer.id], self.parcels[customer.id]
        (order,) = [order for order in orders if order.number == number]
        return CaseFacts(
            order=order,
            opened_at=case.opened_at,
            known=steps,
            orders=orders,
            parcels=[parcel for parcel in parcels if parcel.order_number == number],
            credit=self._credit(number),
            reorder_due=self._reorder_due(customer, order, orders, now),
            tz=self.rules.timezone,
            workdays=self.rules.workdays,
            limits=self.rules.limits,
            restored_at=self.restored_at,
        )

    def _credit(self, number: str) -> Step | None:
        """What shows that the order was credited; that the user ticked it is known anyway."""
        credit = self.credits.get(number)
        if credit is None or credit.day is None:
            return None
        start = datetime.combine(credit.day, time.min, self.rules.timezone)
        return Step(start.astimezone(UTC), credit.by)

    def _reorder_due(
        self, customer: Customer, order: OrderFacts, orders: list[OrderFacts], now: datetime
    ) -> bool:
        """Whether a loyalty order was expected in its place (domain.md, R1)."""
        if order.family is not OrderFamily.STANDARD or order.pv <= 0:
            return False
        rules = self.rules
        found = standing(
            customer.facts(),
            orders,
            order.pv_month,
            now.astimezone(rules.timezone).date(),
            keeping_pv=rules.limits.keeping_pv,
            lookback_months=rules.lookback_months,
        )
        return found.expected and not found.enrolment_month


def _lines(session: Session, customer_rows: Collection[int]) -> dict[int, list[OrderLine]]:
    found: defaultdict[int, list[OrderLine]] = defaultdict(list)
    rows = session.scalars(
        select(OrderLineRow)
        .join(Order, Order.id == OrderLineRow.order_id)
        .where(Order.customer_id.in_(customer_rows))
        .order_by(OrderLineRow.order_id, OrderLineRow.position)
    )
    for row in rows:
        found[row.order_id].append(order_line(row))
    return found
