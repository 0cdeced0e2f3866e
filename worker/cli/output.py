"""What every command shares: the house behind it, one JSON document or a table, its problems."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from worker.bootstrap import House

#: No row has a larger number: no database could store it.
LARGEST_ID = 2**63 - 1

#: Nobody reads a longer table, and laying it out takes seconds; `--json` has all rows.
LONGEST_TABLE = 500

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


class Problem(Exception):
    """What stops a command, in one line for the user: what is wrong, what would be right."""

    exit_code = 1


class WrongUse(Problem):
    """Wrong words or settings: nothing was tried."""

    exit_code = 2


@contextmanager
def open_house(*, talkative: bool = False) -> Iterator[House]:
    """The program as the settings have it; logs go to standard error.

    A command that ends by itself says what matters in its own words, so it logs errors only;
    `talkative` ones log what LOG_LEVEL wants.

    Raises WrongUse for wrong settings, Problem for what the outside world does wrong.
    """
    from config.logging import configure
    from config.settings import SettingsError, load, passed_over

    for line in passed_over():
        print(f"orderwatch: warning: {line}", file=sys.stderr)
    try:
        settings = load()
    except SettingsError as error:
        raise WrongUse(str(error)) from None
    configure(settings.log_format, settings.log_level if talkative else "error")
    from sqlalchemy.exc import DatabaseError, OperationalError

    from models.migrate import NewerSchema
    from models.session import NoSuchPlace
    from worker.bootstrap import House
    from worker.wrong_setting import NotSet

    house = House(settings)
    try:
        yield house
    except NotSet as error:
        raise WrongUse(str(error)) from None
    except (NewerSchema, NoSuchPlace) as error:
        raise Problem(str(error)) from None
    except DatabaseError as error:
        # The others below it (a broken constraint, a wrong statement) would be our own defects.
        if type(error) not in (OperationalError, DatabaseError):
            raise
        reason = " ".join(str(error.orig).split())[:200]
        raise Problem(f"the database can't be used: {reason}") from None
    finally:
        house.close()


def print_json(document: Any) -> None:
    """The document, and nothing else."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
    sys.stdout.flush()


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    spare: Sequence[str] = (),
) -> None:
    """A table that fits the terminal; an empty one says so in a sentence, a long one is cut.

    `spare`: columns that a narrow terminal does without, the first one first. What is read by
    another program is as wide as it is.
    """
    if not rows:
        print(f"{title}: none")
        return
    from worker.cli.fitting import left_out, widths

    cells = [[_printable(cell) for cell in row] for row in rows[:LONGEST_TABLE]]
    needed, room = widths(columns, cells), _room()
    gone = left_out(columns, needed, spare, room) if room else ()
    kept = [place for place, name in enumerate(columns) if name not in gone]
    _print_columns(title, [(columns[n], needed[n], [row[n] for row in cells]) for n in kept], room)
    if gone:
        print(f"(not shown: {', '.join(gone)}; a wider terminal shows all)")
    if len(rows) > LONGEST_TABLE:
        cut = f"orderwatch: the first {LONGEST_TABLE} are shown; narrow it, or --json has all"
        print(cut, file=sys.stderr)


def _print_columns(title: str, columns: list[tuple[str, int, list[str]]], room: int | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from worker.cli.fitting import GAP, WHOLE, fits

    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    roomy = room is None or fits([width for _, width, _ in columns], room)
    for name, width, _ in columns:
        table.add_column(name, overflow="fold", no_wrap=roomy and width <= WHOLE)
    for row in zip(*(cells for _, _, cells in columns), strict=True):
        table.add_row(*map(Text, row))
    natural = sum(width + GAP for _, width, _ in columns)
    Console(width=room or max(natural, len(title))).print(table)


def _room() -> int | None:
    """Columns of the terminal, or of COLUMNS; None where nobody looks."""
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return None
    return shutil.get_terminal_size().columns


def rows_wanted(as_json: bool) -> int | None:
    """How many rows a listing reads: all for a program, else one more than its table shows."""
    return None if as_json else LONGEST_TABLE + 1


def _printable(cell: Any) -> str:
    """Outside text without control characters: a name commands no terminal."""
    return "" if cell is None else "".join(c for c in str(cell) if c.isprintable())


def local(moment: str | None, timezone: str) -> str:
    """A JSON moment as a person reads it, in the local time zone: `2026-10-20 08:31`."""
    if moment is None:
        return ""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    at = datetime.fromisoformat(moment).astimezone(ZoneInfo(timezone))
    return at.strftime("%Y-%m-%d %H:%M")


def in_local_time(text: str, timezone: str) -> str:
    """A sentence with its UTC moments as a person reads them."""
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    return re.sub(moment, lambda found: local(found[0], timezone), text)
