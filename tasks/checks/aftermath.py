"""What became of orders after they were placed: changes, credits of the ledger, cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.case import Case, CaseStepRow
from models.domain.values import CaseStep, OrderFacts
from models.domain.values import OrderChange as Change
from models.ledger import LedgerEntry
from models.order import Order
from models.order_change import OrderChange

#: What makes an order undone: the user's word counts before the lists show it.
_UNDOING = (CaseStep.CANCELLED, CaseStep.CREDITED)


@dataclass
class Aftermath:
    """By order row: its changes, the sum of its credits, whether a case has undone it.

    `in_hand` are, by customer row, the numbers of the orders that have an open case.
    """

    changes: defaultdict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))
    credits: dict[int, Decimal] = field(default_factory=dict)
    undone: set[int] = field(default_factory=set)
    in_hand: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def told_of(self, order_row: int, order: OrderFacts) -> OrderFacts:
        """The order with all that became of it.

        A credit of the whole value takes the order back; a part of it (one item) does not.
        """
        credit = self.credits.get(order_row)
        whole = credit is not None and (order.total is None or -credit >= order.total)
        return replace(
            order,
            changes=tuple(self.changes.get(order_row, ())),
            credited=credit is not None or order_row in self.undone,
            cancelled=order.cancelled or whole or order_row in self.undone,
        )


def load_aftermath(session: Session, customer_rows: Collection[int]) -> Aftermath:
    """Of all orders of these customers, in three queries."""
    found = Aftermath(credits=_credited(session, customer_rows))
    _add_changes(session, customer_rows, found)
    _add_cases(session, customer_rows, found)
    return found


def _add_changes(session: Session, ids: Collection[int], found: Aftermath) -> None:
    rows = session.scalars(
        select(OrderChange)
        .join(Order, Order.id == OrderChange.order_id)
        .where(Order.customer_id.in_(ids), Order.historic.is_(False))
        .order_by(OrderChange.id)
    )
    for row in rows:
        found.changes[row.order_id].append(Change(row.field, row.before, row.after, row.at))


def _credited(session: Session, ids: Collection[int]) -> dict[int, Decimal]:
    """The sum of the credits of each order that has any, negative."""
    rows = session.execute(
        select(Order.id, func.sum(LedgerEntry.amount))
        .join(LedgerEntry, LedgerEntry.order_number == Order.number)
        .where(Order.customer_id.in_(ids), LedgerEntry.amount < Decimal(0))
        .group_by(Order.id)
    )
    return {row[0]: row[1] for row in rows}


def _add_cases(session: Session, ids: Collection[int], found: Aftermath) -> None:
    rows = session.execute(
        select(Case.customer_id, Case.order_id, Order.number, Case.closed_at, CaseStepRow.step)
        .join(Order, Order.id == Case.order_id)
        .outerjoin(CaseStepRow, (CaseStepRow.case_id == Case.id) & CaseStepRow.step.in_(_UNDOING))
        .where(Case.customer_id.in_(ids))
    )
    for customer_id, order_id, number, closed_at, step in rows:
        if step is not None:
            found.undone.add(order_id)
        if closed_at is None:
            found.in_hand[customer_id].add(number)
