"""What all nouns of the command line have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.tables import Base
from tests.cli.rows import Cli

COMMANDS = [
    "customers find", "customers show", "customers set", "orders list", "orders show",
    "orders accept", "shipments list", "shipments show", "alerts list", "alerts show",
    "alerts ack", "alerts snooze", "alerts dismiss", "mail list", "mail show", "mail resend",
    "mail mark-sent", "mail test", "digest preview", "digest send", "db upgrade", "status",
    "track",
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example_that_is_this_command(cli: Cli, command: str) -> None:
    """Nobody has to guess how a command is typed."""
    said = cli(*command.split(), "--help")
    assert said.code == 0
    assert f"Example: orderwatch {command}" in " ".join(said.out.split())


def test_help_needs_neither_database_nor_network() -> None:
    """Asking for help is quick: nothing heavy is loaded for it."""
    script = (
        "import sys, worker.cli.main; "
        "print(sorted({'sqlalchemy', 'dramatiq', 'httpx2', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_look_loads_all_tables_and_no_client(sqlite_url: str) -> None:
    """A row can be written in a fresh process, where only its own table was named; whom to ask
    over the network is no part of a look."""
    script = (
        "import sys, json; from worker.cli.output import open_house\n"
        "with open_house() as house: house.db\n"
        "from models.base import Base\n"
        "print(json.dumps([sorted(Base.metadata.tables), 'httpx2' in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"ORDERWATCH_DATABASE_URL": sqlite_url},
    )
    assert json.loads(done.stdout) == [sorted(Base.metadata.tables), False]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("orders list --nope", "there is no option --nope; did you mean --type?"),
        ("alerts show abc", "ID: no whole number; one such as 12 would be right"),
        ("alerts show 99999999999999999999", "ID: too large; at most 9223372036854775807"),
        ("cases show 99999999999999999999", "CASE: too large"),
        ("mail show 99999999999999999999", "ID: too large"),
        ("jobs retry 99999999999999999999", "RUN: too large"),
        ("jobs unpark mails:99999999999999999999", "'mails:99999999999999999999' is no parked"),
        ("jobs history --limit 0", "--limit: too small; 1 or more would be right"),
        ("jobs history --limit", "--limit needs a value after it"),
        ("jobs history --failed=3", "--failed takes no value"),
        ("alerts snooze 1", "--until is missing; `orderwatch alerts snooze --help` has an"),
        ("alerts dismiss 1", "--reason is missing"),
        ("alerts show 1 {2}", "too many words: {2}; `orderwatch alerts show --help`"),
        ("demo --out {file}", "--out {file}: a file; a folder is right"),
        ("cases step 1 foo", "STEP 'foo': one of stop-asked, credit-asked,"),
        ("mail", "a command is missing; `orderwatch mail --help` lists all"),
        ("foo", "there is no command 'foo'; `orderwatch --help` lists all"),
        ("track", "LINK_OR_NUMBER is missing"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(cli: Cli, tmp_path: Path, words: str, line: str) -> None:
    """A mistyped command is told in a line of our own: what is wrong, what would be right."""
    (tmp_path / "file").write_text("")
    here = str(tmp_path / "file")
    said = cli(*words.replace("{file}", here).split()).refused(2)
    assert said.startswith("orderwatch: " + line.replace("{file}", here))


def test_a_slip_in_a_prefix_is_warned_of(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command works, the warning is on standard error, and the doctor calls it a fault."""
    monkeypatch.setenv("ORDERWACH_SMTP__HOST", "mail.example.org")
    said = cli("orders", "list", "--json")
    assert said.json == []
    assert said.err.startswith("orderwatch: warning: ORDERWACH_SMTP__HOST")
    monkeypatch.setenv("ORDERWATCH_HERMES__ENABLED", "false")
    seen = json.loads(cli("doctor", "--json").out)
    assert [one["id"] for one in seen if not one["ok"]] == ["settings"]


@pytest.mark.parametrize("words", ["orders list", "alerts list", "mail list", "status"])
def test_a_wrong_setting_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """No command goes on with a setting that can't be meant."""
    monkeypatch.setenv("ORDERWATCH_TIMEZONE", "Berlin")
    assert "ORDERWATCH_TIMEZONE" in cli(*words.split()).refused(2)
