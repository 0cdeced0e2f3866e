"""What seven rules have to find in a world, worked out from its truth alone. Pure.

An oracle beside the program's own rules: it knows the future, they do not. Definitions: the
detection rules of the reference on the domain, with their default thresholds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from models.domain.months import PvMonth
from models.domain.values import Severity
from worker.simulator.days import berlin, full_working_days_over, local_date
from worker.simulator.records import Customer, Order
from worker.simulator.scene import Label, World

_OUTSIDE = frozenset({"SO", "IO", "VO"})
_RISK_FROM_DAY = 20
_DAYS_APART = 2
_ALIKE = 0.8
_PATIENCE = 3
_IN_TRANSIT = ("TAKEN_OVER_BY_HERMES", "SORTED", "ARRIVED_IN_DESTINATION_REGION")


def find_labels(world: World) -> tuple[tuple[Label, ...], tuple[Label, ...]]:
    """The labels of a world, and the wrong-type orders that are softened to an info."""
    orders = defaultdict[str, list[Order]](list)
    for order in world.orders:
        orders[order.member_id].append(order)
    found: list[Label] = []
    for customer in (world.owner, *world.customers):
        found += _of_customer(world, customer, orders[customer.member_id])
    found = [one for label in found if (one := _while_open(world, label))]
    found.sort(
        key=lambda label: (label.visible_from, label.rule, label.order or "", label.severity or "")
    )
    soft = tuple(label for label in found if label.severity is Severity.INFO)
    return tuple(label for label in found if label.severity is not Severity.INFO), soft


def _of_customer(world: World, customer: Customer, orders: list[Order]) -> Iterator[Label]:
    yield from _month_at_risk(world, customer, orders)
    recent = [order for order in orders if _in_scope(world, order)]
    for order in recent:
        yield from _wrong_type(customer, order, orders, world.opens_at)
        yield from _duplicate(order, orders, world.opens_at)
        yield from _not_shipped(order)
    for order in orders:
        yield from _parcel_trouble(order)


def _in_scope(world: World, order: Order) -> bool:
    """New, or of the PV month in which the world begins: older ones are facts, never alerts."""
    return order.placed_at >= world.opens_at or order.pv_month == world.month


def _while_open(world: World, label: Label) -> Label | None:
    """The label as far as the time between the world's opening and its close holds it."""
    begins = max(label.visible_from, world.opens_at)
    if begins >= world.closes_at or (label.until is not None and label.until <= begins):
        return None
    return replace(label, visible_from=begins, baseline=label.visible_from <= world.opens_at)


def _first_loyalty_order(orders: Iterable[Order], month: PvMonth) -> datetime | None:
    times = [o.placed_at for o in orders if o.source == "AS" and o.pv_month == month and o.pv >= 1]
    return min(times, default=None)


def _expects_loyalty(orders: Iterable[Order], month: PvMonth) -> bool:
    return any(o.source == "AS" and 1 <= month.minus(o.pv_month) <= 3 for o in orders)


def _enrolled_in(customer: Customer, month: PvMonth) -> bool:
    return PvMonth.of(local_date(customer.enrolled_at)) == month


def _urgency(order: Order, at: datetime) -> Severity:
    return Severity.MEDIUM if order.shipped(at) else Severity.HIGH


def _wrong_type(
    customer: Customer, order: Order, orders: list[Order], opens: datetime
) -> Iterator[Label]:
    month = order.pv_month
    if order.list_type == "R" or order.source not in _OUTSIDE or not order.pv:
        return
    if _enrolled_in(customer, month) or not _expects_loyalty(orders, month):
        return
    begins, mended = order.placed_at, _first_loyalty_order(orders, month)
    label = Label("wrong-order-type", order.member_id, begins, order.gone_at, order.number)
    if mended is None or mended > begins:
        until = min(filter(None, (mended, order.gone_at)), default=None)
        severity = _urgency(order, max(begins, opens))
        yield replace(label, until=until, severity=severity)
    if mended is not None:
        yield replace(label, visible_from=max(begins, mended), severity=Severity.INFO)


def _month_at_risk(world: World, customer: Customer, orders: list[Order]) -> Iterator[Label]:
    month = world.month
    while month.first_day <= local_date(world.closes_at):
        if _expects_loyalty(orders, month) and not _enrolled_in(customer, month):
            ends = berlin(month.plus(1).first_day)
            until = min(ends, _first_loyalty_order(orders, month) or ends)
            begins = berlin(month.first_day.replace(day=_RISK_FROM_DAY))
            rule = "loyalty-month-at-risk"
            yield Label(
                rule, customer.member_id, begins, until, month=month, severity=Severity.HIGH
            )
        month = month.plus(1)


def alike(one: Order, other: Order) -> bool:
    """Whether two baskets agree: multiset Jaccard of at least 0.8, or the same total above 0."""
    if one.total == other.total > 0:
        return True
    a, b = (Counter({x.item: x.quantity for x in o.lines}) for o in (one, other))
    return (a & b).total() >= _ALIKE * (a | b).total()


def _duplicate(order: Order, orders: list[Order], opens: datetime) -> Iterator[Label]:
    pairs = [o for o in orders if o.number < order.number and _is_duplicate(o, order)]
    if not pairs:
        return
    ends = [o.gone_at for o in (order, *pairs) if o.gone_at]
    begins = order.placed_at
    severity = _urgency(order, max(begins, opens))
    until = min(ends, default=None)
    yield Label("duplicate-order", order.member_id, begins, until, order.number, severity=severity)


def _is_duplicate(earlier: Order, later: Order) -> bool:
    if later.order_date - earlier.order_date > timedelta(days=_DAYS_APART):
        return False
    if "R" in (earlier.list_type, later.list_type):
        return False
    both_loyal = earlier.source == later.source == "AS"
    return not (both_loyal and earlier.pv_month == later.pv_month) and alike(earlier, later)


def _not_shipped(order: Order) -> Iterator[Label]:
    if order.list_type == "R" or order.paid_at is None:
        return
    begins = max(full_working_days_over(order.order_date, _PATIENCE), order.paid_at)
    until = min(filter(None, (order.shipped_at, order.gone_at)), default=None)
    if until is None or begins < until:
        severity = Severity.MEDIUM
        yield Label("not-shipped", order.member_id, begins, until, order.number, severity=severity)


def _parcel_trouble(order: Order) -> Iterator[Label]:
    if order.parcel is None:
        return
    scans = order.parcel.scans
    for scan, then in zip_longest(scans, scans[1:]):
        rule, begins, severity = None, scan.at, None
        if scan.code == "DELIVERY_FAILED":
            rule, severity = "delivery-failed", Severity.MEDIUM
        elif scan.code == "RETURN_TO_SENDER":
            rule, severity = "parcel-returning", Severity.HIGH
        elif scan.code in _IN_TRANSIT:
            rule, begins = "parcel-stuck", full_working_days_over(local_date(scan.at), _PATIENCE)
        until = then.at if then else None
        if rule and (until is None or begins < until):
            parcel = order.parcel.number
            yield Label(
                rule,
                order.member_id,
                begins,
                until,
                order.number,
                shipment=parcel,
                severity=severity,
            )
