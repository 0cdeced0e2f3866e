"""Turns: one reader at a time per source, across processes."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session

from models.source import Source
from models.upsert import insert_or_ignore


class TurnLost(Exception):
    """Somebody else reads this source now; what was read here is not written."""


def take_turn(session: Session, name: str, now: datetime, length: timedelta) -> str | None:
    """Reserve the source. Returns a token, or None while somebody else has it."""
    insert_or_ignore(session, Source, [{"name": name, "budget_used": 0, "failures": 0}])
    token = uuid.uuid4().hex
    free = or_(Source.busy_until.is_(None), Source.busy_until <= now)
    result = session.execute(
        update(Source)
        .where(Source.name == name, free)
        .values(busy_token=token, busy_until=now + length)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return token if result.rowcount else None


def keep_turn(session: Session, name: str, token: str, until: datetime | None) -> None:
    """Hold the source until `until`, or let it go (None). Raises TurnLost."""
    result = session.execute(
        update(Source)
        .where(Source.name == name, Source.busy_token == token)
        .values(busy_until=until, busy_token=token if until else None)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if not result.rowcount:
        raise TurnLost(f"another process has taken over reading {name}")
