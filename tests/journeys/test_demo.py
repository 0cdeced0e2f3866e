"""The demo, as a newcomer runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from worker.cli.main import run


def demo(out: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """A small demo into `out`; its report."""
    assert run(["demo", "--out", str(out), "--json", "--orders", "20", "--days", "2", *words]) == 0
    report: dict[str, object] = json.loads(capsys.readouterr().out)
    return report


def test_the_same_seed_tells_the_same_story(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every mail is the same to the byte, and everything that had to be found was."""
    first = demo(tmp_path / "a", capsys)
    assert demo(tmp_path / "b", capsys) == first
    assert "found, and nothing else" in str(first["verdict"])
    mails = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert {"0001.eml", "0001.html"} <= set(mails)
    for name in mails:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_second_demo_replaces_only_its_own_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that somebody else left in the folder stays."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "9999.eml").write_text("from an earlier demo")
    demo(tmp_path, capsys, "--seed", "3")
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert not (tmp_path / "9999.eml").exists()


def test_an_impossible_folder_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback for a path that can't be a folder."""
    (tmp_path / "file").write_text("")
    assert run(["demo", "--out", str(tmp_path / "file" / "mails")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
