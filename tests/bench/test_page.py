"""docs/performance.md says what was measured, and nothing that was not."""

from __future__ import annotations

from models.domain.values import MailKind
from tests.bench import growth_page, parts_page, site
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


def test_growth_is_a_table_of_each_database() -> None:
    """A column per size, the last one beside the first; the speed table does not repeat it."""
    curve = [[1_000, 0.94], [1_000_000, 1034.2]]
    said = page({"growth_digest_postgresql": ROW | {"curve": curve}}, {})
    assert "| PostgreSQL | how often | 1,000 | 1,000,000 | × |" in said
    assert "| gathering the digest | once a day | 0.94 | 1,034 | 3.91 |" in said
    assert "SQLite |" not in said
    assert said.count("1,034") == 1
    assert "takes 1.0 s (gathering the digest, PostgreSQL)" in said


def test_a_part_stands_beside_its_libraries() -> None:
    """The profile names what it is compared with."""
    said = page({"part_read_hermes": ROW}, {})
    assert "| an answer of Hermes read | 1,034 | its JSON parsed | 0.264 | 3.91 |" in said
    assert "Growth" not in said


def test_every_measured_thing_has_its_words() -> None:
    """A work or a mail kind that is new is not left out of the page."""
    assert growth_page.WORKS.keys() == site.WORKS.keys()
    mails = {name.removeprefix("mail_") for name in parts_page.PARTS if name.startswith("mail_")}
    assert mails == {kind.value for kind in MailKind}


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
