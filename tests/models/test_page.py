"""Pages: what was read well last, and the sample of what could not be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from models.page import (
    LARGEST_SAMPLE,
    LastRead,
    PageSample,
    any_broken,
    keep_sample,
    last_reads,
    mend_pages,
    note_read,
)
from models.session import Database

NOW = datetime(2026, 10, 19, 8, tzinfo=UTC)


def test_the_last_good_reading_of_each_page_is_known(db: Database) -> None:
    """Its rows are what the next reading is compared with; sources are kept apart."""
    with db.write() as session:
        newest = LastRead(501, NOW + timedelta(hours=2), frozenset({"name", "pv"}))
        note_read(session, "backoffice", "team", LastRead(500, NOW))
        note_read(session, "backoffice", "team", newest)
        note_read(session, "import", "team", LastRead(3, NOW))
    with db.read() as session:
        assert last_reads(session, "backoffice") == {"team": newest}


def test_one_sample_a_page_is_kept_and_it_is_the_newest(db: Database) -> None:
    """A page that stays broken for weeks fills no disk."""
    with db.write() as session:
        keep_sample(session, "backoffice", "team", "no table", "<p>old</p>", NOW)
        keep_sample(session, "backoffice", "month", "no table", "<p>other</p>", NOW)
        keep_sample(session, "backoffice", "team", "no column\0", "\0" + "x" * 300_000, NOW)
    with db.read() as session:
        rows = {row.page: row for row in session.scalars(select(PageSample))}
    assert set(rows) == {"team", "month"}
    assert rows["team"].reason == "no column"
    assert rows["team"].text == "x" * LARGEST_SAMPLE


def test_a_page_is_broken_until_it_is_mended(db: Database) -> None:
    """Its sample stays for the report, and a new fault breaks it again."""
    with db.write() as session:
        keep_sample(session, "backoffice", "team", "no table", "<p>", NOW)
        keep_sample(session, "import", "csv", "no column", "", NOW)
        assert any_broken(session, "backoffice")
        mend_pages(session, "backoffice", ["team", "month"], NOW)
        assert not any_broken(session, "backoffice")
        assert any_broken(session, "import")
        keep_sample(session, "backoffice", "team", "no table", "<p>", NOW)
        assert any_broken(session, "backoffice")
