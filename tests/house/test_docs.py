"""The documents tell the truth about the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from config.settings import describe
from models.system_alerts import SYSTEM_RULES
from tasks.checks.evidence import RULE_THRESHOLDS
from tasks.checks.judge import RULES
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


def rows_of_alerts() -> dict[str, str]:
    """The rows of docs/alerts.md by the name of the rule."""
    text = (ROOT / "docs" / "alerts.md").read_text()
    return dict(re.findall(r"^\| `([a-z-]+)` \|(.*)\|$", text, re.M))


def test_every_alert_is_explained() -> None:
    """Whoever gets an alert finds it on the page, and none that does not exist."""
    rules = {rule.__name__.replace("_", "-") for rule in RULES} - {"parcel-trouble"}
    told_elsewhere = {"delivery-failed", "parcel-exception", "parcel-returning"}
    assert set(rows_of_alerts()) == rules | told_elsewhere | SYSTEM_RULES


@pytest.mark.parametrize("rule", sorted(RULE_THRESHOLDS))
def test_an_alert_names_its_settings(rule: str) -> None:
    """The numbers that a rule compares with are named beside it, and no others."""
    named = set(re.findall(r"`([A-Z_]{4,})`", rows_of_alerts()[rule].rpartition("| ")[2]))
    assert named - {"FAMILIES"} == {name.upper() for name in RULE_THRESHOLDS[rule]}
    assert {f"ORDERWATCH_RULES__{name}" for name in named} <= {i.variable for i in describe()}
