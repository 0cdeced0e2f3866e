"""Backup, restore and move, as the CLI starts them: the database of the settings, or another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from models import archive, transfer
from models.archive import Advance, Manifest
from models.mark import MOVED, set_mark
from models.session import Database
from models.stop_list import StopMark
from tasks.housekeeping.restore import make_past, stay_erased
from tasks.run import Counts
from worker.bootstrap import House
from worker.job_table import make_schedules
from worker.knock import is_damaged, who_is_there


class CantMove(Exception):
    """Why a database is left as it is; the text says what would be right."""


@dataclass(frozen=True)
class Moved:
    """What was put elsewhere, and what was held back there."""

    manifest: Manifest
    held_back: Counts


def back_up(house: House, file: Path, advance: Advance) -> Manifest:
    """Write everything to `file`, while the program runs."""
    return transfer.back_up(house.db, file, version("orderwatch"), house.clock.now(), advance)


def refuse_while_running(house: House, db: Database, doing: str) -> None:
    """Raises CantMove when a program works on the database."""
    if sign := who_is_there(db, house.clock):
        raise CantMove(f"orderwatch is running: {sign}; stop it before you {doing}, then try again")


@contextmanager
def target(house: House) -> Iterator[Database]:
    """The database of the settings as it is; a damaged file is put aside, not thrown away."""
    db = Database(house.settings.database_url.get_secret_value())
    db.make_place()
    if db.is_sqlite and is_damaged(db):
        db.close()
        _put_aside(Path(str(db.url.database)), f"{house.clock.now():%Y%m%d-%H%M%S}")
        db = Database(house.settings.database_url.get_secret_value())
    try:
        yield db
    finally:
        db.close()


def _put_aside(file: Path, stamp: str) -> None:
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.rename(part.with_name(f"{part.name}.damaged-{stamp}"))


def restore(house: House, db: Database, file: Path, manifest: Manifest, advance: Advance) -> Counts:
    """Put the backup in the place of everything; nothing that waited in it is sent."""
    now, window = house.clock.now(), house.catch_up
    schedules = make_schedules(house)
    anew = [schedule.job for schedule in schedules if schedule.at_first_start]
    missed = ((s.job, s.latest(now, window)) for s in schedules if not s.at_first_start)
    answered = [(job, at) for job, at in missed if at is not None]
    marks = _stop_marks(db)
    in_place = transfer.put_in_place(db, file, manifest, advance)
    with in_place as connection, Session(connection) as session, session.begin():
        counts = make_past(session, manifest.made_at, answered, anew, now)
        counts["erased_again"] = stay_erased(session, marks, now)
    return counts


def _stop_marks(db: Database) -> list[StopMark]:
    """Who was erased so far; a database without that table, or none at all, knows nobody."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table(StopMark.__tablename__):
            return []
    with db.read() as session:
        return list(session.scalars(select(StopMark)))


def move(house: House, url: str, advance: Advance) -> Manifest:
    """Copy everything into the empty database at `url`; the old one is marked, and stays.

    Raises CantMove.
    """
    there = Database(url)
    try:
        there.make_place()
        if there.url == house.db.url:
            raise CantMove("that is the database in use; another one would be right")
        if transfer.count_rows(there):
            raise CantMove(f"{shown(there)} is not empty; a new, empty database would be right")
        refuse_while_running(house, house.db, "move its database")
        manifest = _copy(house, there, advance)
    finally:
        there.close()
    with house.db.write() as session:
        set_mark(session, MOVED, house.clock.now(), f"to {shown(there)}"[:300])
    return manifest


def _copy(house: House, there: Database, advance: Advance) -> Manifest:
    with tempfile.TemporaryDirectory(prefix="orderwatch-move-") as folder:
        file = Path(folder) / "all.zip"
        manifest = back_up(house, file, advance)
        archive.check(file, manifest)
        with transfer.put_in_place(there, file, manifest, advance):
            pass
    return manifest


def shown(db: Database) -> str:
    """Where a database is, without its password."""
    return db.url.render_as_string(hide_password=True)
