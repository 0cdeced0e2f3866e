"""Opens cases, ticks their steps, and wakes them when their customer's facts change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.case import Case, CaseStepRow
from models.claims import make_due
from models.domain.values import AlertState, CaseStep
from models.order import Order
from models.queues import CASES, REVIEWS
from models.upsert import insert_or_ignore

#: What a case takes over: its alerts need no reminders once somebody has the order in hand.
TAKEN_OVER = (
    "wrong-order-type",
    "second-loyalty-order",
    "duplicate-order",
    "enrolment-of-known-customer",
    "unexpected-loyalty-order",
    "unusual-order-size",
    "parcel-returning",
    "parcel-returned",
)


def taken_over() -> ColumnElement[bool]:
    """A condition on alerts: an open case of their order stands for them."""
    in_hand = exists().where(Case.order_id == Alert.order_id, Case.closed_at.is_(None))
    return Alert.rule.in_(TAKEN_OVER) & in_hand


def open_case(session: Session, order: Order, now: datetime) -> tuple[Case, bool]:
    """The case of the order, and whether it is new. Its open alerts count as seen from then on."""
    made = session.scalar(select(exists().where(Case.order_id == order.id)))
    row = {"order_id": order.id, "customer_id": order.customer_id, "opened_at": now}
    insert_or_ignore(session, Case, [row | {"next_check_at": now}])
    case = session.scalars(select(Case).where(Case.order_id == order.id)).one()
    if not made:
        _acknowledge(session, order)
        make_due(session, REVIEWS, [order.customer_id], now)
    return case, not made


def _acknowledge(session: Session, order: Order) -> None:
    hers = Alert.customer_id == order.customer_id  # which has an index
    theirs = hers & (Alert.order_id == order.id) & Alert.rule.in_(TAKEN_OVER)
    open_ = Alert.state.in_((AlertState.OPEN, AlertState.SNOOZED))
    session.execute(
        update(Alert)
        .where(theirs, open_)
        .values(state=AlertState.ACKED, next_notice_at=None, snoozed_until=None)
        .execution_options(synchronize_session=False)
    )


def tick_step(session: Session, case: Case, step: CaseStep, now: datetime) -> bool:
    """Write that the user made the step. Returns False when it was made before: it stays so."""
    known = session.get(CaseStepRow, (case.id, step))
    if known is None:
        session.add(CaseStepRow(case_id=case.id, step=step, at=now, seen=False))
        session.flush()
    _look_again(session, case, now)
    return known is None


def untick_step(session: Session, case: Case, step: CaseStep, now: datetime) -> bool:
    """Take back a step that was ticked. What the program saw by itself it would see again."""
    ticked = (CaseStepRow.case_id == case.id) & (CaseStepRow.step == step)
    row = session.scalar(select(CaseStepRow).where(ticked, CaseStepRow.seen.is_(False)))
    if row is not None:
        session.execute(delete(CaseStepRow).where(ticked))
        _look_again(session, case, now)
    return row is not None


def _look_again(session: Session, case: Case, now: datetime) -> None:
    make_due(session, CASES, [case.id], now)
    make_due(session, REVIEWS, [case.customer_id], now)


def wake_cases(session: Session, customer_rows: Collection[int], now: datetime) -> None:
    """Something about these customers has changed: their open cases are due."""
    open_ = Case.closed_at.is_(None) & Case.parked_at.is_(None)
    ids = session.scalars(select(Case.id).where(Case.customer_id.in_(customer_rows), open_)).all()
    make_due(session, CASES, ids, now)
