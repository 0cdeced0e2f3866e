"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session


def insert_or_ignore(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert the rows; one that breaks a unique constraint is there already and stays."""
    if not rows:
        return
    # Only the dialect in use is loaded: the other one is 2 MB that a small machine keeps.
    if session.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        session.execute(postgresql.insert(table.__table__).on_conflict_do_nothing(), rows)
    else:
        from sqlalchemy.dialects import sqlite

        session.execute(sqlite.insert(table.__table__).on_conflict_do_nothing(), rows)
