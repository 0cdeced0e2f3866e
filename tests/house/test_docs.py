"""The documents tell the truth about the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.settings import describe
from models.system_alerts import SYSTEM_RULES
from tasks.checks.evidence import RULE_THRESHOLDS
from tasks.checks.judge import RULES
from tests.house.settings_page import PAGE

ROOT = Path(__file__).parents[2]


def test_every_setting_is_on_the_page() -> None:
    """A user finds each setting with its meaning in docs/settings.md, and none that is gone."""
    listed = re.findall(r"^\| `(ORDERWATCH_\w+)` \| .* \| (.+) \|$", PAGE.read_text(), re.M)
    assert listed == [(info.variable, info.description.replace("|", "\\|")) for info in describe()]


def test_readme_names_only_settings_that_exist() -> None:
    """Nobody copies a setting from the README that would be refused."""
    known = {info.variable for info in describe()}
    named = set(re.findall(r"ORDERWATCH_[A-Z_]+[A-Z]", (ROOT / "README.md").read_text()))
    assert {name.removesuffix("_FILE") for name in named} <= known


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
