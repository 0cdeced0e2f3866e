"""The stories that already run when the world begins: what a first sync finds to act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from models.domain.months import PvMonth
from worker.simulator.baskets import basket, free_of_charge, several
from worker.simulator.days import berlin, is_working_day, working_day_after
from worker.simulator.names import SHARED_NAME
from worker.simulator.plan import Plan, order_day


def _back(plan: Plan, working_days: int) -> date:
    """The last working day that has that many working days between itself and the start."""
    day = plan.start - timedelta(days=1)
    while working_day_after(day, working_days) >= plan.start or not is_working_day(day):
        day -= timedelta(days=1)
    return day


def _sent(plan: Plan, source: str, story: str, shipped: date, road: str) -> None:
    ordered = shipped - timedelta(days=1)
    customer = plan.customer(name=SHARED_NAME if story == "delivery-failed" else None)
    plan.order(customer, ordered, source, story, ship=shipped, road=road)


def wrong_type(plan: Plan) -> None:
    """A loyalty customer ordered outside the programme yesterday; not shipped yet."""
    customer = plan.loyal(without=[plan.month_of(-1)], story="wrong-type")
    plan.order(customer, plan.day(-1), "IO", "wrong-type")


def wrong_type_shipped(plan: Plan) -> None:
    """The same five days ago, shipped already."""
    customer = plan.loyal(without=[plan.month_of(-5)], story="wrong-type-shipped")
    plan.order(customer, plan.day(-5), "SO", "wrong-type-shipped")


def wrong_type_softened(plan: Plan) -> None:
    """Outside the programme, but a loyalty order of the same month exists."""
    customer = plan.loyal(story="wrong-type-softened")
    plan.order(customer, plan.day(-2), "IO", "wrong-type-softened")


def duplicate(plan: Plan) -> None:
    """The same basket on two days running."""
    customer, lines = plan.customer(), basket(plan.rng)
    plan.order(customer, plan.day(-3), "IO", "duplicate", lines=lines)
    plan.order(customer, plan.day(-2), "IO", "duplicate", lines=lines)


def not_shipped(plan: Plan) -> None:
    """Ordered five working days ago; leaves the warehouse days after the start at last."""
    late = working_day_after(plan.start, 3)
    plan.order(plan.customer(), _back(plan, 5), "IO", "not-shipped", ship=late)


def delivery_failed(plan: Plan) -> None:
    """Nobody was at home on the last working day; the next try comes after the start."""
    _sent(plan, "IO", "delivery-failed", _back(plan, 2), "failed-slow")


def returning(plan: Plan) -> None:
    """Not delivered, on the way back; arrives at the sender after the start."""
    _sent(plan, "IO", "returning", _back(plan, 3), "failed-returned")


def stuck(plan: Plan) -> None:
    """Taken over by the carrier, and not a scan since."""
    _sent(plan, "IO", "stuck", _back(plan, 5), "stuck")


def never_scanned(plan: Plan) -> None:
    """Announced to the carrier, never handed over."""
    _sent(plan, "IO", "never-scanned", _back(plan, 3), "never-scanned")


def unpaid(plan: Plan) -> None:
    """A bank transfer that never comes; the order vanishes the day after the start."""
    order = plan.order(plan.customer(), plan.day(-2), "IO", "unpaid", ship=None)
    gone = berlin(plan.start + timedelta(days=1), 11)
    plan.change_last(replace(order, paid_at=None, gone_at=gone))


def replacement(plan: Plan) -> None:
    """A piece was missing: a replacement of value 0, two days after."""
    customer = plan.customer(name=SHARED_NAME)
    first = plan.order(customer, plan.day(-8), "IO", "replacement", lines=several(plan.rng))
    free = free_of_charge(first.lines[:1])
    order = plan.order(customer, plan.day(-6), "SO", "replacement", lines=free)
    plan.change_last(replace(order, list_type="R"))


def replacement_of_all(plan: Plan) -> None:
    """The owner's whole order again at value 0; only her own history shows the list type."""
    mine = [o for o in plan.orders if o.story == "owner" and o.pv_month == plan.month]
    if plan.owner and mine and order_day(mine[0]) < plan.day(-3):
        free, day = free_of_charge(mine[0].lines), order_day(mine[0]) + timedelta(days=2)
        order = plan.order(plan.owner, day, "SO", "replacement-of-all", lines=free)
        plan.change_last(replace(order, list_type="R"))


def other_pv_month(plan: Plan) -> None:
    """Placed on the first of a month, counted for the month before."""
    day = plan.month.first_day if plan.start.day > 1 else plan.month.plus(-1).first_day
    order = plan.order(plan.customer(), day, "IO", "other-pv-month")
    plan.change_last(replace(order, pv_month=PvMonth.of(day).plus(-1)))


def vo(plan: Plan) -> None:
    """A code that is seen in real lists, of a customer who is not in the programme."""
    plan.order(plan.customer(), plan.month.plus(-1).first_day, "VO", "vo")


def enrolled(plan: Plan) -> None:
    """Enrolled this month, with a second order outside the programme: rightly silent."""
    customer = plan.customer(enrolled_at=plan.joined(-9))
    plan.order(customer, plan.day(-9), "IN", "enrolled", lines=basket(plan.rng, 110, 170))
    plan.order(customer, plan.day(-4), "IO", "enrolled")


def shop(plan: Plan) -> None:
    """Waits in a parcel shop and is collected."""
    _sent(plan, "SO", "shop", _back(plan, 2), "shop")


def dhl(plan: Plan) -> None:
    """Sent with DHL, delivered."""
    plan.order(plan.customer(), plan.day(-11), "SO", "dhl", road="dhl")


#: By importance: a small baseline does without the last ones.
BASELINE_STORIES: tuple[Callable[[Plan], None], ...] = (
    wrong_type,
    not_shipped,
    delivery_failed,
    returning,
    stuck,
    duplicate,
    replacement,
    replacement_of_all,
    unpaid,
    wrong_type_softened,
    wrong_type_shipped,
    enrolled,
    other_pv_month,
    shop,
    vo,
    never_scanned,
    dhl,
)
