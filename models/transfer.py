"""Whole databases: one written to an archive, an archive put in the place of all rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, text

from models import archive
from models.archive import Advance, BadArchive, Manifest
from models.migrate import HEAD, current_revision, lock_schema, make_schema, migrate_to
from models.session import Database

#: A program that still runs holds its tables; it is not waited for.
_LOCK_SECONDS = 10


def count_rows(db: Database) -> int:
    """All rows of all our tables; 0 when there are no tables."""
    with db.engine.connect() as connection:
        return sum(
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in archive.tables_of(connection)
        )


def back_up(db: Database, file: Path, program: str, now: datetime, advance: Advance) -> Manifest:
    """Write everything, as it is at one moment, to a new file that only its owner can read."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        with _snapshot(db) as connection:
            schema = current_revision(connection) or HEAD
            manifest = archive.write(connection, part, schema, program, now, advance)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return manifest


@contextmanager
def _snapshot(db: Database) -> Iterator[Connection]:
    """A transaction that sees one moment, however long it reads, and hinders nobody."""
    options = {} if db.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    with db.engine.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def put_in_place(
    db: Database, file: Path, manifest: Manifest, advance: Advance
) -> Iterator[Connection]:
    """Replace whatever is in the database by the archive, brought to today's schema.

    One transaction, which ends with the block: what fails leaves everything as it was. Raises
    BadArchive, NewerSchema.
    """
    with db.writing() as connection:
        lock_schema(connection, _LOCK_SECONDS)
        _drop_everything(connection)
        if manifest.schema == HEAD:
            make_schema(connection)
        else:
            migrate_to(connection, manifest.schema)
        _fill(connection, file, manifest, advance)
        if manifest.schema != HEAD:
            migrate_to(connection, "head")
        yield connection


def _drop_everything(connection: Connection) -> None:
    archive.reflected(connection).drop_all(connection)


def _fill(connection: Connection, file: Path, manifest: Manifest, advance: Advance) -> None:
    tables = archive.tables_of(connection)
    if {table.name for table in tables} != {info.name for info in manifest.tables}:
        raise BadArchive(f"{file} holds other tables than schema {manifest.schema} has")
    for table in tables:
        for portion in archive.rows(file, table):
            connection.execute(insert(table), portion)
            advance(len(portion))
        if connection.dialect.name == "postgresql" and "id" in table.columns:
            # Rows came with their numbers; the next new one must get a number of its own.
            last = f'(SELECT max(id) FROM "{table.name}")'  # noqa: S608 - a reflected name
            sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
            connection.execute(
                text(f"SELECT setval({sequence}, coalesce({last}, 1), {last} IS NOT NULL)")
            )
