"""Sync: 500 customers × 3 months with 20 ms latency; what a second sync asks, and how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from config.settings import load
from tasks.orders.sync import sync_orders
from tasks.run import Run
from tests.bench.ground import Figures, Ground, figure
from worker.bootstrap import House
from worker.simulator.baskets import products
from worker.simulator.clocks import FixedClock
from worker.simulator.days import berlin
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

#: A Monday: the orders of the weekend are not shipped yet.
START = date(2026, 10, 19)
LATENCY = 0.02


@dataclass(frozen=True)
class Effort:
    """The requests of one sync, and its seconds."""

    requests: int
    seconds: float


def figures(ground: Ground) -> Figures:
    """The second sync, after 10 new orders, against the first one: the less the better."""
    with office(ground.address("sqlite"), customers=500, orders=1500, latency=LATENCY) as team:
        first = team.sync()
        team.place(10)
        second = team.sync()
    return {
        "sync_second_requests": figure([second.requests], [first.requests]),
        "sync_second_seconds": figure([second.seconds], [first.seconds]),
    }


@contextmanager
def office(url: str, customers: int, orders: int, latency: float) -> Iterator[Team]:
    """A team of that size with that many orders in three months, and a fresh program."""
    world = make_world(1, START, orders, 1, customers=customers)
    with Simulator(world, FixedClock(berlin(START, 9))) as simulator:
        simulator.faults.latency = latency
        own = {"DATABASE_URL": url, "BACKOFFICE__MIN_SPACING_SECONDS": "0"}
        named = {f"ORDERWATCH_{name}": value for name, value in own.items()}
        house = House(load(simulator.settings() | named, None), simulator.clock)
        yield Team(simulator, house)
        house.close()


@dataclass
class Team:
    """Syncs and new orders, one after the other."""

    simulator: Simulator
    house: House

    def sync(self) -> Effort:
        """Half an hour later all is read that may have changed."""
        clock = self.simulator.clock
        assert isinstance(clock, FixedClock)
        clock.advance(timedelta(minutes=30))
        self.simulator.log.clear()
        begin = time.perf_counter()
        source = self.house.back_office
        assert source is not None
        sync_orders(self.house.db, clock, source, self.house.sync_options, Run())
        seconds = time.perf_counter() - begin
        return Effort(self.simulator.log.count("backoffice"), seconds)

    def place(self, orders: int) -> None:
        """So many customers order, all over the list."""
        team = self.simulator.stage.team()
        step = len(team) // orders
        for customer in team[: step * orders : step]:
            self.simulator.stage.place(customer.member_id, "IO", products()[:2])
