"""Whether the loop scheduler → message → worker → row turns, as its heartbeat tells."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from models.heartbeat import why_silent
from worker.schedule import Schedule

if TYPE_CHECKING:
    from worker.bootstrap import House

#: A worker whose threads are all busy with slow partners answers late, and is not dead.
LEAST_PATIENCE = timedelta(minutes=5)


def heartbeat_schedule(house: House) -> Schedule:
    """When the loop is asked for a sign of life."""
    return Schedule("heartbeat", house.settings.schedule.heartbeat, house.timezone)


def patience(schedule: Schedule, now: datetime) -> timedelta:
    """How old the last heartbeat may be: three of its intervals, and never less than minutes."""
    first = schedule.next_after(now)
    return max(3 * (schedule.next_after(first) - first), LEAST_PATIENCE)


def trouble(session: Session, schedule: Schedule, now: datetime) -> str | None:
    """Why the program is taken for dead, None while its heart beats."""
    return why_silent(session, now, patience(schedule, now))
