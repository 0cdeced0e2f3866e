"""What a refusal of the back office means to all who read it: nobody asks for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.politeness import is_paused
from models.source import Source
from models.sources import source_row
from tasks.ports import SourceRefused

#: Even a network that stays refused is tried twice a day.
LONGEST_PAUSE = timedelta(hours=12)

#: Whoever says "at once", or a time that is past by our clock, is given a moment all the same.
SHORTEST_PAUSE = timedelta(minutes=1)


def pause_after(error: SourceRefused, first: timedelta, failing: timedelta) -> timedelta:
    """For how long nobody asks: what the site says; else as long as it has failed, `first` at
    least, so that each pause is about twice as long as the one before.

    How the site behaves after a refusal is unknown (backoffice.md), so `first` is a setting.
    """
    if error.retry_after is not None:
        return max(timedelta(seconds=error.retry_after), SHORTEST_PAUSE)
    return max(first, min(failing, LONGEST_PAUSE))


def pause_source(
    session: Session, name: str, error: SourceRefused, first: timedelta, now: datetime
) -> datetime:
    """Leave the source alone. Returns until when (UTC)."""
    source = source_row(session, name)
    failing = now - (source.failing_since or now)
    until = now + pause_after(error, first, failing)
    source.paused_until = max(until, source.paused_until or until)
    return source.paused_until


def paused_until(session: Session, name: str, now: datetime) -> datetime | None:
    """Until when the source is left alone (UTC), None when it may be asked."""
    source = session.get(Source, name)
    return source.paused_until if source is not None and is_paused(source, now) else None
