"""A simulator on real time, and what the doctor says of a program that is set up for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from config.settings import load
from worker.bootstrap import House
from worker.doctor.result import Result
from worker.doctor.visit import look_at_everything
from worker.simulator.days import local_date
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

Doctor = Callable[..., dict[str, Result]]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """All partners, well."""
    with Simulator(make_world(1, local_date(datetime.now(UTC)), 4, 1)) as running:
        yield running


@pytest.fixture
def doctor(simulator: Simulator) -> Doctor:
    """Look at a program with these settings: `doctor(SMTP__PORT="1")`."""

    def look(deadline: float | None = None, **settings: str) -> dict[str, Result]:
        settings = {"BACKOFFICE__MIN_SPACING_SECONDS": "0"} | settings
        named = {f"ORDERWATCH_{name}": value for name, value in settings.items()}
        house = House(load(simulator.settings() | named, None))
        try:
            return {result.id: result for result in look_at_everything(house, deadline)}
        finally:
            house.close()

    return look
