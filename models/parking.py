"""The alert about parked work: one per queue, told again when more is parked, over with the last.

Rows are parked by claims.py or for a reason of their own; a human, or new facts, give them another
chance.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.queue import Queue
from models.system_alerts import close_system_alert, is_standing, open_system_alert

RULE = "job-parked"


def tell_parked(session: Session, queue: Queue, detail: str, now: datetime) -> None:
    """Rows of the queue have just been parked; `detail` says which and why."""
    open_system_alert(session, RULE, queue.model.__tablename__, detail, now, anew=True)


def end_if_none(session: Session, queue: Queue, now: datetime) -> bool:
    """End the alert when nothing of the queue is parked any more. Returns whether it ended."""
    subject = queue.model.__tablename__
    # The alert first: rows that are parked are in no index, and mostly there is none.
    if not is_standing(session, RULE, subject):
        return False
    if session.scalar(select(exists().where(queue.model.parked_at.is_not(None)))):
        return False
    return close_system_alert(session, RULE, subject, now)
