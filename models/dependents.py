"""What hangs on a row: every table that points to it, found by the foreign keys of the models.

A table that is added later is found too, so that nothing of an erased person is overlooked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, delete, select, tuple_, update
from sqlalchemy.orm import Session

from models.portions import portions
from models.tables import Base

#: Rows that outlive what they point to, without pointing to it: a mail was sent all the same.
_OUTLIVE = frozenset({"mails"})


@dataclass(frozen=True)
class Pointer:
    """A column of another table that points to a table's `id`."""

    table: Table
    column: Column[Any]


def pointers_to(table: Table) -> Iterator[Pointer]:
    """All columns that point to `table`."""
    for other in Base.metadata.sorted_tables:
        for key in other.foreign_keys:
            if key.column.table is table:
                yield Pointer(other, key.parent)


def rows_of(session: Session, table: Table, ids: Collection[int]) -> dict[str, list[Any]]:
    """The rows with these ids and all that hang on them, by table name; no row twice."""
    found: dict[str, dict[tuple[Any, ...], Any]] = {}
    _collect(session, table, table.c.id, ids, found)
    return {name: list(rows.values()) for name, rows in found.items()}


def _collect(
    session: Session,
    table: Table,
    column: Column[Any],
    ids: Collection[int],
    found: dict[str, dict[tuple[Any, ...], Any]],
) -> None:
    seen = found.setdefault(table.name, {})
    fresh = {}
    for some in portions(ids):
        for row in session.execute(select(table).where(column.in_(some))):
            key = tuple(row._mapping[c] for c in table.primary_key)
            if key not in seen:
                fresh[key] = row
    seen |= fresh
    if fresh and "id" in table.c and table.name not in _OUTLIVE:
        below = [row._mapping[table.c.id] for row in fresh.values()]
        for pointer in pointers_to(table):
            _collect(session, pointer.table, pointer.column, below, found)


def delete_with_dependents(session: Session, table: Table, ids: Collection[int]) -> dict[str, int]:
    """Delete the rows and all that hang on them. Returns how many of each table."""
    found = rows_of(session, table, ids)
    counts = {}
    for each in reversed(Base.metadata.sorted_tables):
        rows = found.get(each.name, [])
        if rows and each.name in _OUTLIVE:
            _let_go(session, each, [row._mapping[each.c.id] for row in rows], found)
        elif rows:
            _delete(session, each, rows)
            counts[each.name] = len(rows)
    return counts


def _let_go(session: Session, table: Table, ids: list[int], gone: Collection[str]) -> None:
    pointing = (key for key in table.foreign_keys if key.column.table.name in gone)
    nothing = {key.parent.name: None for key in pointing}
    for some in portions(ids):
        session.execute(update(table).where(table.c.id.in_(some)).values(nothing))


def _delete(session: Session, table: Table, rows: list[Any]) -> None:
    keys = list(table.primary_key)
    for some in portions(rows):
        named = [tuple(row._mapping[key] for key in keys) for row in some]
        session.execute(delete(table).where(tuple_(*keys).in_(named)))
