"""docs/performance.md says what was measured, and nothing that was not."""

from __future__ import annotations

from tests.bench.page import entry_of, page

ROW = {"ratio": 3.914, "ours": 1034.2, "baseline": 0.264}
STORM = {
    "database": "sqlite", "seed": 7, "seconds": 240.0, "faults": {"kill -9": 12, "frozen": 3},
    "faults_in_all": 15, "orders": 1200, "parcels": 9, "alerts_expected": 8, "mails_expected": 70,
    "lost": [], "copies_doubled": [], "alerts_doubled": ["mail 4"],
    "parked": ["mails 9: the server may have it already"], "seconds_to_recover": 31.5,
}  # fmt: skip


def test_every_figure_has_its_line() -> None:
    """With its promise where there is one; a bench that is new here speaks for itself."""
    said = page({"poll_vs_urlwatch": ROW, "something_new_postgresql": ROW}, {})
    measured = "SQLite | 3.91 | ≥ 3 | 1,034 | 0.264 | a second |"
    assert f"| urlwatch, same addresses, its 10 in flight | {measured}" in said
    assert "| something_new |  | PostgreSQL | 3.91 |  | 1,034 | 0.264 |  |" in said
    assert "Storms" not in said


def test_a_name_tells_its_database() -> None:
    """The same bench on both databases is two lines of one meaning."""
    (sqlite, here), (postgres, there) = entry_of("import"), entry_of("import_postgresql")
    assert sqlite == postgres
    assert (here, there) == ("SQLite", "PostgreSQL")
    assert entry_of("start_seconds")[1] == ""


def test_a_storm_is_told_with_what_it_left() -> None:
    """Faults by kind, what was lost and doubled, and each row that waits for a human."""
    said = page({}, {"sqlite": STORM})
    assert "| lost | 0 |" in said
    assert "| our own mails doubled (undecided, sent again) | 1 |" in said
    assert "| fault: kill -9 | 12 |" in said
    assert "- mails 9: the server may have it already" in said
