"""The heartbeat: one row that the scheduler makes due and a worker answers, over and over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UtcTime
from models.claimable import Claimable
from models.claims import make_due
from models.queue import Queue
from models.upsert import insert_or_ignore

#: There is one loop, so there is one row.
_ROW = 1


class Heartbeat(Claimable, Base):
    """`next_beat_at` is set by a scheduler and waits for a worker, who writes `last_beat_at`."""

    __tablename__ = "heartbeats"

    next_beat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_beat_at: Mapped[datetime | None] = mapped_column(UtcTime)


BEATS = Queue(Heartbeat, Heartbeat.next_beat_at)


def ask_for_beat(session: Session, now: datetime) -> None:
    """Make the heartbeat due now, unless it waits already: how long it waits tells something."""
    insert_or_ignore(session, Heartbeat, [{"id": _ROW}])
    idle = or_(Heartbeat.next_beat_at.is_(None), Heartbeat.parked_at.is_not(None))
    make_due(session, BEATS, session.scalars(select(Heartbeat.id).where(idle)).all(), now)


def last_beat(session: Session) -> datetime | None:
    """When the loop turned last (UTC)."""
    return session.scalar(select(Heartbeat.last_beat_at).where(Heartbeat.id == _ROW))


def why_silent(session: Session, now: datetime, patience: timedelta) -> str | None:
    """Why the loop is taken for dead, None while it turns."""
    beat = session.get(Heartbeat, _ROW)
    if beat is None or (beat.last_beat_at is None and beat.next_beat_at is None):
        return "no heartbeat yet: `orderwatch run` (or scheduler and worker) has not been started"
    # One from the future was written by a clock that has been set back: it proves nothing.
    if beat.last_beat_at is not None and abs(now - beat.last_beat_at) <= patience:
        return None
    last = f"the last heartbeat was {_ago(beat.last_beat_at, now)}"
    waiting = beat.next_beat_at is not None and beat.next_beat_at <= now
    if waiting and beat.last_beat_at != beat.next_beat_at:
        return f"{last}, one waits {_since(beat.next_beat_at, now)}: no worker takes it up"
    return f"{last}: no scheduler asks for one"


def _ago(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return "never"
    return f"{_span(now - moment)} ago" if moment <= now else "by a clock that was ahead"


def _since(moment: datetime | None, now: datetime) -> str:
    return "" if moment is None else f"since {_span(now - moment)}"


def _span(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds // 3600} hours"
