"""Brings the schema up to date: on first start, and with `orderwatch db upgrade`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from models.safety_copy import copy_before

#: The newest migration; a test compares it with the files.
HEAD = "0006"

#: Any number that nobody else uses: processes that start together migrate one after the other.
_MIGRATION_LOCK = 7236450912


class NewerSchema(Exception):
    """The database was written by a newer orderwatch; upgrade the program."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"the database has schema {revision}, this orderwatch knows {HEAD}: "
            "install the newer version again, or restore a backup"
        )


def current_revision(connection: Connection) -> str | None:
    """The schema's revision, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(engine: Engine) -> None:
    """Migrate to HEAD in one transaction. Raises NewerSchema."""
    with engine.connect() as connection:
        before = current_revision(connection)
    if before == HEAD:
        return
    with engine.begin() as connection:
        lock_schema(connection)
        found = current_revision(connection)
        if found == HEAD:
            return  # another process was first
        if found is not None and found < HEAD:
            _keep_copy(engine)
        _run_migrations(connection, found)


def _keep_copy(engine: Engine) -> None:
    """An SQLite file is copied before it changes; PostgreSQL has its own backups.

    Under the lock, so that nobody changes it meanwhile; whoever reads sees it as it was before.
    """
    name = engine.url.database
    if engine.dialect.name == "sqlite" and name and name != ":memory:":
        copy_before(Path(name).expanduser(), HEAD)


def lock_schema(connection: Connection, seconds: int = 0) -> None:
    """One migrates at a time; who waits for more than `seconds` for a table gives up (0: never).

    On SQLite the writing transaction is the lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{seconds}s'"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))


def _run_migrations(connection: Connection, found: str | None) -> None:
    if found is None:
        make_schema(connection)
    else:
        migrate_to(connection, "head")


def make_schema(connection: Connection) -> None:
    """The newest schema at once; a test compares it with what the migrations make.

    A first start loads no Alembic, which is 10 MB that a small machine would keep for years.
    """
    from models.tables import Base

    Base.metadata.create_all(connection)
    name = "CONSTRAINT alembic_version_pkc PRIMARY KEY"
    connection.execute(
        text(f"CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL {name})")
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def migrate_to(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` in the caller's transaction. Raises NewerSchema."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    for wanted in (current_revision(connection), revision):
        if wanted not in (None, "head") and wanted not in known:
            raise NewerSchema(str(wanted))
    command.upgrade(config, revision)
