"""Connections and transactions, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Engine,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

# All of them: a row that is written must find the tables that its own refers to, whatever else
# the command has imported.
from models.tables import Base

SQLITE_BUSY_SECONDS = 30
#: A server that swallows packets is given up after this.
CONNECT_SECONDS = 10


class NoSuchPlace(Exception):
    """The folder of the database's file can't be made; the text says why."""


class Database:
    """One database. `read()` gives a session for looking, `write()` one whole transaction.

    On SQLite a write begins with BEGIN IMMEDIATE under one lock per process, so that it waits
    for its turn at the start and never fails in the middle; no transaction may be open during
    HTTP or SMTP. Errors show no values: a name would stand in logs and histories.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _server_engine(url)
        self._writing = self.engine.execution_options(orderwatch_write=True)
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Database({self.url.render_as_string(hide_password=True)})"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session whose changes are never stored."""
        with Session(self.engine, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: stored at the end, or not at all when an exception leaves the block."""
        with self._turn(), Session(self._writing) as session, session.begin():
            yield session

    @contextmanager
    def secure_write(self) -> Iterator[Session]:
        """As `write`; on SQLite what is deleted is overwritten with zeros, too."""
        with self._turn(), self._writing.connect() as connection:
            if self.is_sqlite:
                # On the driver's own connection: within a transaction it has no effect.
                connection.connection.execute("PRAGMA secure_delete=ON")
            with Session(connection) as session, session.begin():
                yield session

    def vacuum(self) -> bool:
        """Write all rows anew, so that nothing of a deleted one is left in the files.

        Returns False when others read at the same time, so that the old pages are still there.
        """
        if not self.is_sqlite:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
                server.exec_driver_sql(f"SET lock_timeout = '{SQLITE_BUSY_SECONDS}s'")
                for name in _own_tables():
                    server.exec_driver_sql(f'VACUUM FULL "{name}"')
            return True
        with self._turn(), closing(self.engine.raw_connection()) as raw:
            # Below SQLAlchemy, which would begin a transaction: a VACUUM can't be in one.
            driver: Any = raw.driver_connection
            driver.execute("VACUUM")
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not busy

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction below the models: for whole tables, whatever their schema is."""
        with self._turn(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._lock:
            yield

    def server_time(self) -> datetime:
        """The server's present moment, aware UTC; SQLite has no clock but its host's."""
        with self.read() as session:
            query = select(func.clock_timestamp(type_=DateTime(timezone=True)))
            moment: datetime = session.scalars(query).one()
        return moment.astimezone(UTC)

    def upgrade(self) -> None:
        """Create or migrate the schema; quick when there is nothing to do."""
        from models.migrate import upgrade

        self.make_place()
        upgrade(self._writing)

    def make_place(self) -> None:
        """Make the folder of an SQLite file. Raises NoSuchPlace."""
        if self.is_sqlite and self.url.database and self.url.database != ":memory:":
            _make_folder(Path(self.url.database).expanduser().parent)

    def close(self) -> None:
        """Close the pooled connections."""
        self.engine.dispose()


def _own_tables() -> list[str]:
    """Other programs may have tables in the same database."""
    return [table.name for table in Base.metadata.sorted_tables]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NoSuchPlace(f"{folder} can't be made ({error.strerror})") from None


def outage(error: DBAPIError) -> str | None:
    """Why the database can't be used now: away, locked, full. None: the error is of our making."""
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return " ".join(str(error.orig).split())[:200]
    return None


def _server_engine(url: str) -> Engine:
    # A connection that a restarted server has cut is noticed and replaced before it is used.
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=10,
        max_overflow=20,
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )


def _sqlite_engine(url: str) -> Engine:
    waiting = {"timeout": SQLITE_BUSY_SECONDS}
    engine = create_engine(url, hide_parameters=True, connect_args=waiting)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction handling would begin too late; SQLAlchemy's event does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_wal(cursor: Any) -> None:
    """Switch a new file to WAL. Processes that start together refuse each other for a moment."""
    give_up = time.monotonic() + SQLITE_BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            # SQLite does not wait by itself here: two that switch at once would wait for ever.
            if time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("orderwatch_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
