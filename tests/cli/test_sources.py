"""`orderwatch sources` and the live search: what can't be read, and whom the site finds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from models import stop_list
from models.page import keep_sample
from tests.cli.rows import NOW, Cli, Rows
from worker.simulator.clocks import FixedClock
from worker.simulator.server import Simulator
from worker.simulator.world import make_world


@pytest.fixture
def kept(rows: Rows) -> None:
    """A month page that could not be read."""
    with rows.db.write() as session:
        keep_sample(session, "backoffice", "month", "no column Quelle", "<p>Xxxx</p>", NOW)


def test_nothing_was_asked_and_nothing_is_broken(cli: Cli, rows: Rows) -> None:
    """The empty state, for a person and for a program."""
    assert cli("sources", "list").out.splitlines() == ["Sources: none", "Kept pages: none"]
    assert cli("sources", "list", "--json").json == {"sources": [], "samples": []}


def test_kept_pages_are_listed_with_their_reason(cli: Cli, kept: None) -> None:
    """What is broken, since when, and how to get at it."""
    (sample,) = cli("sources", "list", "--json").json["samples"]
    assert sample == {
        "source": "backoffice", "page": "month", "reason": "no column Quelle",
        "kept_at": "2026-10-22T10:00:00Z", "mended_at": None, "size": 11,
    }  # fmt: skip
    said = cli("sources", "list").out
    assert "no column Quelle" in said
    assert "orderwatch sources sample backoffice/month FILE" in said


def test_a_kept_page_is_written_to_a_file_or_shown(cli: Cli, kept: None, tmp_path: Path) -> None:
    """Something to look through and to send; an existing file is overwritten by a yes only."""
    file = tmp_path / "month.html"
    assert cli("sources", "sample", "backoffice/month", str(file)).code == 0
    assert file.read_text() == "<p>Xxxx</p>"
    file.write_text("mine")
    said = cli("sources", "sample", "backoffice/month", str(file))
    assert (said.code, file.read_text()) == (2, "mine")
    assert "is there already" in said.err
    assert cli("sources", "sample", "backoffice/month", str(file), "--yes").code == 0
    assert file.read_text() == "<p>Xxxx</p>"
    assert cli("sources", "sample", "backoffice/month", "-").out == "<p>Xxxx</p>\n"


def test_what_is_not_kept_or_not_writable_is_one_line(cli: Cli, kept: None, tmp_path: Path) -> None:
    """With what would be right."""
    wrong = cli("sources", "sample", "backoffice/team", "-").refused(1)
    assert "`orderwatch sources list`" in wrong
    nowhere = str(tmp_path / "no" / "such.html")
    assert "there is no folder" in cli("sources", "sample", "backoffice/month", nowhere).refused(2)


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A back office that the commands may ask."""
    world = make_world(1, date(2026, 10, 19), 3, 1, orders_per_day=0)
    with Simulator(world, FixedClock(NOW)) as running:
        for name, value in running.settings().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ORDERWATCH_BACKOFFICE__MIN_SPACING_SECONDS", "0")
        yield running


def test_the_live_search_shows_whom_the_site_finds(
    cli: Cli, rows: Rows, simulator: Simulator
) -> None:
    """Before the first sync too, and nothing is stored; people of one name are all there."""
    one, other = simulator.stage.team()[:2]
    for person in (one, other):
        simulator.stage.change(person.member_id, first="Änne", last="Zweimal")
    found = cli("customers", "find", "zweimal", "--live", "--json").json
    assert {row["id"] for row in found} == {one.member_id, other.member_id}
    assert {row["name"] for row in found} == {"Änne Zweimal"}
    assert set(found[0]) == {"id", "name", "email", "kind", "enrolled_on"}
    assert cli("customers", "find", "zweimal", "--json").json == []
    with rows.db.write() as session:
        stop_list.add(session, one.member_id, None, NOW)
    (left,) = cli("customers", "find", "zweimal", "--live", "--json").json
    assert left["id"] == other.member_id


def test_a_live_search_needs_the_back_office(cli: Cli, rows: Rows) -> None:
    """And says which setting switches it on; an outage is one line."""
    assert "BACKOFFICE__ENABLED" in cli("customers", "find", "anna", "--live").refused(2)


def test_a_site_that_is_down_is_one_line(cli: Cli, rows: Rows, simulator: Simulator) -> None:
    """A refusal is not tried twice."""
    simulator.faults.answer(403, times=None)
    said = cli("customers", "find", "anna", "--live").refused(1)
    assert "refuses this network" in said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PROFILE", "nope", "BACKOFFICE__PROFILE: no such profile: 'nope' (de, en, pt, or"),
        ("COOKIE", "none", "BACKOFFICE__COOKIE: the session cookie is not of the form name=value"),
    ],
)
def test_a_setting_that_only_the_source_can_judge_is_one_line(
    cli: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """A typing error in a setting is no crash: its name, what is wrong, exit 2."""
    monkeypatch.setenv("ORDERWATCH_BACKOFFICE__ENABLED", "true")
    monkeypatch.setenv("ORDERWATCH_BACKOFFICE__MEMBER_ID", "1234567")
    monkeypatch.setenv("ORDERWATCH_BACKOFFICE__PASSWORD", "secret")
    monkeypatch.setenv(f"ORDERWATCH_BACKOFFICE__{name}", value)
    assert said in cli("sync").refused(2)
