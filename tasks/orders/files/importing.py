"""Imports files of orders: each in turn, told apart by what is in it.

A file is read in chunks, each written in one transaction. Killed in the middle, an import has
lost nothing: the same file again takes the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from models.sources import record_success
from models.system_alerts import close_system_alert
from tasks.orders.files.csv_file import open_csv
from tasks.orders.files.intake import SOURCE, FileResult, Intake, turn
from tasks.orders.files.outside import Kind, OutsideFile, open_outside, shown_name
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.table_file import import_table
from tasks.ports import PageChanged


def import_files(intake: Intake, paths: Iterable[Path]) -> list[FileResult]:
    """Import each file. Raises JobFailed while another import is under way, TurnLost."""
    with turn(intake):
        results = [import_file(intake, path) for path in paths]
    if any(result.refused is None for result in results):
        _succeeded(intake)
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
        result.refused = FileRefused(str(changed), changed.sample)
    except OSError as error:
        result.refused = FileRefused(f"it can't be read: {error.strerror or error}")
    return result


def _take(intake: Intake, file: OutsideFile, result: FileResult) -> None:
    if file.kind is Kind.TABLE:
        with open_csv(file.rewind()) as table:
            import_table(intake, file, table, result)
    else:
        raise FileRefused(f"{file.kind}")


def _succeeded(intake: Intake) -> None:
    """The source is well; the first file is the baseline of those it names."""
    now = intake.clock.now()
    with intake.db.write() as session:
        source = record_success(session, SOURCE, now)
        source.baseline_at = source.baseline_at or now
        close_system_alert(session, "source-changed", SOURCE, now)
