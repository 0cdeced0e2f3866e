"""The health of a source: how often it failed in a row, since when, and when it was well last."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.source import Source
from models.upsert import insert_or_ignore


def source_row(session: Session, name: str) -> Source:
    """The row of a source, made when it is new, locked in a writing transaction."""
    insert_or_ignore(session, Source, [{"name": name, "budget_used": 0, "failures": 0}])
    return session.get_one(Source, name, with_for_update=True)


def record_success(session: Session, name: str, now: datetime) -> Source:
    """The source answered as it should."""
    source = source_row(session, name)
    source.failures, source.failing_since, source.error = 0, None, None
    source.last_ok_at = now
    return source


def record_failure(session: Session, name: str, now: datetime, error: str) -> Source:
    """The source failed once more."""
    source = source_row(session, name)
    source.failures += 1
    source.failing_since = source.failing_since or now
    source.error = error
    return source


def owe_summary(session: Session, name: str, now: datetime) -> None:
    """Somebody was seen for the first time: a first-sync summary is owed from now on."""
    source = source_row(session, name)
    source.summary_due_at = source.summary_due_at or now


def summary_is_owed(session: Session) -> bool:
    """Whether what is found at first sight still goes into a summary to come."""
    return bool(session.scalar(select(exists().where(Source.summary_due_at.is_not(None)))))
