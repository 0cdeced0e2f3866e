"""The labels and the program's own rules, worked out apart from each other, say the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from models.domain.families import family_of
from models.domain.values import (
    CustomerFacts,
    OrderFacts,
    OrderFamily,
    OrderLine,
    Parcel,
    ParcelState,
    Severity,
)
from models.domain.workdays import Workdays
from tasks.checks.judge import judge
from tests.simulator.test_world import SEVEN
from worker.simulator.days import BERLIN, berlin, local_date
from worker.simulator.records import Order
from worker.simulator.scene import World
from worker.simulator.world import make_world

Found = tuple[str, str, str]

_STATES = {
    "ANNOUNCED": ParcelState.ANNOUNCED,
    "DELIVERY_TOUR_STARTED": ParcelState.OUT_FOR_DELIVERY,
    "DELIVERY_FAILED": ParcelState.DELIVERY_FAILED,
    "RETURN_TO_SENDER": ParcelState.RETURNING,
    "RETURN_DELIVERED_TO_SENDER": ParcelState.RETURNED,
    "PARCELSHOP_ITEMS_FOR_COLLECTION": ParcelState.READY_FOR_PICKUP,
    "PARCELSHOP_COLLECTED_BY_CUSTOMER": ParcelState.DELIVERED,
    "pre-transit": ParcelState.ANNOUNCED,
    "delivered": ParcelState.DELIVERED,
}


def _order(world: World, order: Order, now: datetime) -> OrderFacts:
    order = order.as_of(now)
    return OrderFacts(
        order.number,
        order.member_id,
        order.order_date,
        order.pv_month,
        order.source,
        OrderFamily.REPLACEMENT if order.list_type == "R" else family_of(order.source),
        order.pv,
        order.total,
        ship_date=local_date(order.shipped_at) if order.shipped_at and order.shipped(now) else None,
        paid=order.paid(now),
        lines=tuple(OrderLine(line.item, line.quantity) for line in order.lines),
        historic=order.placed_at < world.opens_at and order.pv_month < world.month,
    )


def _parcels(world: World, orders: list[Order], now: datetime) -> Iterator[Parcel]:
    for order in orders:
        seen = order.parcel.seen(now) if order.parcel else ()
        moved = [scan for scan in seen if not scan.code.startswith("EDL_")]
        if order.parcel and moved:
            last = moved[-1]
            delivered = last.code.startswith("DELIVERED")
            state = _STATES.get(last.code, ParcelState.IN_TRANSIT)
            yield Parcel(
                order.parcel.number,
                order.parcel.carrier,
                order.number,
                ParcelState.DELIVERED if delivered else state,
                first_seen_at=world.opens_at,
                last_event_at=last.at,
                state_since=last.at,
            )


def _by_rules(world: World, now: datetime) -> set[Found]:
    found: set[Found] = set()
    for who in (world.owner, *world.customers):
        if who.enrolled_at > now:
            continue
        mine = [o for o in world.orders if o.member_id == who.member_id and o.visible(now)]
        known = [o for o in mine if o.pv_month >= world.window[-1]]
        customer = CustomerFacts(who.member_id, who.name, local_date(who.enrolled_at))
        orders = [_order(world, order, now) for order in known]
        parcels = list(_parcels(world, known, now))
        by_parcel = {o.parcel.number: o.number for o in known if o.parcel}
        for finding in judge(customer, orders, parcels, now, BERLIN, Workdays(None)):
            if finding.rule in SEVEN and finding.severity is not Severity.INFO:
                order = by_parcel.get(finding.shipment or "", finding.order or "")
                found.add((finding.rule, who.member_id, order))
    return found


def _by_labels(world: World, now: datetime) -> set[Found]:
    return {
        (label.rule, label.customer_id, label.order or "")
        for label in world.labels
        if label.visible_from <= now and (label.until is None or now < label.until)
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("start", [date(2026, 10, 19), date(2027, 2, 15), date(2026, 12, 7)])
def test_every_day_the_rules_find_what_is_labelled(seed: int, start: date) -> None:
    """Nothing labelled is missed and nothing else is found, in the morning and in the evening."""
    world = make_world(seed, start)
    for day in range(world.days + 1):
        for hour in (9, 20):
            now = berlin(start + timedelta(days=day), hour)
            assert _by_rules(world, now) == _by_labels(world, now), now
