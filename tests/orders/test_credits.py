"""The account ledger: credits, read once a day."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from models.customer import Customer
from models.domain.families import DEFAULT_FAMILIES
from models.domain.values import AlertState
from models.ledger import LedgerEntry
from tasks.checks.load import load_dossiers
from tasks.housekeeping.erase import erase
from tasks.orders import profile
from tasks.orders.ledger_page import ledger_rows
from tasks.orders.profile import Profile
from tasks.ports import PageChanged
from tests.orders.back_office_pages import day, table
from tests.orders.syncing import START, Syncing
from worker.cli.order_views import order_views

COLUMNS = ("kind", "date", "number", "pv", "amount")


def page(market: Profile, *rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    """A ledger's answer."""
    inner = table(market.ledger.columns, columns, rows, 'class="evotable"')
    return f'<div id="AITableDiv">{inner}</div>'


def row(market: Profile, **changes: str) -> dict[str, str]:
    """A credit of 45.50 for one order."""
    return {
        "kind": "Gutschrift", "date": day(market, 2026, 10, 5), "number": "184145362",
        "pv": "-38,00", "amount": "-45,50",
    } | changes  # fmt: skip


@pytest.mark.parametrize("market", [profile.load(name) for name in profile.shipped()], ids=str)
def test_a_credit_is_read_in_every_market(market: Profile) -> None:
    """Its order, its day and its amount; payments name no order and are left out."""
    found = ledger_rows(page(market, row(market), row(market, number="")), market)
    (credit,) = found.rows
    assert (credit.order_number, credit.day.isoformat()) == ("184145362", "2026-10-05")
    assert (credit.amount, credit.pv) == (Decimal("-45.50"), Decimal("-38.00"))
    assert found.rejected == ()


@pytest.mark.parametrize("missing", ["kind", "date", "number", "amount"])
def test_a_ledger_without_a_needed_column_has_changed(missing: str) -> None:
    """A credit without its order or amount is none."""
    market = profile.load("de")
    columns = tuple(name for name in COLUMNS if name != missing)
    with pytest.raises(PageChanged, match="no column"):
        ledger_rows(page(market, row(market), columns=columns), market)


def test_dates_of_another_order_are_noticed() -> None:
    """A ledger of another language would be read wrongly on the first twelve days."""
    market = profile.load("en")
    rows = [row(market), row(market, date="13/10/2026")]
    with pytest.raises(PageChanged, match="dates look like DD/MM/YYYY"):
        ledger_rows(page(market, *rows), market)


def test_a_credit_makes_its_order_credited(syncing: Syncing) -> None:
    """Its status says so, it no longer counts for the programme, and reading again adds nothing."""
    (who,) = syncing.people(1)
    order, other = syncing.place(who), syncing.place(who)
    syncing.sync()
    syncing.stage.credit(order.number)
    for _ in range(2):
        syncing.clock.advance(timedelta(days=1))
        reading = syncing.sync()
    assert reading.counts["credits"] == 0
    entries = syncing.all(LedgerEntry, LedgerEntry.amount < Decimal(0))
    assert [entry.order_number for entry in entries] == [order.number]
    with syncing.db.read() as session:
        status = {v["order_number"]: v["status"] for v in order_views(session, DEFAULT_FAMILIES)}
        row_id = syncing.customer(who).id
        (dossier,), _ = load_dossiers(session, [row_id], DEFAULT_FAMILIES, START)
    assert (status[order.number], status[other.number]) == ("credited", "placed")
    facts = {facts.number: facts for facts in dossier.orders}
    assert (facts[order.number].credited, facts[order.number].cancelled) == (True, True)
    assert (facts[other.number].credited, facts[other.number].cancelled) == (False, False)


def test_the_ledger_is_read_once_a_day(synced: Syncing) -> None:
    """Or when somebody asks for everything."""
    synced.sync()
    assert synced.asked("AccountInquiry") == 0
    synced.sync(full=True)
    assert synced.asked("AccountInquiry") == 1
    synced.clock.advance(timedelta(hours=20))
    synced.sync()
    assert synced.asked("AccountInquiry") == 1
    synced.clock.advance(timedelta(days=2))
    synced.sync(ledger=False)
    assert synced.asked("AccountInquiry") == 0


def test_a_ledger_that_changed_costs_no_orders(synced: Syncing) -> None:
    """It is told, tried again, and mended; orders are read all the while."""
    (who,) = synced.people(1)
    synced.clock.advance(timedelta(days=1))
    synced.faults.change("ledger", "drop-table")
    order = synced.place(who)
    for _ in range(2):
        reading = synced.sync()
        assert [bad.where for bad in reading.rejected] == ["ledger"]
        assert synced.alert() == (AlertState.OPEN.value, 1)
    assert synced.order(order.number) is not None
    synced.faults.clear()
    synced.sync()
    assert synced.alert() == (AlertState.RESOLVED.value, 1)


def test_an_erased_persons_orders_stay_out_of_the_ledger(syncing: Syncing) -> None:
    """Only rows that name a known order are kept; others are read again while they are shown."""
    gone, kept = syncing.people(2)
    hers, other = syncing.place(gone), syncing.place(kept)
    syncing.sync()
    with syncing.db.write() as session:
        erase(session, session.get_one(Customer, syncing.customer(gone).id), syncing.clock.now())
    for order in (hers, other):
        syncing.stage.credit(order.number)
    syncing.clock.advance(timedelta(days=1))
    reading = syncing.sync()
    numbers = {entry.order_number for entry in syncing.all(LedgerEntry)}
    assert (hers.number in numbers, other.number in numbers) == (False, True)
    assert reading.counts["credits"] == 1


def test_two_credits_that_look_alike_are_two(synced: Syncing) -> None:
    """Two items of one price came back on one day; reading them again adds nothing."""
    (who,) = synced.people(1)
    order = synced.place(who)
    for _ in range(2):
        synced.stage.credit(order.number)
    for _ in range(2):
        synced.clock.advance(timedelta(days=1))
        synced.sync()
    assert len(synced.all(LedgerEntry, LedgerEntry.order_number == order.number)) == 2
