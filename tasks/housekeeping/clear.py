"""The job `housekeeping`: forgets what is no longer needed, closes runs whose process died."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Text, cast, delete, exists, select, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.base import Base
from models.customer import CustomerVolume
from models.dependents import delete_with_dependents
from models.domain.months import PvMonth
from models.domain.values import (
    FINAL_PARCEL_STATES,
    AlertState,
    MailKind,
    MailState,
    RunState,
)
from models.job import JobRun, Slot
from models.ledger import LedgerEntry
from models.mail import Mail
from models.order import Invoice, Order
from models.page import PageSample
from models.parking import end_if_none
from models.queues import ALL_QUEUES
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from tasks.ports import Clock
from tasks.run import Counts, Run

#: Rows of one transaction.
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Limits:
    """How long things are kept (domain.md, "Personal data")."""

    history: timedelta
    tracking: timedelta
    invoices: timedelta
    mails: timedelta = timedelta(days=90)
    samples: timedelta = timedelta(days=30)
    orders_months: int = 24


def clear_up(db: Database, clock: Clock, limits: Limits, run: Run) -> Counts:
    """Apply every limit, each in a short transaction of its own."""
    now = clock.now()
    counts = Counts()
    for name, step in _STEPS.items():
        if run.stopping():
            break
        run.beat()
        counts[name] += _apply(db, step, now, limits)
    return +counts


def _apply(db: Database, step: _Step, now: datetime, limits: Limits) -> int:
    """Portion by portion, so that nobody waits for long; a step returns 0 when it is through."""
    done = 0
    while True:
        with db.write() as session:
            portion = step(session, now, limits)
        done += portion
        if portion < MOST_AT_ONCE:
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
    runs = session.execute(delete(JobRun).where(JobRun.started_at < before))
    slots = session.execute(delete(Slot).where(Slot.finished_at < before))
    return _count(runs) + _count(slots)


def _tracking(session: Session, now: datetime, limits: Limits) -> int:
    old = select(Shipment.id).where(
        Shipment.state.in_(FINAL_PARCEL_STATES), Shipment.last_event_at < now - limits.tracking
    )
    return _count(session.execute(delete(ShipmentEvent).where(ShipmentEvent.shipment_id.in_(old))))


def _invoices(session: Session, now: datetime, limits: Limits) -> int:
    mailed = select(Mail.invoice_id).where(
        Mail.kind == MailKind.INVOICE_COPY,
        Mail.state == MailState.SENT,
        Mail.sent_at < now - limits.invoices,
    )
    old = Invoice.id.in_(mailed) & Invoice.pdf.is_not(None)
    return _count(session.execute(update(Invoice).where(old).values(pdf=None)))


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
    old = PageSample.kept_at < now - limits.samples
    return _count(session.execute(delete(PageSample).where(old)))


def _orders(session: Session, now: datetime, limits: Limits) -> int:
    """Orders of PV months long past, with lines, invoices, parcels, alerts and whatever else."""
    oldest = PvMonth.of(now.date()).plus(-limits.orders_months)
    old = select(Order.id).where(Order.pv_month < oldest).order_by(Order.id).limit(MOST_AT_ONCE)
    table = Base.metadata.tables[Order.__tablename__]
    ids = session.scalars(old).all()
    numbers = select(Order.number).where(Order.id.in_(ids))
    session.execute(delete(LedgerEntry).where(LedgerEntry.order_number.in_(numbers)))
    delete_with_dependents(session, table, ids)
    return len(ids)


def _ledger(session: Session, now: datetime, limits: Limits) -> int:
    """Rows of orders that are not stored: what versions before kept of erased people's orders."""
    orphaned = ~exists().where(Order.number == LedgerEntry.order_number)
    ids = session.scalars(select(LedgerEntry.id).where(orphaned).limit(MOST_AT_ONCE)).all()
    return _count(session.execute(delete(LedgerEntry).where(LedgerEntry.id.in_(ids))))


def _months(session: Session, now: datetime, limits: Limits) -> int:
    """What was known of months long past: PV by month, and alerts that ended."""
    oldest = PvMonth.of(now.date()).plus(-limits.orders_months)
    volumes = session.execute(delete(CustomerVolume).where(CustomerVolume.month < oldest))
    over = Alert.state.in_((AlertState.RESOLVED, AlertState.DISMISSED))
    ended = select(Alert.id).where(Alert.month < oldest, over).limit(MOST_AT_ONCE)
    alerts = session.scalars(ended).all()
    delete_with_dependents(session, Base.metadata.tables[Alert.__tablename__], alerts)
    return _count(volumes) + len(alerts)


_Step = Callable[[Session, datetime, Limits], int]

_STEPS: dict[str, _Step] = {
    "runs_abandoned": _dead_runs,
    "history_cleared": _history,
    "events_cleared": _tracking,
    "invoices_cleared": _invoices,
    "mails_emptied": _mails,
    "samples_cleared": _samples,
    "orders_forgotten": _orders,
    "ledger_forgotten": _ledger,
    "months_forgotten": _months,
    "parked_ended": _parked,
}


def _count(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
