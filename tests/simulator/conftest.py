"""A small world at its start, and a simulator that serves it over real sockets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import httpx2
import pytest

from worker.simulator.clocks import FixedClock
from worker.simulator.days import berlin
from worker.simulator.server import Simulator
from worker.simulator.world import World, make_world

START = date(2026, 10, 19)


@pytest.fixture(scope="session")
def world() -> World:
    """The world of the demo; its owner has older orders too."""
    return make_world(1, START, owner_history_months=9)


@pytest.fixture
def simulator(world: World) -> Iterator[Simulator]:
    """Runs at nine in the morning of the first day; its clock stands still."""
    with Simulator(world, FixedClock(berlin(START, 9))) as running:
        yield running


@pytest.fixture
def browser(simulator: Simulator) -> Iterator[httpx2.Client]:
    """Somebody who is logged in."""
    with httpx2.Client(base_url=simulator.backoffice_url, follow_redirects=True) as client:
        form = {"uid": simulator.member_id, "password": simulator.world.password}
        client.post(simulator.login_url, data=form)
        yield client
