"""The documents tell the truth about the code."""

from __future__ import annotations

import re
from pathlib import Path

from config.settings import describe
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
