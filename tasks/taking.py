"""Takes due rows for a job, and reports the ones that have been parked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.claims import Claim, Lease, claim
from models.parking import tell_parked
from models.queue import Queue
from models.session import Database
from tasks.ports import Clock


def take(db: Database, clock: Clock, queue: Queue, lease: Lease, limit: int) -> Claim:
    """Claim up to `limit` due rows in a transaction of its own."""
    now = clock.now()
    with db.write() as session:
        held = claim(session, queue, lease, now, limit)
        report_parked(session, queue, lease, held, now)
    return held


def report_parked(session: Session, queue: Queue, lease: Lease, held: Claim, now: datetime) -> None:
    """Tell the operator that rows have no attempts left."""
    if held.parked:
        subject = queue.model.__tablename__
        rows = ", ".join(map(str, held.parked))
        detail = f"{subject} {rows}: failed {lease.max_attempts} times and parked"
        tell_parked(session, queue, detail, now)
