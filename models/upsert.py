"""INSERT … ON CONFLICT for both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, Dialect, bindparam
from sqlalchemy.orm import Session


def insert_or_ignore(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert the rows; one that breaks a unique constraint is there already and stays."""
    if not rows:
        return
    session.execute(_insert(session.get_bind().dialect, table).on_conflict_do_nothing(), rows)


def insert_many(session: Session, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Like `insert_or_ignore`, for thousands of rows that all name the same columns.

    Values go to the driver column by column: SQLAlchemy's way, row by row, takes three times as
    long. Columns that the rows leave out get their plain default.
    """
    if not rows:
        return
    connection = session.connection()
    dialect, columns = connection.dialect, table.__table__.columns
    given = {name: [row[name] for row in rows] for name in rows[0]}
    usual = {
        column.name: [column.default.arg] * len(rows)
        for column in columns
        if column.name not in given and column.default is not None and column.default.is_scalar
    }
    # What no row has needs no way to the driver, unless the column would fill it by itself.
    filled = {
        name: values
        for name, values in given.items()
        if columns[name].default is not None or values.count(None) < len(values)
    }
    values = {
        name: _processed(columns[name], dialect, shown) for name, shown in (filled | usual).items()
    }
    statement = _insert(dialect, table).values({name: bindparam(name) for name in values})
    compiled = statement.on_conflict_do_nothing().compile(dialect=dialect)
    in_order = compiled.positiontup
    if in_order is not None:
        tuples = zip(*(values[name] for name in in_order), strict=True)
        connection.exec_driver_sql(str(compiled), list(tuples))
    else:
        by_row = zip(*values.values(), strict=True)
        connection.exec_driver_sql(
            str(compiled), [dict(zip(values, row, strict=True)) for row in by_row]
        )


def _insert(dialect: Dialect, table: Any) -> Any:
    # Only the dialect in use is loaded: the other one is 2 MB that a small machine keeps.
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        return insert(table.__table__)
    from sqlalchemy.dialects.sqlite import insert as sqlite_insert

    return sqlite_insert(table.__table__)


def _processed(column: Column[Any], dialect: Dialect, values: list[Any]) -> list[Any]:
    """The values as the driver takes them; equal ones, of which there are many, once."""
    process: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return values
    return list(map(process if isinstance(column.type, JSON) else cache(process), values))
