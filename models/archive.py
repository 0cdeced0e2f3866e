"""An archive: every row of a database in one file that SQLite and PostgreSQL both can take.

A zip with a file of JSON lines for each table and, last, a manifest with the schema's revision
and each table's number of rows and checksum. Tables are read as the database describes them, not
as the models do, so that an archive of any revision can be read.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, Table, inspect, select

from models.tables import Base

FORMAT = 1
_MANIFEST = "manifest.json"
_REVISION_TABLE = "alembic_version"
_ROWS_AT_ONCE = 1000

#: Told after every portion of rows: how many more are done.
Advance = Callable[[int], None]


class BadArchive(Exception):
    """The file is no archive of ours, or damaged; the text says what is wrong."""


@dataclass(frozen=True)
class TableInfo:
    """One table in an archive."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `made_at` is ISO 8601 UTC; `schema` a migration's revision."""

    schema: str
    made_at: str
    program: str
    tables: tuple[TableInfo, ...]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(table.rows for table in self.tables)

    def count(self, table: str) -> int:
        """The rows of one table; 0 when it is not there."""
        return next((info.rows for info in self.tables if info.name == table), 0)


def tables_of(connection: Connection) -> list[Table]:
    """Our tables as they are in the database, those first that others point to.

    Other programs may have tables in the same database: they are none of our business.
    """
    metadata = reflected(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if hasattr(column.type, "none_as_null"):
                column.type.none_as_null = True  # an empty column comes back as an empty one
    return [table for table in metadata.sorted_tables if table.name != _REVISION_TABLE]


def reflected(connection: Connection) -> MetaData:
    """Our tables, the revision's too, as they are in the database."""
    metadata, ours = MetaData(), {*Base.metadata.tables, _REVISION_TABLE}
    there = set(inspect(connection).get_table_names())
    metadata.reflect(connection, only=sorted(ours & there), resolve_fks=False)
    return metadata


def write(
    connection: Connection, file: Path, schema: str, program: str, now: datetime, advance: Advance
) -> Manifest:
    """Write all rows, as they are in the connection's transaction."""
    infos = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive:
        for table in tables_of(connection):
            with archive.open(_member(table.name), "w", force_zip64=True) as member:
                infos.append(_write_table(connection, table, member, advance))
        made_at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        manifest = Manifest(schema, made_at, program, tuple(infos))
        archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
    return manifest


def _write_table(
    connection: Connection, table: Table, member: IO[bytes], advance: Advance
) -> TableInfo:
    digest, count = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key)
    found = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
    for rows in found.partitions():
        lines = "".join(f"{_line(row)}\n" for row in rows).encode()
        member.write(lines)
        digest.update(lines)
        count += len(rows)
        advance(len(rows))
    return TableInfo(table.name, count, digest.hexdigest())


def _line(row: Iterable[Any]) -> str:
    return json.dumps([_plain(value) for value in row], ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal) else value


def read_manifest(file: Path) -> Manifest:
    """What the archive says it holds. Raises BadArchive, OSError."""
    with _open(file) as archive:
        try:
            found = json.loads(archive.read(_MANIFEST))
            if found.pop("format") != FORMAT:
                raise BadArchive(f"{file} was made by a newer orderwatch; install that one")
            tables = tuple(TableInfo(**table) for table in found.pop("tables"))
            return Manifest(**found, tables=tables)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BadArchive(f"{file} is no backup of orderwatch, or was cut short") from None
        except (zipfile.BadZipFile, EOFError, OSError):
            raise BadArchive(f"{file} is damaged: its list of contents can't be read") from None


def check(file: Path, manifest: Manifest) -> None:
    """Read everything once: rows and checksums must be those of the manifest. Raises BadArchive."""
    with _open(file) as archive:
        for info in manifest.tables:
            digest, count = hashlib.sha256(), 0
            for line in _lines(archive, file, info.name):
                digest.update(line)
                count += 1
            if (count, digest.hexdigest()) != (info.rows, info.sha256):
                raise BadArchive(f"{file} is damaged: table {info.name} is not as it was written")


def rows(file: Path, table: Table) -> Iterator[list[dict[str, Any]]]:
    """The rows of one table, as its database takes them, in portions."""
    columns = [(column.name, _reader(column)) for column in table.columns]
    with _open(file) as archive:
        portion = []
        for line in _lines(archive, file, table.name):
            values = json.loads(line)
            portion.append(
                {name: read(value) for (name, read), value in zip(columns, values, strict=True)}
            )
            if len(portion) == _ROWS_AT_ONCE:
                yield portion
                portion = []
        if portion:
            yield portion


def _reader(column: Any) -> Callable[[Any], Any]:
    """How one column's JSON value becomes what the database wants."""
    kind = column.type.python_type
    aware = getattr(column.type, "timezone", False)
    readers: dict[type, Callable[[Any], Any]] = {
        datetime: lambda value: _moment(value, aware),
        date: date.fromisoformat,
        bytes: base64.b64decode,
        Decimal: Decimal,
    }
    read = readers.get(kind, lambda value: value)
    return lambda value: None if value is None else read(value)


def _moment(text: str, aware: bool) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if aware else moment.replace(tzinfo=None)


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _open(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        raise BadArchive(f"{file} is no backup of orderwatch, or was cut short") from None


def _lines(archive: zipfile.ZipFile, file: Path, table: str) -> Iterator[bytes]:
    try:
        with archive.open(_member(table)) as member:
            yield from member
    except (KeyError, zipfile.BadZipFile, EOFError, OSError, ValueError):
        raise BadArchive(f"{file} is damaged: table {table} can't be read") from None
