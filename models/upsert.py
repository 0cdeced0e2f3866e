"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session


def insert_or_ignore(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert the rows; one that breaks a unique constraint is there already and stays."""
    if not rows:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(postgresql.insert(table.__table__).on_conflict_do_nothing(), rows)
    else:
        session.execute(sqlite.insert(table.__table__).on_conflict_do_nothing(), rows)
