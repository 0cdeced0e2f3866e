"""What became of orders after they were placed: changes, credits of the ledger, cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.case import Case, CaseStepRow
from models.credit_signs import credit_signs
from models.domain.credits import CreditSigns
from models.domain.values import CaseStep, OrderFacts
from models.domain.values import OrderChange as Change
from models.order import Order
from models.order_change import OrderChange

#: The user's word counts before the lists show it.
_TOLD_UNDONE = CaseStepRow.step.in_((CaseStep.CANCELLED, CaseStep.CREDITED)) & (
    CaseStepRow.seen.is_(False)
)


@dataclass
class Aftermath:
    """By order row its changes, and whether the user said in its case that it is undone.

    `signs` tell of credits. `in_hand` are, by customer row, the numbers of the orders that have an
    open case.
    """

    signs: CreditSigns

    changes: defaultdict[int, list[Change]] = field(default_factory=lambda: defaultdict(list))
    undone: set[int] = field(default_factory=set)
    in_hand: defaultdict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def told_of(self, order_row: int, order: OrderFacts) -> OrderFacts:
        """The order with what became of it; whether a credit took it back is not told yet."""
        undone = order_row in self.undone
        return replace(
            order,
            changes=tuple(self.changes.get(order_row, ())),
            credited=undone or order.number in self.signs.ledger,
            cancelled=undone or order.cancelled,
        )


def load_aftermath(session: Session, customer_rows: Collection[int]) -> Aftermath:
    """Of all orders of these customers, in five queries."""
    found = Aftermath(credit_signs(session, customer_rows))
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


def _add_cases(session: Session, ids: Collection[int], found: Aftermath) -> None:
    rows = session.execute(
        select(Case.customer_id, Case.order_id, Order.number, Case.closed_at, CaseStepRow.step)
        .join(Order, Order.id == Case.order_id)
        .outerjoin(CaseStepRow, (CaseStepRow.case_id == Case.id) & _TOLD_UNDONE)
        .where(Case.customer_id.in_(ids))
    )
    for customer_id, order_id, number, closed_at, step in rows:
        if step is not None:
            found.undone.add(order_id)
        if closed_at is None:
            found.in_hand[customer_id].add(number)
