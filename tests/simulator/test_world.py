"""The invented world: repeatable, of the size asked for, with labels that can be trusted."""

from __future__ import annotations

import time
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.domain.months import PvMonth
from models.domain.values import CarrierName
from tests.simulator.conftest import START
from worker.simulator.days import berlin, full_working_days_over, working_day_after
from worker.simulator.names import SHARED_NAME
from worker.simulator.numbers import check_digit, order_number, parcel_number
from worker.simulator.timelines import ROADS, make_parcel
from worker.simulator.world import World, make_world

SEVEN = {
    "wrong-order-type",
    "loyalty-month-at-risk",
    "duplicate-order",
    "not-shipped",
    "delivery-failed",
    "parcel-returning",
    "parcel-stuck",
}


def test_the_same_seed_gives_the_same_world() -> None:
    """A demo that is shown twice tells the same story."""
    assert make_world(7, START) == make_world(7, START)


def test_another_seed_gives_other_people() -> None:
    """A second demo need not look like the first."""
    assert make_world(7, START).customers != make_world(8, START).customers


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 999),
    start=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    orders=st.integers(3, 150),
    days=st.integers(1, 40),
)
def test_the_baseline_has_exactly_its_number_of_orders(
    seed: int, start: date, orders: int, days: int
) -> None:
    """`--orders 60` means that the first sync counts 60, whatever the date."""
    made = make_world(seed, start, orders, days)
    assert len(made.baseline()) == orders
    later = made.opens_at + timedelta(hours=23)
    assert sum(o.visible(later) and o.pv_month in made.window for o in made.orders) == orders


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 999), start=st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_labels_speak_of_the_world_they_belong_to(seed: int, start: date) -> None:
    """A label names an order, parcel or member that exists, and holds for some time."""
    made = make_world(seed, start)
    orders = {order.number: order for order in made.orders}
    members = {made.owner.member_id, *(c.member_id for c in made.customers)}
    for label in made.labels + made.softened:
        assert label.rule in SEVEN
        assert label.customer_id in members
        assert made.opens_at <= label.visible_from < made.closes_at
        assert label.until is None or label.until > label.visible_from
        if label.rule == "loyalty-month-at-risk":
            assert label.month is not None
        else:
            assert label.order is not None
            assert orders[label.order].member_id == label.customer_id


def test_the_demo_holds_every_one_of_the_seven_rules(world: World) -> None:
    """The demo shows all that the program is for, with new orders and at the first sync."""
    assert {label.rule for label in world.labels if not label.baseline} == SEVEN
    at_once = {label.rule for label in world.labels if label.baseline}
    assert at_once == SEVEN - {"loyalty-month-at-risk"}


def test_a_month_at_risk_opens_on_the_twentieth(world: World) -> None:
    """Not before: until then the template may still run."""
    risks = [label for label in world.labels if label.rule == "loyalty-month-at-risk"]
    assert {label.visible_from for label in risks} == {berlin(date(2026, 10, 20))}
    assert {label.month for label in risks} == {PvMonth(2026, 10)}
    assert any(label.until and label.until < world.closes_at for label in risks)


@pytest.mark.parametrize(
    "story",
    ["not-in-programme", "enrolled", "replacement", "unpaid", "paid-late", "vo", "no-duplicate"],
)
def test_neighbours_of_a_rule_are_silent(world: World, story: str) -> None:
    """What only looks wrong has no label."""
    innocent = {order.number for order in world.orders if order.story == story}
    assert innocent
    assert not innocent & {label.order for label in world.labels}


def test_order_numbers_rise_with_time(world: World) -> None:
    """The later of two orders has the higher number, of nine digits."""
    for earlier, later in pairwise(world.orders):
        assert earlier.placed_at <= later.placed_at
        assert int(earlier.number) < int(later.number)
    assert all(len(order.number) == 9 for order in world.orders)


def test_order_numbers_agree_with_the_real_ones() -> None:
    """An order of February 2026 has about the number that was seen then."""
    assert abs(order_number(berlin(date(2026, 2, 18), 12)) - 176_348_264) < 60_000


def test_two_people_share_a_name(world: World) -> None:
    """A search by name has to cope with several people."""
    namesakes = [c for c in world.customers if (c.first, c.last) == SHARED_NAME]
    assert len({c.member_id for c in namesakes}) == 2
    assert all(6 <= len(c.member_id) <= 8 for c in world.customers)


@pytest.mark.parametrize("number", ["99000000000011", "99000000000097", "99000000000134"])
def test_check_digits_are_those_of_the_carrier(number: str) -> None:
    """Invented numbers pass the check that real ones pass."""
    assert check_digit(number[:-1]) == number[-1]


@given(st.integers(0, 10**12), st.sampled_from([CarrierName.HERMES, CarrierName.DHL]))
def test_parcel_numbers_have_their_carriers_shape(serial: int, carrier: CarrierName) -> None:
    """14 digits from 99 for Hermes, 20 from 00340 for DHL, with a valid check digit."""
    number = parcel_number(carrier, serial)
    assert len(number) == (20 if carrier is CarrierName.DHL else 14)
    assert check_digit(number[:-1]) == number[-1]


@given(
    road=st.sampled_from([road for road in ROADS if road not in ("stuck", "never-scanned")]),
    shipped=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_only_stuck_parcels_are_silent_for_three_working_days(road: str, shipped: date) -> None:
    """A smooth parcel never looks stuck, not even around Christmas."""
    parcel = make_parcel("99000000000011", road, shipped)
    for scan, following in pairwise(parcel.scans):
        assert scan.at < following.at
        assert following.at < full_working_days_over(scan.at.date(), 3)


def test_christmas_is_no_working_day() -> None:
    """The invented warehouse keeps the German holidays."""
    assert working_day_after(date(2026, 12, 24)) == date(2026, 12, 28)


def test_a_large_team_is_made_in_seconds() -> None:
    """Benchmarks can have five hundred customers without waiting."""
    began = time.perf_counter()
    made = make_world(1, START, 1500, customers=500)
    assert time.perf_counter() - began < 5
    assert (len(made.customers), len(made.baseline())) == (500, 1500)


def test_an_impossible_size_is_refused() -> None:
    """A world of no orders says what would be right."""
    with pytest.raises(ValueError, match="at least 3 orders"):
        make_world(1, START, 0)
