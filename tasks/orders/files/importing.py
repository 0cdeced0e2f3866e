"""Imports files of orders: each in turn, told apart by what is in it.

A file is read in chunks, each written in one transaction. Killed in the middle, an import has
lost nothing: the same file again takes the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from models.sources import record_success
from tasks.orders.files.child import open_xlsx
from tasks.orders.files.csv_file import open_csv
from tasks.orders.files.intake import SOURCE, FileResult, Intake, turn
from tasks.orders.files.invoice_file import import_invoice
from tasks.orders.files.outside import Kind, OutsideFile, open_outside, shown_name
from tasks.orders.files.page_file import import_page
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.refused_files import files_good
from tasks.orders.files.table_file import import_table
from tasks.orders.store import IN_FUTURE
from tasks.ports import PageChanged


def import_files(intake: Intake, paths: Iterable[Path]) -> list[FileResult]:
    """Import each file. Raises OtherImport, TurnLost."""
    with turn(intake):
        results = [import_file(intake, path) for path in paths]
    if good := [result.name for result in results if result.refused is None]:
        imported(intake)
        files_good(intake, good)
    return results


def import_file(intake: Intake, path: Path) -> FileResult:
    """Import one file; the caller holds the turn."""
    result = FileResult(shown_name(path))
    try:
        with open_outside(path) as file:
            _take(intake, file, result)
    except FileRefused as refused:
        result.refused = refused
    except PageChanged as changed:
        result.refused = FileRefused(f"{changed.missing} ({changed.page})", changed.sample)
    except OSError as error:
        result.refused = FileRefused(f"it can't be read: {error.strerror or error}")
    if ahead := result.counts["in_future"]:
        result.notes.append(f"dated in the future: {ahead}; {IN_FUTURE}")
    return result


def _take(intake: Intake, file: OutsideFile, result: FileResult) -> None:
    if file.kind is Kind.PAGE:
        import_page(intake, file, result)
    elif file.kind is Kind.PDF:
        import_invoice(intake, file, result)
    else:
        opened = open_xlsx if file.kind is Kind.XLSX else open_csv
        with opened(file.rewind()) as table:
            import_table(intake, file, table, result)


def imported(intake: Intake) -> None:
    """A file was good: the source is well, and the first one is its baseline."""
    now = intake.clock.now()
    with intake.db.write() as session:
        source = record_success(session, SOURCE, now)
        source.baseline_at = source.baseline_at or now
