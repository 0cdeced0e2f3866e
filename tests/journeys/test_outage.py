"""A carrier that is away for an hour: one alert, no storm, and all is current soon after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.domain.values import FINAL_PARCEL_STATES, AlertState
from models.shipment import Shipment
from tests.journeys.watch import Watch
from worker.simulator.days import berlin, local_date

#: The longest wait of a parcel under way, with its jitter, on the watch's quarters.
ONE_PACE = timedelta(minutes=75)


@pytest.fixture
def watch(database_url: str) -> Iterator[Watch]:
    """A small world on either database."""
    with Watch(database_url, orders=12).running() as ready:
        yield ready


def test_an_hour_of_outage_and_its_end(watch: Watch) -> None:
    """The operator hears twice: that it began, and how long it lasted."""
    watch.sync()
    mine = [watch.ship(watch.place(watch.casual(), "IO", n), "stuck") for n in range(6)]
    watch.sync()
    watch.pass_days(1, 10)
    day = local_date(watch.clock.now())
    watch.faults.answer(503, times=None, partner="hermes")
    watch.simulator.log.clear()
    watch.pass_until(berlin(day, 11, 0))
    assert len(watch.simulator.log.all("hermes")) <= 10
    (alert,) = watch.alerts("tracking-unavailable")
    assert alert.state is AlertState.OPEN

    watch.faults.clear()
    watch.simulator.log.clear()
    watch.pass_until(berlin(day, 11, 0) + ONE_PACE)
    (alert,) = watch.alerts("tracking-unavailable")
    assert (alert.state, alert.episode) == (AlertState.RESOLVED, 1)
    parcels = watch.all(Shipment, Shipment.next_poll_at.is_not(None))
    under_way = [p for p in parcels if p.state is not None and p.state not in FINAL_PARCEL_STATES]
    assert {parcel.number for parcel in under_way} >= set(mine)
    assert all(parcel.asked_at >= berlin(day, 11, 0) for parcel in under_way)
    asked = Counter(request.number for request in watch.simulator.log.all("hermes"))
    assert max(asked[number] for number in mine) <= 2
    _began, ended = watch.mails("operator")
    assert "Stunde" in ended["Subject"]
    assert "dauerte 1" in ended.get_body(("plain",)).get_content()
