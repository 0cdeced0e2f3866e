"""Imports the rows of a CSV or XLSX file, chunk by chunk: read, check, store."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.orders.files.columns import read_heading
from tasks.orders.files.intake import FileResult, Intake, in_chunks
from tasks.orders.files.outside import OutsideFile
from tasks.orders.files.people import People
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.rows import Entry, RowReader
from tasks.orders.files.table import Table, TableRow
from tasks.orders.rules import row_hash
from tasks.orders.store import store_orders

#: A file with more rows that can't be read is not read to its end.
MOST_REJECTED = 10_000


def import_table(intake: Intake, file: OutsideFile, table: Table, result: FileResult) -> None:
    """Take the file's orders. Raises FileRefused, FileStopped."""
    heading = read_heading(table.heading)
    if heading.unknown:
        result.notes.append(f"ignored columns: {', '.join(heading.unknown)}"[:500])
    reader = Rows(RowReader(heading, intake.options.profile.currency), file.name, result)
    people = People(intake.options.owner_member_id)
    for chunk in in_chunks(table.rows):
        entries = reader.read(chunk)
        _store(intake, entries, people, result)
        intake.progress(file.name, file.position(), file.size)
    if not reader.any_row:
        result.notes.append("no orders: only a heading")
    people.update(intake)


def _store(intake: Intake, entries: list[Entry], people: People, result: FileResult) -> None:
    if not entries:
        return
    with intake.step() as (session, moment):
        customers, met = people.meet(session, entries, moment.now)
        stored = store_orders(session, [entry.order for entry in entries], customers, moment)
        intake.greet(session, met, stored)
        intake.note(session, stored, moment, result)


class Rows:
    """Reads the rows of one file; an order that stands in it twice must be the same twice."""

    def __init__(self, reader: RowReader, name: str, result: FileResult) -> None:
        self._reader, self._name, self._result = reader, name, result
        self._seen: dict[str, tuple[int, str]] = {}
        self._good = False
        self.any_row = False

    def read(self, rows: Sequence[TableRow]) -> list[Entry]:
        """The orders of a chunk, each once. Raises FileRefused."""
        entries = [entry for row in rows if (entry := self._entry(row)) is not None]
        self._good = self._good or bool(entries)
        rejected = self._result.rejected
        if len(rejected) > 1 and not self._good:
            raise FileRefused(f"no row can be read ({rejected[0].where}: {rejected[0].reason})")
        if len(rejected) > MOST_REJECTED:
            where = rejected[-1].where
            raise FileRefused(f"more than {MOST_REJECTED} rows can't be read; given up at {where}")
        return entries

    def _entry(self, row: TableRow) -> Entry | None:
        if not row.fault and not any(map(str.strip, row.cells)):
            return None
        self.any_row = True
        where = f"{self._name}, line {row.line}"
        try:
            if row.fault:
                raise ValueError(row.fault)
            entry = self._reader.read(row.cells, where)
            return entry if self._is_first(entry, row.line) else None
        except ValueError as error:
            self._result.reject(where, str(error))
            return None

    def _is_first(self, entry: Entry, line: int) -> bool:
        """Whether the order is seen for the first time. Raises ValueError when it differs."""
        number, digest = entry.order.number, row_hash(entry.order)
        first, known = self._seen.setdefault(number, (line, digest))
        if first == line:
            return True
        if known != digest:
            raise ValueError(f"order {number} stands in line {first} with other values")
        self._result.counts["unchanged"] += 1
        return False
