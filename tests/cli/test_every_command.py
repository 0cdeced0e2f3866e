"""All commands, walked through: help with an example, JSON where it is promised, one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from models.domain.values import MailKind
from tests.cli.rows import Cli, Rows
from worker.cli.main import app

#: Promised by the contract: every listing, every show, and these.
WITH_JSON = {"status", "doctor", "track", "import", "sync", "health", "jobs history", "jobs parked"}

#: What can't be undone asks first.
ASKING = {"db restore", "db move", "db reopen", "privacy erase", "mail resend"}


def every_command() -> dict[str, TyperCommand]:
    """The commands by what is typed."""
    found: dict[str, TyperCommand] = {}

    def walk(group: TyperGroup, before: str) -> None:
        for name, command in group.commands.items():
            words = f"{before} {name}".strip()
            if isinstance(command, TyperGroup):
                walk(command, words)
            elif isinstance(command, TyperCommand):
                found[words] = command

    root = get_command(app)
    assert isinstance(root, TyperGroup)
    walk(root, "")
    return found


COMMANDS = every_command()


@pytest.mark.parametrize("words", COMMANDS)
def test_help_tells_what_it_does_with_an_example(cli: Cli, words: str) -> None:
    """Nobody has to guess how a command is typed."""
    said = cli(*words.split(), "--help")
    flat = " ".join(said.out.split())
    assert said.code == 0
    assert "Example: " in flat
    assert f"orderwatch {words}" in flat.partition("Example: ")[2]
    assert COMMANDS[words].help


def options(words: str) -> set[str]:
    """The options that a command takes."""
    return {option for parameter in COMMANDS[words].params for option in parameter.opts}


def test_json_where_it_is_promised() -> None:
    """A program that asks for JSON gets it from every listing and every card."""
    promised = {w for w in COMMANDS if w.split()[-1] in ("list", "show", "find")} | WITH_JSON
    assert promised <= set(COMMANDS)
    assert {words for words in promised if "--json" not in options(words)} == set()


def test_what_cannot_be_undone_can_be_answered_beforehand() -> None:
    """A script that knows what it does needs nobody at the keyboard."""
    assert {words for words in ASKING if "--yes" not in options(words)} == set()


@pytest.mark.parametrize("words", sorted({words.split()[0] for words in COMMANDS}))
def test_a_mistyped_option_is_one_line(cli: Cli, words: str) -> None:
    """Exit 2, and no box around it."""
    assert "--nonsense" in cli(words, "--nonsense").refused(2)


@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize(
    "words", ["orders list", "customers find", "alerts list", "mail list", "jobs list", "status"]
)
def test_tables_fit_the_terminal(
    cli: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch, columns: int, words: str
) -> None:
    """On a narrow window words wrap; nothing is cut off and no line is too long."""
    anna = rows.customer(name="Annegret Müller-Lüdenscheidt-Blankenburg", email="a@example.org")
    order = rows.order(anna, "370000001", tracking="99000000000011")
    rows.parcel(order)
    rows.alert("wrong-order-type", anna, order_id=order.id)
    rows.mail(MailKind.TEST)
    monkeypatch.setenv("COLUMNS", str(columns))
    said = cli(*words.split(), *(["a"] if words == "customers find" else []))
    assert said.code == 0
    assert "…" not in said.out
    if words != "status":
        assert max(map(len, said.out.splitlines())) <= columns
    if words == "orders list":
        assert "370000001" in "".join(said.out.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for_the_shell(tmp_path: Path, shell: str) -> None:
    """The script is printed, and the words of a group are offered."""
    program = str(Path(sys.executable).with_name("orderwatch"))
    # Without this the shell is the one that the tests run under, which need not be a known one.
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)} | named

    def run(words: list[str], **more: str) -> str:
        done = subprocess.run([program, *words], env=env | more, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "_ORDERWATCH_COMPLETE" in run(["--show-completion", shell])
    if shell == "bash":
        typed = {"COMP_WORDS": "orderwatch db ", "COMP_CWORD": "2"}
        offered = run([], _ORDERWATCH_COMPLETE="complete_bash", **typed).split()
        assert {"backup", "restore", "move"} <= set(offered)
