"""The job `housekeeping`: forgets what is no longer needed, closes runs whose process died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from models.domain.values import FINAL_PARCEL_STATES, MailKind, MailState, RunState
from models.job import JobRun, Slot
from models.mail import Mail
from models.order import Invoice
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from tasks.ports import Clock
from tasks.run import Counts, Run


@dataclass(frozen=True)
class Limits:
    """How long things are kept (domain.md, "Personal data")."""

    history: timedelta
    tracking: timedelta
    invoices: timedelta


def clear_up(db: Database, clock: Clock, limits: Limits, run: Run) -> Counts:
    """Apply every limit, each in a short transaction of its own."""
    now = clock.now()
    counts = Counts()
    for name, step in _STEPS.items():
        if run.stopping():
            break
        run.beat()
        with db.write() as session:
            counts[name] += step(session, now, limits)
    return +counts


def abandon_dead_runs(session: Session, now: datetime) -> int:
    """Mark runs that gave no sign of life: their process died."""
    dead = (JobRun.state == RunState.RUNNING) & (JobRun.alive_until < now)
    values: dict[str, Any] = {"state": RunState.ABANDONED, "finished_at": now}
    values["error"] = "its process died; what it had claimed is done by the next run"
    return _count(session.execute(update(JobRun).where(dead).values(values)))


def _dead_runs(session: Session, now: datetime, limits: Limits) -> int:
    return abandon_dead_runs(session, now)


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


_STEPS = {
    "runs_abandoned": _dead_runs,
    "history_cleared": _history,
    "events_cleared": _tracking,
    "invoices_cleared": _invoices,
}


def _count(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
