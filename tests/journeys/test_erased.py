"""Erased, then synced again: she does not come back, and no byte of her is in the file."""

from __future__ import annotations

import json
from pathlib import Path

from models.customer import Customer
from models.mail import Mail
from models.order import Order
from tests.journeys.watch import Watch
from worker import moving
from worker.erasing import erase_customer


def test_who_was_erased_does_not_come_back(sqlite_url: str) -> None:
    """Three more syncs, one of them full, with new orders of hers: nothing of her returns."""
    with Watch(sqlite_url).running() as watch:
        watch.sync()
        member = watch.loyal_without_order()
        watch.agree(member)
        order = watch.place(member, "IO")
        watch.sync()
        person = watch.simulator.stage.customer(member)
        assert person is not None
        traces = (member, person.email, order.number, person.last)
        assert watch.all(Customer, Customer.member_id == member)
        file = Path(str(watch.house.db.url.database))
        assert all(trace in content(file) for trace in traces[:3])
        counts, notes = erase_customer(watch.house, member)
        assert counts["orders"] >= 1
        assert any("backups" in note for note in notes)
        watch.place(member, "IO", first=3)
        others = watch.count(Customer)
        for _ in range(3):
            watch.sync()
        assert watch.count(Customer) == others
        assert watch.all(Customer, Customer.member_id == member) == []
        assert watch.all(Order, Order.number == order.number) == []
        said = json.dumps([mail.facts for mail in watch.all(Mail)], ensure_ascii=False)
        assert [trace for trace in traces[:3] if trace in said] == []
        file_holds = content(file)
        assert [trace for trace in traces[:3] if trace in file_holds] == []
        full = f"{person.first} {person.last}"
        assert full not in file_holds
        assert json.dumps(full)[1:-1] not in file_holds


def test_a_backup_of_before_does_not_bring_her_back(database_url: str, tmp_path: Path) -> None:
    """Restored from a file that still holds her, she is erased from that at once."""
    with Watch(database_url).running() as watch:
        watch.sync()
        member = watch.casual()
        file = tmp_path / "before.zip"
        manifest = moving.back_up(watch.house, file, lambda count: None)
        erase_customer(watch.house, member)
        others = watch.count(Customer)
        counts = moving.restore(watch.house, watch.house.db, file, manifest, lambda count: None)
        assert counts["erased_again"] == 1
        assert watch.count(Customer) == others
        watch.sync()
        assert watch.all(Customer, Customer.member_id == member) == []


def content(file: Path) -> str:
    """The bytes of the database and of its journal, whatever a query would say."""
    parts = (file, file.with_name(file.name + "-wal"))
    return "".join(part.read_bytes().decode("utf-8", "replace") for part in parts if part.exists())
