"""What the doctor finds on our own machine: database, schema, clock, disk, package."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from config.settings import load
from models.session import Database
from tests.services.postgres_server import PostgresServer
from tests.services.redis_server import free_port
from worker.bootstrap import House
from worker.doctor import own, stores
from worker.doctor.check import Visit
from worker.doctor.package import look_at_package
from worker.doctor.result import Fault


def visit(url: str) -> Visit:
    """A visit to a program with that database."""
    return Visit(House(load({"ORDERWATCH_DATABASE_URL": url}, None)))


@pytest.fixture
def visited(database_url: str) -> Iterator[Visit]:
    """A visit to a migrated database of both kinds."""
    found = visit(database_url)
    yield found
    found.db.close()


def test_a_database_that_is_well(visited: Visit) -> None:
    """Read, written and migrated: the detail says where it is."""
    assert visited.db.url.database
    assert visited.db.url.database in stores.database(visited).detail
    assert "the newest" in stores.migrations(visited).detail


def test_a_database_that_is_not_there_yet(tmp_path: Path) -> None:
    """The doctor only looks: it makes no file, and that is no fault."""
    file = tmp_path / "new" / "orderwatch.db"
    found = visit(f"sqlite:///{file}")
    assert "not there yet" in stores.database(found).detail
    assert "none yet" in stores.migrations(found).detail
    assert own.disk(found).detail
    assert not file.parent.exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    """A damaged file is answered with the way back."""
    (tmp_path / "orderwatch.db").write_bytes(b"no database" * 1000)
    with pytest.raises(Fault) as caught:
        stores.database(visit(f"sqlite:///{tmp_path}/orderwatch.db"))
    assert "db restore" in caught.value.hint


def test_a_folder_for_a_database_that_cannot_be(tmp_path: Path) -> None:
    """A file where a folder should be is told, not traced."""
    (tmp_path / "file").write_text("")
    with pytest.raises(Fault, match="is no folder"):
        stores.database(visit(f"sqlite:///{tmp_path}/file/orderwatch.db"))


def test_a_database_server_that_is_away() -> None:
    """The hint says where it was looked for."""
    port = free_port()
    with pytest.raises(Fault) as caught:
        stores.database(visit(f"postgresql://anna:secret@127.0.0.1:{port}/orderwatch"))
    assert f"127.0.0.1:{port}" in caught.value.hint
    assert "secret" not in caught.value.detail + caught.value.hint


def test_a_database_that_does_not_exist(postgres_server: PostgresServer) -> None:
    """A server without that database: the hint says how to make it."""
    url = postgres_server.empty()
    postgres_server.drop(url)
    with pytest.raises(Fault) as caught:
        stores.database(visit(url))
    assert "createdb" in caught.value.hint


@pytest.mark.parametrize(("revision", "hint"), [("0000", "db upgrade"), ("9999", "newer")])
def test_a_schema_of_another_version(visited: Visit, revision: str, hint: str) -> None:
    """An older schema wants an upgrade, a newer one a newer program."""
    with visited.db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    with pytest.raises(Fault, match=f"schema {revision}") as caught:
        stores.migrations(visited)
    assert hint in caught.value.hint


@pytest.mark.parametrize(("minutes", "way"), [(5, "behind"), (-5, "before")])
def test_a_clock_that_is_wrong(sqlite_url: str, minutes: int, way: str) -> None:
    """Deadlines are only as good as the clock: another's five minutes off is a fault."""
    found = visit(sqlite_url)
    found.drift["Hermes"] = timedelta(minutes=minutes)
    with pytest.raises(Fault, match=f"300 s {way} the clock of Hermes") as caught:
        own.clock(found)
    assert "timedatectl" in caught.value.hint


def test_a_full_disk(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less room than a backup needs is a fault before it is an outage."""

    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(1_000_000))
    with pytest.raises(Fault, match="1 MB free") as caught:
        own.disk(visit(sqlite_url))
    assert "free some space" in caught.value.hint


def test_our_packages_are_ours() -> None:
    """In a right installation all four come from one place."""
    assert look_at_package().ok


def test_a_foreign_config_is_found(tmp_path: Path) -> None:
    """A folder `config` of somebody else's, standing before ours, is named."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "__init__.py").write_text("")
    root = Path(__file__).parents[2]
    script = f"""
import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(root)!r}]
from worker.cli.main import run
print(run(["doctor", "--json"]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert str(tmp_path / "config") in done.stdout
    assert done.stdout.rstrip().endswith("1")
    assert "Traceback" not in done.stderr


def test_a_damaged_file_ends_any_command_in_a_line(tmp_path: Path) -> None:
    """Not only the doctor: every command says it without a traceback."""
    (tmp_path / "orderwatch.db").write_bytes(b"no database" * 1000)
    database = Database(f"sqlite:///{tmp_path}/orderwatch.db")
    database.close()
    script = "import sys; from worker.cli.main import run; sys.exit(run(['status']))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={"ORDERWATCH_DATABASE_URL": f"sqlite:///{tmp_path}/orderwatch.db"},
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "not a database" in line


def test_an_inbox_that_takes_files(tmp_path: Path) -> None:
    """A folder that is there is well, and nothing is made in it by looking."""
    found = Visit(House(load({"ORDERWATCH_INBOX_DIR": str(tmp_path)}, None)))
    assert str(tmp_path) in own.inbox(found).detail
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["inbox", "inbox/done", "inbox/failed"])
def test_an_inbox_that_cannot_be_used(tmp_path: Path, name: str) -> None:
    """A file where a folder must be is found before the first file is dropped."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    found = Visit(House(load({"ORDERWATCH_INBOX_DIR": str(tmp_path / "inbox")}, None)))
    with pytest.raises(Fault, match=r"inbox' is no folder|'(done|failed)' in the inbox") as caught:
        own.inbox(found)
    assert "ORDERWATCH_INBOX_DIR" in caught.value.hint
