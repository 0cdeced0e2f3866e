"""The stop-list: an erased person is known again without being stored."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select

from models import stop_list
from models.session import Database
from models.stop_list import StopMark

NOW = datetime(2026, 10, 19, 8, tzinfo=UTC)


def test_an_erased_person_is_known_by_number_and_name(db: Database) -> None:
    """Spelling and case of the name do not matter; others are not on the list."""
    with db.write() as session:
        stop_list.add(session, "4711001", "Anna Müller", NOW)
        stop_list.add(session, "4711002", None, NOW)
    with db.read() as session:
        stopped = stop_list.load(session)
    assert stopped.holds("4711001")
    assert stopped.holds("4711002")
    assert not stopped.holds("4711003")
    assert not stopped.holds(None)
    assert stopped.holds_name("anna mueller")
    assert not stopped.holds_name("Anna Maier")


def test_nothing_of_her_is_stored(db: Database) -> None:
    """Neither number nor name can be read from the rows, and twice is once."""
    with db.write() as session:
        for _ in range(2):
            stop_list.add(session, "4711001", "Anna Beispiel", NOW)
    with db.read() as session:
        rows = session.scalars(select(StopMark)).all()
    assert len(rows) == 2
    assert len({row.salt for row in rows}) == 1
    assert not any("4711001" in row.mark or "anna" in row.mark.lower() for row in rows)


def test_two_databases_have_different_marks(db: Database) -> None:
    """A list of all hashes, worked out once, opens no other database."""
    marks = []
    for _ in range(2):
        with db.write() as session:
            stop_list.add(session, "4711001", None, NOW)
            row = session.scalars(select(StopMark)).one()
            marks.append(row.mark)
            session.delete(row)
    assert marks[0] != marks[1]


def test_an_empty_list_stops_nobody(db: Database) -> None:
    """The usual case, which must not cost a hash."""
    with db.read() as session:
        stopped = stop_list.load(session)
    assert not stopped
    assert not stopped.holds("4711001")
