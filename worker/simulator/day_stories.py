"""The stories of the days after the start: new orders, each with what is right or wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from worker.simulator.baskets import basket, free_of_charge, several
from worker.simulator.days import berlin, working_day_after
from worker.simulator.loyalty_stories import (
    enrolled,
    enrolled_again,
    enrolled_small,
    late_template,
    month_at_risk,
    outside_but_softened,
    second_loyalty_order,
    small_loyalty_orders,
    wrong_type_mended,
    wrong_type_stopped,
)
from worker.simulator.plan import Plan, order_day


def duplicate(plan: Plan) -> None:
    """The same basket on two days running."""
    customer, lines = plan.customer(), basket(plan.rng)
    plan.order(customer, plan.day(3), "IO", "duplicate", lines=lines)
    plan.order(customer, plan.day(4), "SO", "duplicate", lines=lines)


def not_shipped(plan: Plan) -> None:
    """Leaves the warehouse only after five working days."""
    late = working_day_after(plan.day(1), 6)
    plan.order(plan.customer(), plan.day(1), "IO", "not-shipped", ship=late)


def _sent(plan: Plan, offset: int, source: str, story: str, road: str) -> None:
    plan.order(plan.customer(), plan.day(offset), source, story, road=road)


def delivery_failed(plan: Plan) -> None:
    """Nobody at home; delivered on the next working day."""
    _sent(plan, 1, "IO", "delivery-failed", "failed")


def returning(plan: Plan) -> None:
    """Nobody at home, then back to the sender."""
    _sent(plan, 1, "SO", "returning", "failed-returned")


def stuck(plan: Plan) -> None:
    """Leaves on the day of the order and is not scanned for a week."""
    day = plan.day(1)
    plan.order(plan.customer(), day, "IO", "stuck", ship=day, hour=9, road="stuck")


def not_in_programme(plan: Plan) -> None:
    """Outside the programme by somebody who is not in it."""
    _sent(plan, 2, "IO", "not-in-programme", "shop")


def no_duplicate(plan: Plan) -> None:
    """The same basket again, but three days later."""
    customer, lines = plan.customer(), basket(plan.rng)
    plan.order(customer, plan.day(1), "IO", "no-duplicate", lines=lines)
    if plan.days >= 4:
        plan.order(customer, plan.day(4), "IO", "no-duplicate", lines=lines)


def paid_late(plan: Plan) -> None:
    """Paid by bank transfer a day later, then sent."""
    order = plan.order(plan.customer(), plan.day(2), "IO", "paid-late", ship=None)
    paid = berlin(order_day(order) + timedelta(days=1), 10)
    ship = working_day_after(order_day(order) + timedelta(days=1))
    plan.change_last(replace(plan.shipped(order, ship, "smooth"), paid_at=paid))


def unpaid_vanishes(plan: Plan) -> None:
    """Never paid; vanishes from the lists after three days."""
    order = plan.order(plan.customer(), plan.day(3), "IO", "unpaid", ship=None)
    gone = berlin(order_day(order) + timedelta(days=3), 11)
    plan.change_last(replace(order, paid_at=None, gone_at=gone))


def replacement(plan: Plan) -> None:
    """Something was missing: a replacement of value 0, two days after."""
    customer = plan.customer()
    first = plan.order(customer, plan.day(1), "IO", "replacement", lines=several(plan.rng))
    free = free_of_charge(first.lines[:1])
    order = plan.order(customer, plan.day(3), "SO", "replacement", lines=free)
    plan.change_last(replace(order, list_type="R"))


def unknown_code(plan: Plan) -> None:
    """An order type that nobody has seen."""
    _sent(plan, 4, "XO", "unknown-code", "dropoff")


def vo(plan: Plan) -> None:
    """A VO order of somebody who is not in the programme."""
    _sent(plan, 5, "VO", "vo", "neighbour")


def dhl(plan: Plan) -> None:
    """Sent with DHL."""
    _sent(plan, 3, "SO", "dhl", "dhl")


def odd_parcel_code(plan: Plan) -> None:
    """The carrier answers with a status code that no table holds."""
    _sent(plan, 2, "IO", "odd-parcel-code", "odd-code")


def changed(plan: Plan) -> None:
    """Other items two days later."""
    order = plan.order(plan.customer(), plan.day(2), "IO", "changed")
    at = berlin(order_day(order) + timedelta(days=2), 12)
    plan.change_last(replace(order, revised_at=at, revised_lines=basket(plan.rng)))


#: By importance: a small baseline does without the last ones that need history.
DAY_STORIES: tuple[Callable[[Plan], None], ...] = (
    wrong_type_mended,
    month_at_risk,
    duplicate,
    not_shipped,
    delivery_failed,
    returning,
    stuck,
    not_in_programme,
    no_duplicate,
    paid_late,
    unpaid_vanishes,
    replacement,
    unknown_code,
    vo,
    dhl,
    odd_parcel_code,
    enrolled,
    enrolled_small,
    changed,
    wrong_type_stopped,
    outside_but_softened,
    small_loyalty_orders,
    late_template,
    second_loyalty_order,
    enrolled_again,
)
