"""Sources as JSON: queries and shapes of `sources list`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.finding_facts import utc_text
from models.page import PageSample
from models.politeness import is_paused
from models.source import Source

View = dict[str, Any]


def source_views(session: Session, now: datetime) -> list[View]:
    """Every source that was ever asked, by name."""
    return [
        {
            "source": row.name,
            "last_ok_at": utc_text(row.last_ok_at),
            "failures": row.failures,
            "failing_since": utc_text(row.failing_since),
            "error": row.error,
            "paused_until": utc_text(row.paused_until) if is_paused(row, now) else None,
        }
        for row in session.scalars(select(Source).order_by(Source.name))
    ]


def sample_views(session: Session) -> list[View]:
    """The kept pages without their text, newest first."""
    return [
        {
            "source": row.source,
            "page": row.page,
            "reason": row.reason,
            "kept_at": utc_text(row.kept_at),
            "mended_at": utc_text(row.mended_at),
            "size": len(row.text),
        }
        for row in session.scalars(select(PageSample).order_by(PageSample.kept_at.desc()))
    ]


def kept_sample(session: Session, name: str) -> PageSample | None:
    """The page that `sources list` calls `source/page`; None when none is kept."""
    source, _, page = name.partition("/")
    return session.scalar(
        select(PageSample).where(PageSample.source == source, PageSample.page == page)
    )
