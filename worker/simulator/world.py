"""Makes an invented world: the same seed, start and sizes give the same world. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from worker.simulator.baseline_stories import BASELINE_STORIES
from worker.simulator.day_stories import DAY_STORIES
from worker.simulator.labels import find_labels
from worker.simulator.plan import Plan
from worker.simulator.records import Customer
from worker.simulator.scene import Label, World

__all__ = ["Label", "World", "make_world"]

_ROADS = ("smooth",) * 7 + ("dropoff", "neighbour", "shop")
_POOL = 5


def make_world(
    seed: int,
    start: date,
    baseline_orders: int = 60,
    days: int = 10,
    *,
    customers: int | None = None,
    orders_per_day: int = 2,
    history_months: int = 4,
    owner_history_months: int = 2,
) -> World:
    """Make the world that begins on the German day `start` and brings orders for `days` days.

    A first sync on the day `start` sees exactly `baseline_orders` orders: the owner's and all
    customers' orders whose PV month is that of `start` or one of the two before. The stories of
    the world that need more than that are left out, the least important first. `customers` pads
    the team to that many (never fewer than the stories need). `history_months` full months lie
    before the month of `start`; the owner's own history reaches `owner_history_months` back, and
    with more than the default 2 her older rows come on top of `baseline_orders`.
    Raises ValueError for sizes that no world can have.
    """
    if baseline_orders < 3 or days < 1 or history_months < 2:
        raise ValueError("a world needs at least 3 orders, 1 day and 2 months of history")
    rng = Random(f"{seed}/{start}")
    plan = Plan(rng, start, days, history_months)
    owner = _owner(plan, owner_history_months)
    for story in _interleaved(BASELINE_STORIES, DAY_STORIES):
        _tell(plan, story, baseline_orders)
    _everyday(plan, orders_per_day)
    _fill(plan, baseline_orders - plan.counted(), customers)
    team = tuple(sorted(plan.customers, key=lambda c: c.enrolled_at))
    world = World(seed, start, days, owner, _password(rng), team, plan.numbered())
    labels, softened = find_labels(world)
    return replace(world, labels=labels, softened=softened)


def _password(rng: Random) -> str:
    return f"demo-{rng.randrange(10**6):06d}"


def _owner(plan: Plan, months: int) -> Customer:
    plan.owner = owner = plan.customer(name=("Katharina", "Schönfeld"))
    plan.customers.remove(owner)
    reach, plan.history_months = plan.history_months, months
    plan.loyal(3 if plan.start.day != 3 else 2, story="owner", who=owner)
    plan.history_months = reach
    return owner


def _interleaved(
    *stories: Iterable[Callable[[Plan], None]],
) -> list[Callable[[Plan], None]]:
    ranked = [(rank, story) for some in stories for rank, story in enumerate(some)]
    return [story for _, story in sorted(ranked, key=lambda pair: pair[0])]


def _tell(plan: Plan, story: Callable[[Plan], None], budget: int) -> None:
    """Add a story, or nothing of it when its history does not fit into the baseline."""
    people, orders = len(plan.customers), len(plan.orders)
    story(plan)
    if plan.counted() > budget:
        del plan.customers[people:], plan.orders[orders:]


def _fill(plan: Plan, missing: int, customers: int | None) -> None:
    """Ordinary customers until the baseline has its number of orders, the team its size."""
    casual: list[Customer] = []
    while missing > 0 or len(plan.customers) < (customers or 0):
        mark = len(plan.orders)
        full = customers is not None and len(plan.customers) >= customers
        if full and casual:
            _once(plan, plan.rng.choice(casual))
        elif missing >= 3 and plan.rng.random() < 0.6:
            plan.loyal()
        else:
            casual.append(plan.customer())
            if missing > 0:
                _once(plan, casual[-1])
        missing -= plan.counted(mark)


def _once(plan: Plan, customer: Customer) -> None:
    """One order of somebody who is not in the programme, in the two months before the start."""
    days = (plan.month.first_day - plan.month.plus(-2).first_day).days
    day = plan.month.plus(-2).first_day + timedelta(days=plan.rng.randrange(days))
    plan.order(customer, day, plan.rng.choice(("IO", "SO")), "casual", road=plan.rng.choice(_ROADS))


def _everyday(plan: Plan, orders_per_day: int) -> None:
    """The ordinary orders of the days after the start."""
    pool = [plan.customer() for _ in range(_POOL + orders_per_day * 2)]
    for offset in range(1, plan.days + 1):
        for _ in range(orders_per_day):
            source, road = plan.rng.choice(("IO", "SO")), plan.rng.choice(_ROADS)
            plan.order(plan.rng.choice(pool), plan.day(offset), source, "everyday", road=road)
