"""Transactions: all of a write or nothing, one after the other on SQLite."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from models.customer import Customer, CustomerVolume
from models.domain.months import PvMonth
from models.job import Slot
from models.session import Database
from models.source import Source
from models.sources import record_failure
from models.upsert import insert_or_ignore
from tests.models.rows import add_customer
from tests.services.clock import START


def customers(db: Database) -> int:
    """How many are stored."""
    with db.read() as session:
        return session.scalars(select(func.count(Customer.id))).one()


def test_a_write_is_stored_at_its_end(db: Database) -> None:
    """What was written is there for everybody afterwards."""
    with db.write() as session:
        add_customer(session, START)
    assert customers(db) == 1


def test_a_write_that_fails_leaves_nothing(db: Database) -> None:
    """A result without its next due time, or the other way round, can't happen."""

    def write() -> None:
        with db.write() as session:
            add_customer(session, START)
            raise RuntimeError("the work went wrong in the middle")

    with pytest.raises(RuntimeError):
        write()
    assert customers(db) == 0
    with db.write() as session:  # and the next write is not locked out
        add_customer(session, START)
    assert customers(db) == 1


def test_a_read_stores_nothing(db: Database) -> None:
    """Looking never changes anything."""
    with db.read() as session:
        add_customer(session, START)
    assert customers(db) == 0


def test_rows_that_belong_to_nobody_are_refused(db: Database) -> None:
    """Foreign keys hold on SQLite too, where they are off by default."""
    with pytest.raises(IntegrityError), db.write() as session:
        session.add(CustomerVolume(customer_id=99, month=PvMonth(2026, 10), pv=Decimal(0)))


def test_an_error_shows_no_values(db: Database) -> None:
    """What fails is logged and stands in the history of jobs, where names have no place."""
    with pytest.raises(IntegrityError) as error, db.write() as session:
        session.add_all(
            Customer(member_id="1", name=name, name_key="x", first_seen_at=START)
            for name in ("Anna Beispiel", "Erika Musterfrau")
        )
    assert "customers" in str(error.value)
    assert "Musterfrau" not in str(error.value)


def test_writers_at_the_same_time_lose_no_update(db: Database) -> None:
    """Ten failures counted by ten threads are ten, not fewer."""

    def count(_: int) -> None:
        with db.write() as session:
            record_failure(session, "hermes", START, "503")

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(count, range(10)))
    with db.read() as session:
        assert session.get_one(Source, "hermes").failures == 10


def test_two_processes_write_to_one_file(sqlite_url: str) -> None:
    """The CLI next to `run` waits for its turn instead of failing with "database is locked"."""
    ours, theirs = Database(sqlite_url), Database(sqlite_url)

    def count(db: Database) -> None:
        for _ in range(20):
            with db.write() as session:
                record_failure(session, "hermes", START, "503")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(count, (ours, theirs)))
    with ours.read() as session:
        assert session.get_one(Source, "hermes").failures == 40
    ours.close()
    theirs.close()


def test_readers_are_not_held_up_by_a_writer(sqlite_url: str) -> None:
    """With WAL a look at the state works while a sync writes."""
    db = Database(sqlite_url)
    with db.write() as session:
        add_customer(session, START)
        assert customers(db) == 0
    assert customers(db) == 1
    with db.read() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
    db.close()


def test_inserting_what_is_there_keeps_it(db: Database) -> None:
    """A dedupe key makes a slot, a mail, a scan happen once."""
    row = {"job": "sync-orders", "due_at": START, "next_run_at": START}
    with db.write() as session:
        insert_or_ignore(session, Slot, [row])
        insert_or_ignore(session, Slot, [row | {"next_run_at": None}, row | {"job": "other"}])
        insert_or_ignore(session, Slot, [])
    with db.read() as session:
        found = session.execute(select(Slot.job, Slot.next_run_at).order_by(Slot.id)).all()
    assert [tuple(each) for each in found] == [("sync-orders", START), ("other", START)]


def test_the_password_shows_in_no_repr() -> None:
    """A log line with the database in it gives nothing away."""
    db = Database("postgresql+psycopg://orderwatch:hunter2@db.example/orderwatch")
    assert "hunter2" not in repr(db)
    assert "db.example" in repr(db)
    db.close()


def test_a_first_start_makes_the_folder(tmp_path: Path) -> None:
    """Nobody has to create a folder by hand."""
    db = Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'orderwatch.db'}")
    db.upgrade()
    assert customers(db) == 0
    db.close()
