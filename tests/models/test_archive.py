"""Archives: everything comes back, on either database, or nothing is touched."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from models import archive, transfer
from models.archive import BadArchive, Manifest
from models.base import Base
from models.customer import Customer
from models.domain.values import ParcelState
from models.job import JobRun
from models.migrate import HEAD, NewerSchema, current_revision, migrate_to
from models.order import Invoice
from models.safety_copy import KEPT, copies_of
from models.session import Database
from models.shipment import Shipment
from tests.models.rows import add_customer, add_invoice, add_order
from tests.services.postgres_server import PostgresServer

NOW = datetime(2026, 10, 19, 9, 30, 1, 123456, tzinfo=UTC)


def fill(db: Database) -> None:
    """One of everything that is hard to write down: bytes, times, JSON, amounts, odd names."""
    with db.write() as session:
        anna = add_customer(session, NOW, member_id="8120345", name='Änne O\'Neill <b>\n"x"')
        order = add_order(session, anna, NOW)
        add_invoice(session, order, None, pdf=b"%PDF\x00\xff\n", state="queued")
        parcel = {"state": ParcelState.IN_TRANSIT, "first_seen_at": NOW, "last_event_at": None}
        shop = {"name": "Kiosk", "zip": "01067"}
        session.add(Shipment(order_id=order.id, number="1", pickup_point=shop, **parcel))
        session.add(Shipment(order_id=order.id, number="2", **parcel))
        alive = {"started_at": NOW, "alive_until": NOW + timedelta(minutes=2)}
        session.add(JobRun(job="sync-orders", state="done", counts={"new": 3}, **alive))


def content(db: Database) -> dict[str, list[object]]:
    """Every row of every table, as the models see it."""
    with db.read() as session:
        return {
            table.name: list(session.execute(select(table).order_by(*table.primary_key)).all())
            for table in Base.metadata.sorted_tables
        }


def back_up(db: Database, file: Path) -> Manifest:
    """Write all of it."""
    return transfer.back_up(db, file, "test", NOW, lambda count: None)


def put(db: Database, file: Path, manifest: Manifest | None = None) -> None:
    """Put it in the place of everything."""
    found = manifest or archive.read_manifest(file)
    archive.check(file, found)
    with transfer.put_in_place(db, file, found, lambda count: None):
        pass


@pytest.fixture
def full(db: Database, tmp_path: Path) -> tuple[Database, Path]:
    """A database with rows, and its archive."""
    fill(db)
    back_up(db, tmp_path / "all.zip")
    return db, tmp_path / "all.zip"


@pytest.fixture(params=["sqlite", "postgresql"])
def other(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: PostgresServer
) -> Iterator[Database]:
    """Another, empty database of each kind."""
    url = f"sqlite:///{tmp_path}/other.db" if request.param == "sqlite" else postgres_server.empty()
    database = Database(url)
    yield database
    database.close()
    if request.param == "postgresql":
        postgres_server.drop(url)


def test_everything_comes_back_on_either_database(
    full: tuple[Database, Path], other: Database
) -> None:
    """All four ways between the two databases: every value, to the microsecond and the byte."""
    db, file = full
    put(other, file)
    assert content(other) == content(db)
    with other.write() as session:  # new rows get new numbers
        add_customer(session, NOW, member_id="8120346")
    with other.read() as session:
        assert session.scalars(select(Customer.id).order_by(Customer.id)).all() == [1, 2]


def test_a_restore_replaces_what_is_there(full: tuple[Database, Path]) -> None:
    """What came after the backup is gone, what was deleted is back."""
    db, file = full
    before = content(db)
    with db.write() as session:
        session.execute(text("DELETE FROM shipments"))
        add_customer(session, NOW, member_id="8120999")
    put(db, file)
    assert content(db) == before


def test_tables_of_other_programs_are_left_alone(full: tuple[Database, Path]) -> None:
    """They are neither in a backup, which could not be restored then, nor dropped by a restore."""
    db, file = full
    with db.writing() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER PRIMARY KEY)"))
        connection.execute(text("INSERT INTO theirs VALUES (7)"))
    before = content(db)
    put(db, file, back_up(db, file))
    assert content(db) == before
    with db.read() as session:
        assert session.scalars(text("SELECT id FROM theirs")).all() == [7]
    with db.writing() as connection:
        connection.execute(text("DROP TABLE theirs"))


def test_a_backup_is_of_one_moment(db: Database, tmp_path: Path) -> None:
    """What is written while it is made is not in it: an order never comes without its customer."""
    fill(db)
    before = len(content(db)["customers"])
    told: list[int] = []

    def write_meanwhile(count: int) -> None:
        with db.write() as session:
            add_customer(session, NOW, member_id=f"9{len(told):07d}")
        told.append(count)

    manifest = transfer.back_up(db, tmp_path / "a.zip", "test", NOW, write_meanwhile)
    assert manifest.count("customers") == before
    assert len(content(db)["customers"]) > before
    assert sum(told) == manifest.rows


def test_only_its_owner_reads_it(full: tuple[Database, Path]) -> None:
    """It holds personal data: the file is for nobody else, and no half of one stays behind."""
    _, file = full
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.glob("*.part")] == []


def damaged(file: Path, how: str) -> None:
    """Spoil an archive."""
    if how == "cut short":
        file.write_bytes(file.read_bytes()[:-200])
    elif how == "no archive":
        file.write_bytes(b"no archive at all")
    elif how == "a byte":
        data = bytearray(file.read_bytes())
        data[len(data) // 3] ^= 0xFF
        file.write_bytes(bytes(data))
    else:
        rewrite(file, how)


def rewrite(file: Path, how: str) -> None:
    """Change the content, so that the zip itself is well."""
    with zipfile.ZipFile(file) as old:
        members = {name: old.read(name) for name in old.namelist()}
    if how == "a row less":
        lines = members["tables/customers.jsonl"].splitlines(keepends=True)
        members["tables/customers.jsonl"] = b"".join(lines[1:])
    elif how == "no manifest":
        del members["manifest.json"]
    elif how == "a newer format":
        found = json.loads(members["manifest.json"]) | {"format": 2}
        members["manifest.json"] = json.dumps(found).encode()
    with zipfile.ZipFile(file, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)


@pytest.mark.parametrize(
    "how", ["cut short", "no archive", "a byte", "a row less", "no manifest", "a newer format"]
)
def test_a_damaged_file_is_refused_before_anything_is_touched(
    sqlite_url: str, tmp_path: Path, how: str
) -> None:
    """One line says that it can't be used; what is there stays."""
    db, file = Database(sqlite_url), tmp_path / "all.zip"
    fill(db)
    back_up(db, file)
    damaged(file, how)
    before = content(db)
    with pytest.raises(BadArchive) as caught:
        put(db, file)
    assert str(file) in str(caught.value)
    assert content(db) == before
    db.close()


def test_what_fails_in_the_middle_leaves_everything(full: tuple[Database, Path]) -> None:
    """A power cut during a restore costs the restore, not the data."""
    db, file = full
    before, manifest = content(db), archive.read_manifest(file)

    def cut(count: int) -> None:
        raise RuntimeError("power cut")

    with (
        pytest.raises(RuntimeError, match="power cut"),
        transfer.put_in_place(db, file, manifest, cut),
    ):
        pass
    assert content(db) == before


def test_a_backup_of_an_older_schema_is_migrated(db: Database, tmp_path: Path) -> None:
    """Years later it still fits: it is brought to today's schema."""
    with db.writing() as connection:
        transfer._drop_everything(connection)
        migrate_to(connection, "0001")
        row = "INSERT INTO sources (name, budget_used, failures) VALUES ('hermes', 7, 0)"
        connection.execute(text(row))
    file = tmp_path / "old.zip"
    assert back_up(db, file).schema == "0001"
    with db.writing() as connection:
        transfer._drop_everything(connection)
    db.upgrade()
    put(db, file)
    with db.engine.connect() as connection:
        assert current_revision(connection) == HEAD
    with db.read() as session:
        assert session.execute(text("SELECT budget_used FROM sources")).scalar() == 7


def test_a_backup_of_a_newer_schema_is_refused(full: tuple[Database, Path]) -> None:
    """An older program says so and touches nothing."""
    db, file = full
    before, found = content(db), archive.read_manifest(file)
    newer = Manifest("9999", found.made_at, found.program, found.tables)
    with pytest.raises(NewerSchema, match="9999"):
        put(db, file, newer)
    assert content(db) == before


def test_a_copy_is_kept_before_a_migration(tmp_path: Path) -> None:
    """The SQLite file as it was lies beside it; of many upgrades only the last copies stay."""
    file = tmp_path / "orderwatch.db"
    db = Database(f"sqlite:///{file}")
    db.upgrade()
    assert copies_of(file) == []  # a first start changes nothing
    with db.writing() as connection:
        transfer._drop_everything(connection)
        migrate_to(connection, "0001")
    for n in range(KEPT + 1):
        (tmp_path / f"orderwatch.db.before-000{n}").write_bytes(b"")
    db.upgrade()
    db.close()
    copies = copies_of(file)
    assert len(copies) == KEPT
    old = Database(f"sqlite:///{copies[0]}")
    with old.engine.connect() as connection:
        assert current_revision(connection) == "0001"
    old.close()


def test_the_invoice_is_byte_by_byte_the_same(full: tuple[Database, Path], other: Database) -> None:
    """A PDF that went through a backup is still a PDF."""
    _, file = full
    put(other, file)
    with other.read() as session:
        assert session.scalars(select(Invoice.pdf)).one() == b"%PDF\x00\xff\n"
