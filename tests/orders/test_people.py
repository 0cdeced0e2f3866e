"""Customers across syncs: namesakes, changed facts, what the user told, and who was erased."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, select, update

from models import stop_list
from models.customer import Customer, CustomerVolume
from models.order import Invoice, Order, OrderLineRow
from models.session import Database
from models.shipment import Shipment
from tasks.orders.customers import CustomerRecord, store_customers
from tests.orders.order_files import NOW
from tests.orders.syncing import Syncing


def test_people_of_one_name_stay_apart(syncing: Syncing) -> None:
    """The ID tells them apart, in the team list and on their orders."""
    one, other = syncing.people(2)
    for who in (one, other):
        syncing.stage.change(who, first="Änne", last="Zweimal")
    first, second = syncing.place(one), syncing.place(other)
    syncing.sync()
    namesakes = syncing.all(Customer, Customer.name_key == "aenne zweimal")
    assert {row.member_id for row in namesakes} == {one, other}
    assert syncing.order(first.number).customer_id == syncing.customer(one).id
    assert syncing.order(second.number).customer_id == syncing.customer(other).id


def test_a_new_name_and_address_are_taken_over(synced: Syncing) -> None:
    """She married: the same customer, found by her new name from now on."""
    (who,) = synced.people(1)
    before = synced.customer(who)
    synced.stage.change(who, last="Österreicher", email="neu@example.org", phone="0170 1")
    synced.sync()
    row = synced.customer(who)
    assert (row.id, row.email, row.phone) == (before.id, "neu@example.org", "0170 1")
    assert row.name.endswith("Österreicher")
    assert row.name_key.endswith("oesterreicher")


def test_an_upgrade_keeps_the_customer(synced: Syncing) -> None:
    """From Vorteilskunde to Wellness-Botschafter: the ID stays, so do orders and first sight."""
    who = next(w for w in synced.people(5) if synced.customer(w).kind == "Vorteilskunde")
    before, count = synced.customer(who), len(synced.all(Customer))
    synced.stage.change(who, kind="Wellness-Botschafter")
    synced.sync()
    row = synced.customer(who)
    assert (row.id, row.kind) == (before.id, "Wellness-Botschafter")
    assert row.first_seen_at == before.first_seen_at
    assert len(synced.all(Customer)) == count


def test_what_the_user_told_wins(synced: Syncing) -> None:
    """No sync touches it, however often the site says otherwise."""
    (who,) = synced.people(1)
    told = {"email_told": "privat@example.org", "expects_loyalty_told": False}
    with synced.db.write() as session:
        session.execute(
            update(Customer)
            .where(Customer.member_id == who)
            .values(told | {"invoice_copies": True})
        )
    synced.stage.change(who, email="shop@example.org")
    synced.sync(full=True)
    row = synced.customer(who)
    assert (row.email, row.address) == ("shop@example.org", "privat@example.org")
    assert (row.expects_loyalty_told, row.invoice_copies) == (False, True)


def _erase(syncing: Syncing, who: str) -> None:
    """As an erasure leaves the database: her rows gone, her mark on the stop-list."""
    with syncing.db.write() as session:
        row = session.scalars(select(Customer).where(Customer.member_id == who)).one()
        mine = select(Order.id).where(Order.customer_id == row.id)
        for table in (OrderLineRow, Invoice, Shipment):
            session.execute(delete(table).where(table.order_id.in_(mine)))
        session.execute(delete(Order).where(Order.customer_id == row.id))
        session.execute(delete(CustomerVolume).where(CustomerVolume.customer_id == row.id))
        session.execute(delete(Customer).where(Customer.id == row.id))
        stop_list.add(session, who, row.name, syncing.clock.now())


def test_an_erased_person_stays_erased(syncing: Syncing) -> None:
    """She is not asked about any more, nor stored, nor named on the cards of others."""
    syncing.sync()
    who, other = syncing.people(2)
    person, name = syncing.stage.customer(who), syncing.customer(who).name
    assert person is not None
    syncing.stage.change(other, enroller=name, sponsor=name)
    _erase(syncing, who)
    order = syncing.place(who)
    for full in (False, True):
        reading = syncing.sync(full=full)
        assert reading.counts["erased"] == 1
        assert syncing.asked(number=who) == 0
    assert syncing.customer(who) is None
    assert syncing.order(order.number) is None
    assert name not in {syncing.customer(other).enroller, syncing.customer(other).sponsor}
    assert syncing.customer(other).name


def test_texts_longer_than_their_columns_are_cut(db: Database) -> None:
    """PostgreSQL would refuse the whole step; an address that is cut would be somebody else's."""
    long = CustomerRecord("7654321", "ﬃ" * 300, "a" * 400, "1" * 90, "k" * 90, None, "e" * 300)
    with db.write() as session:
        store_customers(session, [long], NOW)
        store_customers(session, [replace(long, sponsor="s" * 300)], NOW)
    with db.read() as session:
        row = session.scalars(select(Customer)).one()
    assert (len(row.name), len(row.name_key), row.email) == (200, 200, None)
    assert (len(row.phone or ""), len(row.sponsor or "")) == (64, 200)
