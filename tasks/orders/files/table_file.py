"""Imports the rows of a CSV or XLSX file, chunk by chunk: look, compare, read, store."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.orders.files.columns import read_heading
from tasks.orders.files.intake import FileResult, Intake, in_chunks
from tasks.orders.files.outside import OutsideFile
from tasks.orders.files.people import People
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.rows import RowReader, Spotted
from tasks.orders.files.table import Table, TableRow
from tasks.orders.store import Known, known_orders, store_orders
from tasks.ports import OrderRecord

#: A file with more rows that can't be read is not read to its end.
MOST_REJECTED = 10_000


def import_table(intake: Intake, file: OutsideFile, table: Table, result: FileResult) -> None:
    """Take the file's orders. Raises FileRefused."""
    heading = read_heading(table.heading)
    if heading.unknown:
        result.notes.append(f"ignored columns: {', '.join(heading.unknown)}"[:500])
    rows = _TableImport(intake, file, RowReader(heading, intake.options.profile.currency), result)
    for chunk in in_chunks(table.rows):
        rows.take(chunk)
        intake.progress(file.name, file.position(), file.size)
    rows.finish()


def _is_known(row: Spotted, known: Known | None) -> bool:
    return known is not None and known.row_hash == row.digest


class _TableImport:
    """The import of one file: what was seen of it so far."""

    def __init__(
        self, intake: Intake, file: OutsideFile, reader: RowReader, result: FileResult
    ) -> None:
        self._intake, self._file, self._reader, self._result = intake, file, reader, result
        self._people = People(intake.options.owner_member_id)
        self._seen: dict[str, tuple[int, str]] = {}
        self._faults: list[tuple[int, str]] = []

    def take(self, rows: Sequence[TableRow]) -> None:
        """Store what a chunk says that is not known yet. Raises FileRefused."""
        spotted = [row for row in map(self._spot, rows) if row is not None]
        with self._intake.db.read() as session:
            known = known_orders(session, [row.number for row in spotted])
        fresh = [row for row in spotted if not _is_known(row, known.get(row.number))]
        self._result.counts["unchanged"] += len(spotted) - len(fresh)
        orders = [
            order for row in fresh if (order := self._read(row, known.get(row.number))) is not None
        ]
        self._reject()
        self._check(bool(orders) or len(spotted) > len(fresh))
        refused = {row.number for row in fresh} - {order.number for order in orders}
        self._people.hear(row for row in spotted if row.number not in refused)
        self._store(orders, {row.number: row for row in fresh})

    def finish(self) -> None:
        """All rows were taken: the customers get what their newest orders say."""
        counts, rejected = self._result.counts, self._result.rejected
        if rejected and not sum(counts[kind] for kind in ("new", "changed", "unchanged")):
            raise FileRefused(f"no row can be read ({rejected[0].where}: {rejected[0].reason})")
        if not self._seen and not rejected:
            self._result.notes.append("no orders: only a heading")
        if counts["erased"]:
            self._result.notes.append(f"left out, of erased customers: {counts['erased']}")
        self._people.update(self._intake)

    def _spot(self, row: TableRow) -> Spotted | None:
        if not row.fault and not any(map(str.strip, row.cells)):
            return None
        try:
            if row.fault:
                raise ValueError(row.fault)
            spotted = self._reader.spot(row.cells, row.line)
            return spotted if self._is_first(spotted) else None
        except ValueError as error:
            self._faults.append((row.line, str(error)))
            return None

    def _is_first(self, row: Spotted) -> bool:
        """Whether the order is seen for the first time. Raises ValueError when it differs."""
        line, digest = self._seen.setdefault(row.number, (row.line, row.digest))
        if line == row.line:
            return True
        if digest != row.digest:
            raise ValueError(f"order {row.number} stands in line {line} already, otherwise written")
        self._result.counts["unchanged"] += 1
        return False

    def _read(self, row: Spotted, known: Known | None) -> OrderRecord | None:
        try:
            if known and known.member_id not in (None, row.person.member_id):
                raise ValueError(f"order {row.number} is known as customer {known.member_id}'s")
            return self._reader.read(row, self._where(row.line))
        except ValueError as error:
            self._faults.append((row.line, str(error)))
            return None

    def _reject(self) -> None:
        """Hand on what was wrong with the chunk's rows, in their order."""
        for line, reason in sorted(self._faults):
            self._result.reject(self._where(line), reason)
        self._faults.clear()

    def _where(self, line: int) -> str:
        return f"{self._file.name}, line {line}"

    def _check(self, any_good: bool) -> None:
        """Whether it is worth while to go on: not the rows, the whole file may be wrong."""
        rejected, taken = self._result.rejected, self._result.counts
        if len(rejected) > 1 and not (any_good or taken["new"] or taken["changed"]):
            raise FileRefused(f"no row can be read ({rejected[0].where}: {rejected[0].reason})")
        if len(rejected) > MOST_REJECTED:
            where = rejected[-1].where
            raise FileRefused(f"more than {MOST_REJECTED} rows can't be read; given up at {where}")

    def _store(self, orders: list[OrderRecord], rows: dict[str, Spotted]) -> None:
        if not orders:
            self._intake.stay()
            return
        persons = [rows[order.number].person for order in orders]
        hashes = {order.number: rows[order.number].digest for order in orders}
        with self._intake.step() as (session, moment):
            customers, met = self._people.meet(session, persons, moment.now)
            stored = store_orders(session, orders, customers, moment, hashes)
            self._intake.greet(session, met, stored)
            self._intake.note(session, stored, moment, self._result)
