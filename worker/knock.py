"""Whether a program works on a database right now: somebody must not be surprised by a restore."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from models.domain.values import RunState
from models.heartbeat import ask_for_beat, last_beat
from models.job import JobRun
from models.migrate import HEAD, current_revision
from models.session import Database
from tasks.ports import Clock

#: A running program answers its heartbeat within a tick, which is a second.
PATIENCE_SECONDS = 4.0


def who_is_there(db: Database, clock: Clock) -> str | None:
    """What shows that a program runs on the database, None when nobody answers.

    Raises DatabaseError when the database can't be used.
    """
    with db.engine.connect() as connection:
        if current_revision(connection) != HEAD:
            return None  # none that knows this schema can run, or there is none yet
    now = clock.now()
    with db.read() as session:
        busy = (JobRun.state == RunState.RUNNING) & (JobRun.alive_until > now)
        run = session.scalars(select(JobRun).where(busy).limit(1)).first()
        beaten = last_beat(session)
    if run is not None:
        return f"{run.job} runs on {run.host or 'some machine'} (process {run.pid})"
    return _knock(db, now) if beaten is not None else None


def _knock(db: Database, now: datetime) -> str | None:
    with db.write() as session:
        ask_for_beat(session, now)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with db.read() as session:
            beat = last_beat(session)
        if beat is not None and beat >= now:
            return "it has just answered"
        time.sleep(0.1)
    return None


def is_damaged(db: Database) -> bool:
    """Whether the database is an SQLite file that SQLite can't read."""
    try:
        with db.engine.connect() as connection:
            current_revision(connection)
    except DatabaseError as error:
        said = str(error.orig).lower()
        return "not a database" in said or "malformed" in said
    return False
