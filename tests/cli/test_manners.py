"""What all nouns of the command line have in common."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

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


@pytest.mark.parametrize(
    "words",
    [
        "orders list --nope",
        "alerts show abc",
        "alerts show 99999999999999999999",
        "cases show 99999999999999999999",
        "mail show 99999999999999999999",
        "jobs retry 99999999999999999999",
        "jobs unpark mails:99999999999999999999",
        "alerts snooze 1",
        "alerts dismiss 1",
        "mail",
        "track",
    ],
)
def test_wrong_use_is_one_line_and_exit_2(cli: Cli, words: str) -> None:
    """A mistyped command is told in a line, never in a traceback."""
    assert cli(*words.split()).refused(2)


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
