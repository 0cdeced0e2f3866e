"""`orderwatch import`: a file of orders comes in, and what is wrong with them is known at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.rows import Cli

HEAD = "Bestellnummer;Bestelldatum;Kundennummer;Name;Quelle;PV;Artikel\n"
LOYAL = "184145361;05.09.2026;7654321;O'Neill <script>;AS;57,00;60204657x1\n"
WRONG = "184145362;20.10.2026;7654321;O'Neill <script>;IO;57,00;60204656x2\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """A loyal customer, and her order of the wrong type."""
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + LOYAL + WRONG)
    return path


def test_findings_are_there_when_it_returns(cli: Cli, orders: Path) -> None:
    """Whoever imports a list sees at once what is wrong in it, without any setting."""
    assert cli("import", "--json", str(orders)).json == {
        "orders": {"new": 2, "changed": 0, "unchanged": 0, "rejected": 0},
        "rejected": [],
        "notes": [],
    }
    (alert,) = [a for a in cli("alerts", "list", "--json").json if a["rule"] == "wrong-order-type"]
    assert (alert["order"], alert["customer"]) == ("184145362", "7654321")
    listed = cli("orders", "list", "--json").json
    assert [(o["order_number"], o["customer_name"]) for o in listed] == [
        ("184145362", "O'Neill <script>"), ("184145361", "O'Neill <script>"),
    ]  # fmt: skip


def test_the_same_file_twice_changes_nothing(cli: Cli, orders: Path) -> None:
    """Nobody has to remember what she imported already."""
    cli("import", str(orders))
    before = cli("alerts", "list", "--all", "--json").json
    assert cli("import", "--json", str(orders)).json["orders"]["unchanged"] == 2
    assert cli("alerts", "list", "--all", "--json").json == before


def test_bad_rows_do_not_keep_good_ones_out(cli: Cli, orders: Path) -> None:
    """A typing error costs its own row, and the line to mend is named."""
    orders.write_text(HEAD + LOYAL + WRONG.replace("57,00", "viel"))
    said = cli("import", "--json", str(orders)).json
    assert (said["orders"]["new"], said["orders"]["rejected"]) == (1, 1)
    (row,) = said["rejected"]
    assert row["where"] == "orders.csv, line 3"
    assert "viel" in row["reason"]


def test_a_file_without_a_needed_column_is_refused(cli: Cli, orders: Path) -> None:
    """The column that is missing is named in both languages, and nothing is stored."""
    orders.write_text((HEAD + LOYAL).replace("Quelle", "Sorte"))
    line = cli("import", str(orders)).refused(1)
    assert "orders.csv: no column order_type (Quelle)" in line
    assert cli("orders", "list", "--json").json == []


def test_a_file_that_is_not_there_is_wrong_use(cli: Cli, orders: Path) -> None:
    """With a mistyped name nothing is tried, also not the files beside it."""
    assert "nope.csv" in cli("import", str(orders), "nope.csv").refused(2)
    assert cli("orders", "list", "--json").json == []


def test_first_sight_is_a_summary_and_later_orders_alert(
    cli: Cli, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first list is summed up in one mail; what is new in the next one alerts at once."""
    monkeypatch.setenv("ORDERWATCH_CONSULTANT__EMAIL", "anna@example.org")
    cli("import", str(orders))
    assert [mail["kind"] for mail in cli("mail", "list", "--json").json] == ["first-sync-summary"]
    with orders.open("a") as file:
        file.write(WRONG.replace("184145362", "184145399").replace("57,00", "99,00"))
    cli("import", str(orders))
    kinds = [mail["kind"] for mail in cli("mail", "list", "--json").json]
    assert sorted(kinds) == ["alert", "first-sync-summary"]


def test_a_folder_and_a_pattern_name_their_files(cli: Cli, orders: Path) -> None:
    """Lists before invoices; a folder without any is wrong use, and so is a pattern."""
    (orders.parent / "a.pdf").write_bytes(b"%PDF-1.4 rubbish")
    said = cli("import", str(orders.parent))
    assert (said.code, "2 new" in said.out, "a.pdf: a damaged PDF" in said.err) == (1, True, True)
    assert "2 unchanged" in cli("import", str(orders.parent / "ord*.csv")).out
    (empty := orders.parent / "empty").mkdir()
    assert "in the folder" in cli("import", str(empty)).refused(2)
    assert "no such file" in cli("import", str(empty / "*.csv")).refused(2)


def test_a_wrong_profile_is_a_wrong_setting(
    cli: Cli, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is named, and what would be right."""
    monkeypatch.setenv("ORDERWATCH_BACKOFFICE__PROFILE", "fr")
    assert "ORDERWATCH_BACKOFFICE__PROFILE" in cli("import", str(orders)).refused(2)


def test_the_inbox_is_imported_on_demand(
    cli: Cli, orders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`jobs run` takes what lies in the inbox; without one it says which setting is missing."""
    assert "ORDERWATCH_INBOX_DIR" in cli("jobs", "run", "import-inbox", "--wait").refused(2)
    monkeypatch.setenv("ORDERWATCH_INBOX_DIR", str(orders.parent))
    monkeypatch.setattr("worker.clock.SystemClock.sleep", lambda *_: None)
    monkeypatch.setattr("tasks.orders.files.inbox.SETTLED_AFTER", timedelta(0))
    assert "2 new" in cli("jobs", "run", "import-inbox", "--wait").out
    assert (orders.parent / "done" / "orders.csv.txt").exists()
