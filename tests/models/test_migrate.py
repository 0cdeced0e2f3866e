"""Migrations: the stored schema is the one that the program believes in."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, event, inspect, text

import models.migrations
from models import migrate
from models.migrate import HEAD, NewerSchema, current_revision, migrate_to
from models.safety_copy import copies_of
from models.session import Database
from models.tables import Base
from tests.services.postgres_server import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table, on both."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.empty()
    yield url
    server.drop(url)


def revision(db: Database) -> str | None:
    """The revision that is stored."""
    with db.engine.connect() as connection:
        return current_revision(connection)


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    """A migration that was added without raising HEAD would never run."""
    config = Config()
    config.set_main_option("script_location", str(Path(models.migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrated_schema_is_that_of_the_models(db: Database) -> None:
    """No column, index, constraint or type is missing or left over."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrations_lead_to_the_same_schema(empty_url: str) -> None:
    """A first start makes the schema at once: it is the one that the migrations end with."""
    made, migrated = Database(empty_url), MetaData()
    with migrating(empty_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        migrated.reflect(connection)
        steps = shape(migrated)
        migrated.drop_all(connection)
    made.upgrade()
    with made.engine.connect() as connection:
        at_once = MetaData()
        at_once.reflect(connection)
    assert shape(at_once) == steps
    made.close()


def shape(metadata: MetaData) -> dict[str, object]:
    """What a database says of its tables: columns, defaults, indexes, constraints."""
    return {
        table.name: (
            sorted((c.name, repr(c.type), c.nullable, _default(c)) for c in table.columns),
            sorted(repr((i.name, i.unique, [c.name for c in i.columns])) for i in table.indexes),
            sorted(repr((type(c).__name__, str(c.name))) for c in table.constraints),
        )
        for table in metadata.sorted_tables
    }


def _default(column: Column[Any]) -> str:
    return str(getattr(column.server_default, "arg", None)).strip("'()")


@contextmanager
def migrating(url: str) -> Iterator[Connection]:
    """A transaction in which all migrations have run, one after the other."""
    db = Database(url)
    with db._writing.begin() as connection:
        migrate_to(connection, "head")
        yield connection
    db.close()


def test_a_first_start_makes_the_schema(empty_url: str) -> None:
    """An empty database is enough; a second start changes nothing."""
    db = Database(empty_url)
    assert revision(db) is None
    for _ in range(2):
        db.upgrade()
        assert revision(db) == HEAD
        assert "orders" in inspect(db.engine).get_table_names()
    db.close()


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    """Scheduler and workers may be started by one command."""
    together = threading.Barrier(3)

    def start(_: int) -> str | None:
        db = Database(empty_url)
        together.wait(timeout=20)
        db.upgrade()
        found = revision(db)
        db.close()
        return found

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(start, range(3))) == [HEAD] * 3


def test_the_copy_is_of_the_state_before_whoever_comes_late(tmp_path: Path) -> None:
    """Of two that start together one migrates and keeps a copy; the other leaves it alone."""
    file = tmp_path / "old.db"
    late, early = Database(f"sqlite:///{file}"), Database(f"sqlite:///{file}")
    with late._writing.begin() as connection:
        migrate_to(connection, "0005")
    # The late one has seen the old schema; before it goes on it is overtaken.
    event.listen(late.engine, "checkin", lambda *_: early.upgrade(), once=True)
    late.upgrade()
    assert revision(late) == HEAD
    for db in (late, early):
        db.close()
    (copy,) = copies_of(file)
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT version_num FROM alembic_version").fetchone() == ("0005",)


def test_a_newer_schema_is_left_alone(db: Database) -> None:
    """An old program after a downgrade says so in one line and damages nothing."""
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerSchema, match=f"has schema 9999, this orderwatch knows {HEAD}: inst"):
        db.upgrade()
    assert revision(db) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A half-migrated database would need a human."""
    run = migrate._run_migrations

    def fail(connection: object, found: str | None) -> None:
        run(connection, found)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    monkeypatch.setattr(migrate, "_run_migrations", fail)
    db = Database(empty_url)
    with pytest.raises(RuntimeError, match="power cut"):
        db.upgrade()
    assert inspect(db.engine).get_table_names() == []
    monkeypatch.undo()
    db.upgrade()
    assert revision(db) == HEAD
    db.close()
