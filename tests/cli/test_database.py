"""`orderwatch db`: backup, restore, move and prune as a user types them."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pytest

from models.domain.values import MailKind, MailState, RunState
from models.heartbeat import ask_for_beat, last_beat
from models.job import JobRun
from models.session import Database
from tests.cli.rows import NOW, Cli, Rows
from tests.services.postgres_server import PostgresServer


@pytest.fixture
def anna(rows: Rows) -> Rows:
    """A database with something in it."""
    customer = rows.customer()
    rows.order(customer, "370000001")
    rows.mail(MailKind.INVOICE_COPY)
    rows.mail(MailKind.ALERT, key="2")
    return rows


def test_back_up_and_restore(cli: Cli, anna: Rows, tmp_path: Path) -> None:
    """There and back; what waited is told, and not sent."""
    file = tmp_path / "backup.zip"
    assert "rows are in" in cli("db", "backup", str(file)).out
    late = anna.customer("8120999", "Later")
    view = cli("db", "restore", str(file), "--yes", "--json").json
    assert view["held_back"]["parked_mails"] == view["held_back"]["dropped_mails"] == 1
    found = cli("customers", "find", "an", "--json").json
    assert late.member_id not in [person["id"] for person in found]
    states = {mail["kind"]: mail["state"] for mail in cli("mail", "list", "--json").json}
    assert states == {
        "invoice-copy": MailState.PARKED.value, "alert": MailState.CANCELLED.value
    }  # fmt: skip


def test_it_asks_before_it_replaces(
    cli: Cli, anna: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer nothing is done: exit 2; with a no: exit 1."""
    file = tmp_path / "backup.zip"
    assert cli("db", "backup", str(file)).code == 0
    for words in (("db", "restore", str(file)), ("db", "backup", str(file))):
        for answer, code, line in (("", 2, "--yes does it"), ("n\n", 1, "nothing was changed")):
            monkeypatch.setattr("sys.stdin", io.StringIO(answer))
            said = cli(*words)
            assert said.code == code
            assert line in said.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "said", "code"),
    [(b"no zip", "no backup of orderwatch", 1), (None, "does not exist", 2)],
)
def test_a_wrong_file_is_one_line(
    cli: Cli, anna: Rows, tmp_path: Path, content: bytes | None, said: str, code: int
) -> None:
    """What can't be a backup changes nothing."""
    if content is not None:
        (tmp_path / "x.zip").write_bytes(content)
    assert said in cli("db", "restore", str(tmp_path / "x.zip"), "--yes").refused(code)
    assert cli("orders", "list", "--json").json != []


def test_a_folder_that_is_not_there_is_one_line(cli: Cli, anna: Rows, tmp_path: Path) -> None:
    """A mistyped path is no traceback."""
    assert "nowhere" in cli("db", "backup", str(tmp_path / "nowhere" / "b.zip")).refused(2)


def test_a_running_program_is_not_robbed(cli: Cli, anna: Rows, tmp_path: Path) -> None:
    """While a job runs nothing is put in the place of its rows."""
    file = tmp_path / "backup.zip"
    cli("db", "backup", str(file))
    alive = {"started_at": NOW, "alive_until": NOW + timedelta(minutes=2)}
    with anna.db.write() as session:
        session.add(JobRun(job="sync-orders", state=RunState.RUNNING, host="pi", pid=7, **alive))
    for words in (["restore", str(file)], ["move", f"sqlite:///{tmp_path}/new.db"]):
        line = cli("db", *words, "--yes").refused(1)
        assert "sync-orders runs on pi (process 7)" in line
        assert "stop it" in line


def test_a_destroyed_file_is_put_aside(cli: Cli, anna: Rows, tmp_path: Path) -> None:
    """A database that can't be read any more is kept for whoever wants to look, and replaced."""
    file, url = tmp_path / "backup.zip", anna.db.url
    cli("db", "backup", str(file))
    anna.db.close()
    database = Path(str(url.database))
    database.write_bytes(b"no database" * 1000)
    assert cli("db", "restore", str(file), "--yes").code == 0
    assert cli("orders", "list", "--json").json[0]["order_number"] == "370000001"
    assert len(list(tmp_path.glob("orderwatch.db.damaged-*"))) == 1


def test_move_to_postgresql_and_go_on_there(
    cli: Cli,
    anna: Rows,
    postgres_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """All rows are there, waiting mail still waits; the old place works no more until reopened."""
    url = postgres_server.empty()
    (tmp_path / "url").write_text(url)
    assert cli("db", "move", f"@{tmp_path}/url", "--yes").code == 0
    orders = tmp_path / "orders.csv"
    orders.write_text("order_number")
    for words in (
        ("jobs", "run", "deliver-mail", "--wait"),
        ("db", "move", f"sqlite:///{tmp_path}/third.db", "--yes"),
        ("import", str(orders)),
    ):
        assert "was moved to postgresql" in cli(*words).refused(1)
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", url)
    states = {mail["state"] for mail in cli("mail", "list", "--json").json}
    assert states == {MailState.QUEUED.value}
    assert len(cli("orders", "list", "--json").json) == 1
    assert cli("jobs", "run", "review-orders", "--wait").code == 0
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", anna.db.url.render_as_string())
    assert cli("db", "reopen", "--yes").code == 0
    assert cli("jobs", "run", "review-orders", "--wait").code == 0
    assert "not moved" in cli("db", "reopen", "--yes").refused(1)
    postgres_server.drop(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [("mysql://x/y", "not a database address"), ("@/nowhere", "can't be read")],
)
def test_a_wrong_address_is_one_line(cli: Cli, anna: Rows, url: str, said: str) -> None:
    """Exit 2, and no password is repeated."""
    assert said in cli("db", "move", url, "--yes").refused(2)


def test_the_own_database_is_no_place_to_move_to(cli: Cli, anna: Rows) -> None:
    """Moving onto itself would drop everything."""
    line = cli("db", "move", anna.db.url.render_as_string(), "--yes").refused(1)
    assert "in use" in line
    assert len(cli("orders", "list", "--json").json) == 1


def test_a_beating_heart_is_a_running_program(rows: Rows) -> None:
    """Between two jobs it shows by answering; a stopped program does not."""
    from tests.services.clock import FakeClock
    from worker import knock

    clock = FakeClock(NOW)
    assert knock.who_is_there(rows.db, clock) is None
    with rows.db.write() as session:
        ask_for_beat(session, NOW - timedelta(days=1))
    with rows.db.read() as session:
        assert last_beat(session) is None


def test_prune_forgets_and_counts(cli: Cli, rows: Rows) -> None:
    """What is older than the limits goes now; the counts say how much."""
    old = NOW - timedelta(days=400)
    with rows.db.write() as session:
        session.add(JobRun(job="sync-orders", state=RunState.DONE, started_at=old, alive_until=old))
    assert cli("db", "prune", "--json").json["counts"]["history_cleared"] == 1
    assert "done" in cli("db", "prune").out


def test_a_missing_folder_is_made_and_a_file_in_its_way_is_told(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database below a file can't be: one line, no traceback."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", f"sqlite:///{tmp_path}/file/x.db")
    assert "can't be made" in cli("status").refused(1)
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", f"sqlite:///{tmp_path}/new/x.db")
    assert cli("status").code == 0
    Database(f"sqlite:///{tmp_path}/new/x.db").close()
