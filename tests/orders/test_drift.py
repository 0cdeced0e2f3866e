"""The drift guard at work: a page that changed overnight changes nothing, and is told once."""

from __future__ import annotations

import pytest

from models.customer import Customer
from models.domain.values import AlertState
from models.order import Order
from models.order_change import OrderChange
from models.page import PageSample
from tests.orders.syncing import OCTOBER, Syncing

OPEN, RESOLVED = AlertState.OPEN.value, AlertState.RESOLVED.value


def test_one_broken_page_stops_nobody_else(syncing: Syncing) -> None:
    """Her rows stay as they are, the other's order is read, the operator hears of it once."""
    syncing.sync()
    one, other = syncing.people(2)
    lost, seen = syncing.place(one), syncing.place(other)
    syncing.faults.change("month", "rename-column", "Quelle", "Herkunft", number=one)
    for _ in range(3):
        reading = syncing.sync()
        assert [row.where for row in reading.rejected] == [f"month of customer {one}"]
        assert syncing.alert() == (OPEN, 1)
    assert "Quelle" in reading.rejected[0].reason
    assert syncing.order(seen.number) is not None
    assert syncing.order(lost.number) is None
    syncing.faults.clear()
    syncing.sync()
    assert syncing.order(lost.number) is not None
    assert syncing.alert() == (RESOLVED, 1)


def test_a_broken_page_is_kept_without_its_persons(synced: Syncing) -> None:
    """The operator can send it along: what has changed is seen in it, and nobody's data."""
    (who,) = synced.people(1)
    person, order = synced.stage.customer(who), synced.place(who)
    assert person is not None
    synced.faults.change("month", "rename-column", "Quelle", "Herkunft", number=who)
    assert len(synced.sync().rejected) == 1
    (kept,) = synced.all(PageSample)
    assert (kept.source, kept.page, kept.mended_at) == ("backoffice", "month", None)
    assert "Quelle" in kept.reason
    assert "<th>Herkunft</th>" in kept.text
    for personal in (person.first, person.last, who, order.number, order.invoice_number):
        assert personal not in kept.text
    synced.faults.clear()
    synced.sync()
    (kept,) = synced.all(PageSample)
    assert kept.mended_at is not None


def test_the_same_fault_at_several_customers_stops_the_sync(synced: Syncing) -> None:
    """A redesign: three pages prove it, nobody is asked about after them."""
    people = synced.people(5)
    for who in people:
        synced.place(who)
    synced.faults.change("card", "drop-table")
    assert "page 'card' has changed" in synced.failing()
    assert synced.asked("CustomerCard") == 3
    assert synced.alert() == (OPEN, 1)


def test_an_empty_month_that_its_card_counts_is_no_vanishing(synced: Syncing) -> None:
    """A table without rows would make every order of the month vanish."""
    (who,) = synced.people(1)
    synced.place(who)
    synced.faults.change("month", "drop-rows")
    reason = synced.failing()
    assert "2026-10 is empty, its card shows" in reason
    assert synced.all(Order, Order.vanished_at.is_not(None)) == []
    assert synced.alert() == (OPEN, 1)


def test_a_month_that_lacks_an_order_which_its_card_counts_is_not_believed(
    synced: Syncing,
) -> None:
    """The order seems gone although the card's PV is as before: the page is not whole."""
    (who,) = synced.people(1)
    order = synced.place(who)
    synced.sync()
    shown = synced.stage.month
    synced.stage.month = lambda member_id, month: [  # type: ignore[method-assign]
        one for one in shown(member_id, month) if one.number != order.number
    ]
    volume = synced.stage.volume(who, OCTOBER) + order.pv
    synced.stage.volume = lambda member_id, month: volume  # type: ignore[method-assign]
    assert "its card" in synced.failing()
    assert synced.order(order.number).vanished_at is None


def test_an_order_that_its_card_misses_too_has_vanished(syncing: Syncing) -> None:
    """Not deleted: marked, with a line in its history; it may come back."""
    syncing.sync()
    (who,) = syncing.people(1)
    order = syncing.place(who)
    syncing.sync()
    gone = syncing.stage.remove(order.number)
    reading = syncing.sync()
    assert reading.counts["vanished"] == 1
    assert syncing.order(order.number).vanished_at == syncing.clock.now()
    syncing.stage.put(order)
    assert gone.gone_at is not None
    syncing.sync()
    assert syncing.order(order.number).vanished_at is None
    history = syncing.all(OrderChange)
    assert [(row.field, row.before, row.after) for row in history] == [
        ("vanished", "no", "yes"),
        ("vanished", "yes", "no"),
    ]
    assert syncing.alert() is None


def test_a_team_list_that_lost_most_rows_is_not_believed(synced: Syncing) -> None:
    """Half a list would look like half a team gone; who asks for a full reading confirms it."""
    team = len(synced.all(Customer))
    synced.faults.change("team", "drop-rows")
    reason = synced.failing()
    assert f"0 rows where there were {team - 1}" in reason
    assert "sync --full" in reason
    assert synced.alert() == (OPEN, 1)
    synced.sync(full=True)
    assert synced.alert() == (RESOLVED, 1)
    assert len(synced.all(Customer)) == team
    synced.sync()


@pytest.mark.parametrize(("page", "label"), [("team", "Kundennummer"), ("history", "PV-Monat")])
def test_a_list_of_rubbish_is_a_changed_page(synced: Syncing, page: str, label: str) -> None:
    """One bad row is refused; when most are bad, the page is."""
    synced.faults.change(page, "garble-column", label, "???")
    assert "has changed" in synced.failing()
    assert synced.alert() == (OPEN, 1)


def test_a_column_that_has_gone_is_told_and_the_rest_is_read(synced: Syncing) -> None:
    """Without its shipping dates every order would look unshipped: what is known stays."""
    one, other = synced.people(2)
    known = [o for o in synced.all(Order) if o.ship_date is not None]
    order = synced.place(one)
    synced.faults.change("month", "rename-column", "Versanddatum", "Verschickt")
    reading = synced.sync()
    assert "ship_date" in reading.rejected[0].reason
    assert synced.order(order.number) is not None
    assert synced.alert() == (OPEN, 1)
    assert [o.ship_date for o in known] == [synced.order(o.number).ship_date for o in known]
    synced.place(other)
    assert synced.sync(full=True).rejected == []
    assert synced.alert() == (RESOLVED, 1)


def test_a_broken_detail_costs_only_its_lines(synced: Syncing) -> None:
    """The order counts, whatever was in the basket; its lines come with the next good page."""
    (who,) = synced.people(1)
    order = synced.place(who)
    synced.faults.change("detail", "drop-table", number=order.number)
    reading = synced.sync()
    assert [row.where for row in reading.rejected] == [f"order-detail of order {order.number}"]
    assert synced.order(order.number).lines_known is False
    assert synced.alert() == (OPEN, 1)
    synced.faults.clear()
    synced.sync()
    assert synced.order(order.number).lines_known is True
    assert synced.alert() == (RESOLVED, 1)


def test_a_customer_whom_the_site_cannot_show_stops_nobody_else(synced: Syncing) -> None:
    """Her page answers 500 for days: the others are read, the sync says that it failed."""
    one, other = synced.people(2)
    lost, seen = synced.place(one), synced.place(other)
    synced.faults.answer(500, times=None, contains=one)
    assert "answers 500" in synced.failing()
    assert synced.asked(number=one) == 2
    assert synced.order(seen.number) is not None
    assert synced.order(lost.number) is None
    assert synced.alert() is None
    synced.faults.clear()
    synced.sync()
    assert synced.order(lost.number) is not None


@pytest.mark.parametrize(("status", "asked"), [(500, 4), (429, 1)])
def test_a_site_that_is_down_is_left_alone(synced: Syncing, status: int, asked: int) -> None:
    """Two customers in a row, each asked twice, prove an outage; a refusal counts at once."""
    for who in synced.people(5):
        synced.place(who)
    synced.faults.answer(status, times=None, contains="CustomerCard")
    assert str(status) in synced.failing()
    assert synced.asked("CustomerCard") == asked
