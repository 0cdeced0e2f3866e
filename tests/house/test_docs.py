"""The documents tell the truth about the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from config.settings import describe
from tests.house.settings_page import PAGE
from worker.cli.main import app
from worker.doctor.visit import CHECKS

ROOT = Path(__file__).parents[2]


def test_every_setting_is_on_the_page() -> None:
    """A user finds each setting with its meaning in docs/settings.md, and none that is gone."""
    listed = re.findall(r"^\| `(ORDERWATCH_\w+)` \| .* \| (.+) \|$", PAGE.read_text(), re.M)
    assert listed == [(info.variable, info.description.replace("|", "\\|")) for info in describe()]


def _commands() -> dict[str, set[str]]:
    """Every command by name; a group with the names of its own commands."""
    found = get_command(app)
    assert isinstance(found, TyperGroup)
    return {
        name: set(command.commands) if isinstance(command, TyperGroup) else set()
        for name, command in found.commands.items()
    }


COMMANDS = _commands()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_only_settings_that_exist(page: Path) -> None:
    """Nobody copies a setting that would be refused; a group's name stands for its members."""
    known = {info.variable for info in describe()}
    named = set(re.findall(r"ORDERWATCH_[A-Z_]+[A-Z]", page.read_text()))
    plain = {name.removesuffix("_FILE") for name in named}
    assert {n for n in plain if not any(k.startswith(f"{n}__") for k in known)} <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_only_commands_that_exist(page: Path) -> None:
    """Nobody types a command of a page in vain, be it in a text or in a block."""
    text = page.read_text()
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    typed = re.findall(r"(?m)^(?:\S+/)?orderwatch ([a-z]+)(?: ([a-z-]+))?", blocks)
    named = typed + re.findall(r"`orderwatch ([a-z]+)(?: ([a-z-]+))?", text)
    for command, second in named:
        assert command in COMMANDS, command
        assert not COMMANDS[command] or second in (COMMANDS[command] | {""}), (command, second)


def test_the_doctors_page_has_every_check() -> None:
    """Whoever looks an id up finds it, in the doctor's own order."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == [*CHECKS, "package"]
