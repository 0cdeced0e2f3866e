"""Commands that read or write a file: one rule for what is missing, one for what is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.rows import Cli, Rows

#: Commands that write a file, with the place of its name.
WRITING = ["db backup {}", "privacy export 8120345 --out {}", "invoices save 185204417 {}"]


@pytest.fixture(autouse=True)
def anna(rows: Rows) -> None:
    """A customer with an order."""
    rows.order(rows.customer(), "185204417")


@pytest.mark.parametrize("command", WRITING)
def test_where_no_file_can_be_is_wrong_use(cli: Cli, tmp_path: Path, command: str) -> None:
    """A folder, or a folder that is not there, is told before anything is done."""
    for place in (tmp_path, tmp_path / "no" / "file"):
        said = cli(*command.format(place).split()).refused(2)
        assert "folder" in said
    assert {path.name.partition(".")[0] for path in tmp_path.iterdir()} == {"orderwatch"}


@pytest.mark.parametrize("command", ["db restore {}", "db move @{}", "import {}"])
def test_a_missing_file_is_wrong_use(cli: Cli, tmp_path: Path, command: str) -> None:
    """The file that a command is to read is named."""
    assert "nowhere" in cli(*command.format(tmp_path / "nowhere").split()).refused(2)


@pytest.mark.parametrize("command", WRITING)
def test_what_is_there_is_overwritten_by_a_yes_only(cli: Cli, tmp_path: Path, command: str) -> None:
    """Nobody loses a file by a slip of the hand; where nobody can answer it is wrong use."""
    mine = tmp_path / "mine"
    mine.write_text("mine")
    said = cli(*command.format(mine).split())
    assert (said.code, mine.read_text()) == (2, "mine")
    assert "--yes" in said.err


def test_an_export_is_for_its_owner_alone(cli: Cli, tmp_path: Path) -> None:
    """Also in the place of a file that was open to all; names stay readable."""
    file = tmp_path / "anna.json"
    file.touch(0o644)
    assert cli("privacy", "export", "8120345", "--out", str(file), "--yes").code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "Anna Müller" in file.read_text("utf-8")
    assert json.loads(file.read_text("utf-8"))["name"] == "Anna Müller"
