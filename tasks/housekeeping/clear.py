"""The job `housekeeping`: forgets what is no longer needed, closes runs whose process died."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Text,
    cast,
    delete,
    exists,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from models.alert import Alert
from models.base import Base
from models.customer import CustomerVolume
from models.dependents import delete_with_dependents
from models.domain.months import PvMonth
from models.domain.values import (
    AlertState,
    MailState,
    RunState,
)
from models.job import JobRun, Slot
from models.ledger import LedgerEntry
from models.mail import Mail
from models.order import Order
from models.page import PageSample
from models.parking import end_if_none
from models.queues import ALL_QUEUES
from models.session import Database
from tasks.housekeeping.details import forget_invoices, forget_parcel_details, forget_scans
from tasks.housekeeping.limits import MOST_AT_ONCE, ORDERS_AT_ONCE, Limits
from tasks.ports import Clock
from tasks.run import Counts, Run


def clear_up(db: Database, clock: Clock, limits: Limits, run: Run) -> Counts:
    """Apply every limit, in many short transactions."""
    now = clock.now()
    counts = Counts()
    for name, step in _STEPS.items():
        counts[name] += _apply(db, step, now, limits, run)
    return +counts


def _apply(db: Database, step: _Step, now: datetime, limits: Limits, run: Run) -> int:
    """Portion by portion; a step returns 0 when it is through."""
    done = 0
    while not run.stopping():
        run.beat()
        with db.write() as session:
            portion = step(session, now, limits)
        if not portion:
            break
        done += portion
    return done


def abandon_dead_runs(session: Session, now: datetime) -> int:
    """Mark runs that gave no sign of life: their process died."""
    dead = (JobRun.state == RunState.RUNNING) & (JobRun.alive_until < now)
    values: dict[str, Any] = {"state": RunState.ABANDONED, "finished_at": now}
    values["error"] = "its process died; what it had claimed is done by the next run"
    return _count(session.execute(update(JobRun).where(dead).values(values)))


def _dead_runs(session: Session, now: datetime, limits: Limits) -> int:
    return abandon_dead_runs(session, now)


def _parked(session: Session, now: datetime, limits: Limits) -> int:
    """New facts may have freed what was parked, or it was cleared."""
    return sum(end_if_none(session, queue, now) for queue in ALL_QUEUES)


def _history(session: Session, now: datetime, limits: Limits) -> int:
    before = now - limits.history
    runs = _delete_some(session, JobRun, JobRun.started_at < before)
    return runs + _delete_some(session, Slot, Slot.finished_at < before)


def _mails(session: Session, now: datetime, limits: Limits) -> int:
    """What a mail said goes; that it was sent, when and to whom, stays with the orders."""
    over = Mail.state.in_((MailState.SENT, MailState.CANCELLED))
    # One that was cancelled has facts and never had a subject.
    full = Mail.subject.is_not(None) | (cast(Mail.facts, Text) != "{}")
    old = over & (Mail.created_at < now - limits.mails) & full
    ids = session.scalars(select(Mail.id).where(old).limit(MOST_AT_ONCE)).all()
    emptied: dict[str, Any] = {"facts": {}, "subject": None}
    return _count(session.execute(update(Mail).where(Mail.id.in_(ids)).values(emptied)))


def _samples(session: Session, now: datetime, limits: Limits) -> int:
    return _delete_some(session, PageSample, PageSample.kept_at < now - limits.samples)


def _orders(session: Session, now: datetime, limits: Limits) -> int:
    """Orders of PV months long past, with lines, invoices, parcels, alerts and whatever else."""
    oldest = PvMonth.of(now.date()).plus(-limits.orders_months)
    # In the order of the index: by their IDs, all orders would be read to find that none is old.
    old = select(Order.id).where(Order.pv_month < oldest).order_by(Order.pv_month)
    table = Base.metadata.tables[Order.__tablename__]
    ids = session.scalars(old.limit(ORDERS_AT_ONCE)).all()
    numbers = select(Order.number).where(Order.id.in_(ids))
    session.execute(delete(LedgerEntry).where(LedgerEntry.order_number.in_(numbers)))
    delete_with_dependents(session, table, ids)
    return len(ids)


def _ledger(session: Session, now: datetime, limits: Limits) -> int:
    """Rows of orders that are not stored: what versions before kept of erased people's orders."""
    orphaned = ~exists().where(Order.number == LedgerEntry.order_number)
    return _delete_some(session, LedgerEntry, orphaned)


def _months(session: Session, now: datetime, limits: Limits) -> int:
    """What was known of months long past: PV by month, and alerts that ended."""
    oldest = PvMonth.of(now.date()).plus(-limits.orders_months)
    key = tuple_(CustomerVolume.customer_id, CustomerVolume.month)
    months = select(CustomerVolume.customer_id, CustomerVolume.month)
    some = months.where(CustomerVolume.month < oldest).limit(MOST_AT_ONCE)
    volumes = session.execute(delete(CustomerVolume).where(key.in_(some)))
    over = Alert.state.in_((AlertState.RESOLVED, AlertState.DISMISSED))
    ended = select(Alert.id).where(Alert.month < oldest, over).limit(MOST_AT_ONCE)
    alerts = session.scalars(ended).all()
    delete_with_dependents(session, Base.metadata.tables[Alert.__tablename__], alerts)
    return _count(volumes) + len(alerts)


_Alone = type[JobRun | Slot | PageSample | LedgerEntry]


def _delete_some(session: Session, model: _Alone, old: ColumnElement[bool]) -> int:
    """Delete one portion of rows on which nothing hangs."""
    ids = session.scalars(select(model.id).where(old).limit(MOST_AT_ONCE)).all()
    return _count(session.execute(delete(model).where(model.id.in_(ids))))


_Step = Callable[[Session, datetime, Limits], int]

_STEPS: dict[str, _Step] = {
    "runs_abandoned": _dead_runs,
    "history_cleared": _history,
    "events_cleared": forget_scans,
    "parcels_cleared": forget_parcel_details,
    "invoices_cleared": forget_invoices,
    "mails_emptied": _mails,
    "samples_cleared": _samples,
    "orders_forgotten": _orders,
    "ledger_forgotten": _ledger,
    "months_forgotten": _months,
    "parked_ended": _parked,
}


def _count(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
