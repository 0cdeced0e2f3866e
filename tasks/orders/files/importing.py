"""Imports files of orders: each in turn, told apart by what is in it.

A file is read in chunks, each written in one transaction. Killed in the middle, an import has
lost nothing: the same file again takes the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from models.page import keep_sample, mend_pages
from models.sources import record_failure, record_success
from models.system_alerts import close_system_alert, open_system_alert
from tasks.orders.files.child import open_xlsx
from tasks.orders.files.columns import LABELS
from tasks.orders.files.csv_file import open_csv
from tasks.orders.files.intake import SOURCE, FileResult, Intake, turn
from tasks.orders.files.invoice_file import import_invoice
from tasks.orders.files.outside import Kind, OutsideFile, open_outside, shown_name
from tasks.orders.files.page_file import import_page
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.table_file import import_table
from tasks.orders.redaction import known_words, redact_lines, redact_page, without_quotes
from tasks.ports import PageChanged

#: The name under which the newest refused file is kept.
_SAMPLE = "file"


def import_files(intake: Intake, paths: Iterable[Path]) -> list[FileResult]:
    """Import each file. Raises OtherImport, TurnLost."""
    with turn(intake):
        results = [import_file(intake, path) for path in paths]
    if any(result.refused is None for result in results):
        imported(intake)
        mended(intake)
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


def mended(intake: Intake) -> None:
    """Files look as expected again: the alert of a refused one ends."""
    now = intake.clock.now()
    with intake.db.write() as session:
        mend_pages(session, SOURCE, [_SAMPLE], now)
        close_system_alert(session, "source-changed", SOURCE, now)


def file_refused(intake: Intake, result: FileResult) -> None:
    """Nobody stood by when a file was refused: its redacted text is kept, the operator told."""
    now, words = intake.clock.now(), known_words(intake.options.profile) | LABELS
    reason = f"{result.name}: {result.refused}"
    sample = result.refused.sample if result.refused is not None else ""
    is_page = sample.lstrip().startswith("<")
    redacted = redact_page(sample, words) if is_page else redact_lines(sample, words)
    with intake.db.write() as session:
        record_failure(session, SOURCE, now, reason)
        keep_sample(session, SOURCE, _SAMPLE, without_quotes(reason), redacted, now)
        open_system_alert(session, "source-changed", SOURCE, reason, now, page=_SAMPLE)
