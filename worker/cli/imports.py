"""`orderwatch import`: read files of orders now, checks included."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.output import Json, Problem, WrongUse, open_house, print_json
from worker.cli.reviews import check_what_was_read
from worker.cli.runs import refuse_moved

if TYPE_CHECKING:
    from tasks.orders.files.intake import FileResult, Progress
    from worker.bootstrap import House

#: Rejected rows that are told one by one; `--json` tells them all.
_TOLD = 20
_SUFFIXES = (".csv", ".xlsx", ".html", ".htm", ".pdf")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command("import", epilog="Example: orderwatch import orders.csv invoice.pdf")(import_)


def import_(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE…", help="CSV, XLSX, saved HTML pages, invoice PDFs, or folders of them."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Read orders from files now, and check them."""
    paths = sorted((path for text in files for path in _paths(text)), key=_is_invoice)
    with open_house() as house:
        refuse_moved(house)
        results = _import(house, paths)
        if as_json:
            print_json(_report(results))
        else:
            _tell(results)
        if refused := [f"{r.name}: {r.refused}" for r in results if r.refused is not None]:
            raise Problem("\n".join(refused))


def _paths(text: str) -> list[Path]:
    """A file, the files of a folder, or what a pattern names. Raises WrongUse."""
    path = Path(text).expanduser()
    if path.is_dir():
        found = [p for p in path.iterdir() if p.suffix.lower() in _SUFFIXES and p.is_file()]
        if not found:
            raise WrongUse(f"no CSV, XLSX, HTML or PDF file in the folder {text!r}")
        return sorted(found)
    if not path.exists() and any(sign in path.name for sign in "*?["):
        found = sorted(path.parent.glob(path.name))
        if found:
            return found
    if not path.exists():
        raise WrongUse(f"no such file: {text!r}")
    return [path]


def _is_invoice(path: Path) -> bool:
    """An invoice needs its order, so PDFs come last."""
    return path.suffix.lower() == ".pdf"


def _import(house: House, paths: list[Path]) -> list[FileResult]:
    from models.turns import TurnLost
    from tasks.orders.files.importing import import_files
    from tasks.orders.files.intake import Intake
    from tasks.run import JobFailed, Run

    with _progress() as progress:
        intake = Intake(house.db, house.clock, house.import_options, Run(), progress)
        try:
            results = import_files(intake, paths)
        except (JobFailed, TurnLost) as error:
            raise Problem(str(error)) from None
    if any(result.refused is None or result.counts for result in results):
        check_what_was_read(house)
    return results


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda name, read, size: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    with Bar(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(name: str, read: int, size: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=size)
            bar.update(tasks[name], completed=read)

        yield show


def _report(results: list[FileResult]) -> dict[str, Any]:
    from tasks.orders.files.intake import KINDS

    rejected = [
        {"where": row.where, "reason": row.reason} for result in results for row in result.rejected
    ]
    rejected += [
        {"where": result.name, "reason": str(result.refused)}
        for result in results
        if result.refused is not None
    ]
    orders = {kind: sum(result.counts[kind] for result in results) for kind in KINDS}
    notes = [f"{result.name}: {note}" for result in results for note in result.notes]
    return {"orders": orders, "rejected": rejected, "notes": notes}


def _tell(results: list[FileResult]) -> None:
    for result in results:
        if result.refused is None or result.counts:
            print(f"{result.name}: {result.summary()}")
        for note in result.notes:
            print(f"  note: {note}")
        for row in result.rejected[:_TOLD]:
            print(f"  rejected: {row.where}: {row.reason}")
        if len(result.rejected) > _TOLD:
            more = len(result.rejected) - _TOLD
            print(f"  … and {more} more rejected rows (--json tells them all)")
