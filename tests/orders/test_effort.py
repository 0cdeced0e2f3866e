"""What a sync asks: little when little has changed, all when somebody wants it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from models.domain.months import PvMonth
from tests.bench.sync import LATENCY, office
from tests.orders.syncing import Syncing


def _open_customers(syncing: Syncing) -> int:
    """Customers with an order that still has to be paid or shipped."""
    now, month = syncing.clock.now(), PvMonth(2026, 8)
    return sum(
        any(
            not (order.shipped(now) and order.paid(now))
            for order in syncing.stage.orders(customer.member_id)
            if order.pv_month >= month
        )
        for customer in syncing.stage.team()
    )


def test_nothing_new_costs_the_list_and_what_is_open(synced: Syncing) -> None:
    """No card, no detail, no ledger: the team list shows that nothing has changed."""
    reading = synced.sync()
    assert synced.asked("CustomerCard") == 0
    assert synced.asked("OrderInvoice") == 0
    assert synced.asked("MonthOrders") == _open_customers(synced)
    assert synced.asked("CustomerList") == synced.asked("OrderHistoryFull") == 1
    assert reading.counts["new"] == reading.counts["changed"] == 0


def test_a_new_order_costs_four_pages(synced: Syncing) -> None:
    """Her card, the month whose PV changed, the order's lines; the list is read anyway."""
    (who,) = synced.people(1)
    synced.sync()
    before = len(synced.simulator.log.all("backoffice"))
    order = synced.place(who)
    reading = synced.sync()
    assert reading.counts["new"] == 1
    assert len(synced.simulator.log.all("backoffice")) == before + 3
    assert synced.asked("OrderInvoice", order.number) == 1


def test_an_order_that_ships_is_seen_though_the_list_is_as_before(synced: Syncing) -> None:
    """Neither PV nor last order change: the months of open orders are read each time."""
    (who,) = synced.people(1)
    order = synced.place(who)
    synced.sync()
    assert synced.order(order.number).ship_date is None
    parcel = next(o.parcel for o in synced.simulator.world.orders if o.parcel)
    synced.stage.ship(order.number, parcel)
    reading = synced.sync()
    assert reading.counts["changed"] == 1
    assert synced.order(order.number).ship_date == reading.moment().today
    assert synced.asked("OrderInvoice") == 0


def test_a_full_reading_asks_everything_again_and_writes_nothing(synced: Syncing) -> None:
    """Three months of everybody, the details of all orders, older rows too."""
    synced.sync(full=True)
    team = len(synced.stage.team())
    assert synced.asked("CustomerCard") == team
    assert synced.asked("MonthOrders") == 3 * team
    assert synced.sync(full=True).counts["changed"] == 0


def test_since_reads_all_months_of_everybody(synced: Syncing) -> None:
    """From that month on, those too who have not changed; the owner's older rows as well."""
    who, other = synced.people(2)
    synced.sync(since=PvMonth(2026, 5))
    wanted = {"202605", "202606", "202607", "202608", "202609", "202610"}
    for member in (who, other):
        log = synced.simulator.log.all("backoffice", member)
        assert {one.params["month"] for one in log if "month" in one.params} == wanted
    assert synced.asked("OrderHistoryFull") > 1


def test_one_request_at_a_time_and_never_closer_than_the_spacing(syncing: Syncing) -> None:
    """Polite: the clock that is handed in shows it."""
    syncing.office._session._fetcher._spacing = 0.5
    syncing.sync()
    asked = [one.at for one in syncing.simulator.log.all("backoffice")]
    gaps = [(b - a).total_seconds() for a, b in pairwise(asked)]
    assert min(gaps) >= 0.5


@pytest.mark.storm
def test_a_second_sync_makes_a_twentieth_of_the_firsts_requests(sqlite_url: str) -> None:
    """500 customers, three months, 20 ms latency, 10 new orders: `make bench` prints the share.

    What it consists of is tested above; in a smaller team the list itself weighs more.
    """
    with office(sqlite_url, customers=500, orders=1500, latency=LATENCY) as team:
        first = team.sync()
        team.place(10)
        second = team.sync()
    assert second.requests <= 0.05 * first.requests
