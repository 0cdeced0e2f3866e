"""`orderwatch db`: the database as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.asking import Yes, ask
from worker.cli.cards import counted, plain
from worker.cli.output import Json, Problem, WrongUse, open_house, print_json
from worker.cli.progress import progress
from worker.cli.targets import check_target

if TYPE_CHECKING:
    from models.archive import Manifest
    from models.session import Database
    from worker.bootstrap import House

app = typer.Typer(
    name="db",
    help="The database: upgrade, backup, restore, prune, compact, move, reopen.",
    rich_markup_mode=None,
)


@app.command(epilog="Example: orderwatch db upgrade")
def upgrade() -> None:
    """Create or migrate the database; every command that needs it does so too."""
    with open_house() as house:
        from models.migrate import HEAD

        where = house.db.url.render_as_string(hide_password=True)
    print(f"the database has the newest schema ({HEAD}): {where}")


@contextmanager
def _told() -> Iterator[None]:
    """What can go wrong with files and databases, in a line each."""
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    from models.archive import BadArchive
    from worker.moving import CantMove

    try:
        yield
    except (BadArchive, CantMove) as error:
        raise Problem(str(error)) from None
    except (ArgumentError, NoSuchModuleError) as error:
        raise WrongUse(f"no database address: {plain(error)}") from None
    except FileNotFoundError as error:
        raise WrongUse(f"{plain(error.filename)} does not exist") from None
    except IsADirectoryError as error:
        raise WrongUse(f"{plain(error.filename)} is a folder; a file would be right") from None
    except OSError as error:
        raise Problem(f"{error.filename or 'the file'}: {error.strerror or error}") from None


@app.command(epilog="Example: orderwatch db backup /media/usb/orderwatch-2026-11-25.zip")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Everything in one file, as it is at this moment; the program may go on running.

    It holds personal data unencrypted, and is readable for you alone.
    """
    check_target(file, yes)
    with open_house() as house, _told():
        from models.transfer import count_rows
        from worker.moving import back_up

        with progress("backing up", count_rows(house.db)) as advance:
            manifest = back_up(house, file, advance)
    if as_json:
        print_json({"file": str(file), "rows": manifest.rows, "schema": manifest.schema})
    else:
        print(f"{manifest.rows} rows are in {file} ({file.stat().st_size / 1e6:.1f} MB)")


@app.command(epilog="Example: orderwatch db restore orderwatch-2026-11-25.zip")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `db backup` wrote it.")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of everything. What waited in it to be mailed is not sent."""
    with open_house() as house, _told():
        from models import archive
        from worker.moving import refuse_while_running, target

        manifest = archive.read_manifest(file)
        archive.check(file, manifest)
        with target(house) as db:
            refuse_while_running(house, db, "restore a backup")
            ask(_question(db, manifest), yes)
            counts = _restore(house, db, file, manifest)
    if as_json:
        print_json({"file": str(file), "rows": manifest.rows, "held_back": dict(counts)})
    else:
        _tell(manifest, counts)


def _question(db: Database, manifest: Manifest) -> str:
    from models.transfer import count_rows
    from worker.moving import shown

    return (
        f"{shown(db)} has {count_rows(db)} rows. Put the backup of {manifest.made_at} with"
        f" {manifest.count('orders')} orders ({manifest.rows} rows) in their place?"
    )


def _restore(house: House, db: Database, file: Path, manifest: Manifest) -> dict[str, int]:
    from worker import moving

    with progress("restoring", manifest.rows) as advance:
        return moving.restore(house, db, file, manifest, advance)


def _tell(manifest: Manifest, counts: dict[str, int]) -> None:
    print(f"{manifest.rows} rows of {manifest.made_at} are back")
    if parked := counts["parked_mails"] + counts["skipped_invoices"]:
        copies = counted(parked, "invoice copies")
        print(f"not sent, though waiting in it: {copies}; `mail list --state parked`")
    if dropped := counts["dropped_mails"]:
        print(f"dropped, though waiting in it: {counted(dropped, 'mails')} to you")
    if erased := counts["erased_again"]:
        print(f"erased from it, too: {counted(erased, 'people')} (erased since then)")
    print("what is open comes in one summary, after the next sync")


@app.command(epilog="Example: orderwatch db prune")
def prune(as_json: Json = False) -> None:
    """Forget now what is older than the limits (ORDERWATCH_RETENTION__…); it happens each night."""
    with open_house() as house:
        from worker.cli.runs import run_here

        run_here(house, "housekeeping", as_json)


@app.command(epilog="Example: orderwatch db move postgresql://orderwatch@db.example.org/orderwatch")
def move(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="An empty database; or @FILE that holds its URL.")
    ],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Copy everything into another, empty database and go on there.

    The old one stays as it is, but `run` refuses to work on it (`db reopen` ends that).
    """
    address = _address(url)
    with open_house() as house, _told():
        from models.transfer import count_rows
        from worker import moving
        from worker.cli.runs import refuse_moved

        refuse_moved(house)
        total = 2 * count_rows(house.db)
        ask(f"Copy {total // 2} rows, and work there from now on?", yes)
        with progress("moving", total) as advance:
            manifest = moving.move(house, address, advance)
    if as_json:
        print_json({"rows": manifest.rows, "schema": manifest.schema})
    else:
        print(f"{manifest.rows} rows are copied; set ORDERWATCH_DATABASE_URL to the new address")


def _address(text: str) -> str:
    """The address as the setting would have it; a password need not stand in the command."""
    from pydantic import SecretStr

    from config.values import check_database_url

    if text.startswith("@"):
        try:
            text = Path(text[1:]).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError, RuntimeError):
            raise WrongUse(
                f"{text[1:]} can't be read; a file with the URL alone is right"
            ) from None
    try:
        return check_database_url(SecretStr(text)).get_secret_value()
    except ValueError as error:
        raise WrongUse(f"URL: {error}") from None


@app.command(epilog="Example: orderwatch db compact")
def compact() -> None:
    """Write the database anew: smaller, and without traces of what was deleted."""
    from sqlite3 import OperationalError

    with open_house() as house:
        try:
            done = house.db.vacuum()
        except OperationalError:
            done = False
    if not done:
        raise Problem("the database is in use; stop the program, then try again")
    print("the database is written anew")


@app.command(epilog="Example: orderwatch db reopen")
def reopen(yes: Yes = False) -> None:
    """Work again on a database that was moved; what is mailed from both is mailed twice."""
    with open_house() as house:
        from models.mark import MOVED, find_mark, remove_mark

        with house.db.read() as session:
            mark = find_mark(session, MOVED)
        if mark is None:
            raise Problem("this database was not moved; nothing has to be reopened")
        ask(f"It was moved {mark.text}. Is nothing running there, and nothing ever will?", yes)
        with house.db.write() as session:
            remove_mark(session, MOVED)
    print("the database is in use again")
