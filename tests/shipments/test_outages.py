"""Carriers in trouble: pauses, one probe at a time, one alert an outage, odd parcels apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from models.domain.values import (
    AlertState,
)
from models.politeness import PROBE, Manners
from models.session import Database
from models.source import Source
from tasks.ports import (
    CarrierAnswer,
    CarrierBlocked,
    CarrierBusy,
    CarrierError,
    CarrierUnavailable,
)
from tasks.run import Run
from tasks.shipments.answers import AFTER_HICCUP
from tasks.shipments.asking import Polled
from tasks.shipments.pace import BERLIN
from tasks.shipments.poll import PollOptions, poll_shipments
from tests.services.clock import START, FakeClock
from tests.shipments.desk import (
    DHL,
    DOWN,
    HERMES,
    HOUR,
    MINUTE,
    Desk,
    FakeCarrier,
    S,
    in_transit,
)


@pytest.fixture
def desk(sqlite_url: str, clock: FakeClock) -> Iterator[Desk]:
    """A small database; pauses and claims have their own tests on both kinds."""
    db = Database(sqlite_url)
    yield Desk(db, clock)
    db.close()


def outage(desk: Desk, parcels: int = 40) -> None:
    """The carrier is down, and many parcels are due."""
    for number in range(parcels):
        desk.parcel(f"{number:02}", S.IN_TRANSIT)
    desk.carrier.says = lambda number: DOWN


def test_after_three_failures_in_a_row_nobody_else_is_asked(desk: Desk) -> None:
    """An outage is noticed at once; the rest of the batch is given back untouched."""
    outage(desk)
    assert desk.poll() == {"asked": 3, "failed": 3}
    assert desk.source().paused_until == START + 2 * MINUTE
    assert not desk.is_due()
    rest = [desk.row(f"{number:02}") for number in range(3, 40)]
    assert {(row.claim_token, row.attempts, row.polls) for row in rest} == {(None, 0, 0)}


def test_after_a_pause_one_request_finds_out_whether_the_outage_lasts(desk: Desk) -> None:
    """No storm on a server that is just getting up; each time another parcel is tried."""
    outage(desk)
    desk.poll()
    pauses = []
    for _ in range(6):
        until = desk.source().paused_until
        assert until is not None
        pauses.append(until - desk.clock.now())
        desk.clock.set(until)
        desk.carrier.asked.clear()
        assert desk.poll() == {"asked": 1, "failed": 1}
        assert len(desk.carrier.asked) == 1
    assert pauses == [n * MINUTE for n in (2, 4, 8, 15, 15, 15)]


def test_while_one_process_probes_no_other_asks(desk: Desk) -> None:
    """The probe holds the source; when its process dies, the next one may try soon."""
    outage(desk)
    desk.poll()
    desk.clock.advance(minutes=2)
    seen: list[bool] = []

    def look(number: str) -> CarrierAnswer:
        seen.append(desk.is_due())
        return in_transit(number)

    desk.carrier.says = look
    desk.poll()
    assert seen[0] is False
    assert timedelta(0) < PROBE <= MINUTE


def test_the_first_answer_ends_the_outage_and_all_others_follow(desk: Desk) -> None:
    """One alert, told with the time of the first failure, closed by the first success."""
    outage(desk)
    began = desk.clock.now()
    while desk.clock.now() < began + HOUR:
        desk.poll()
        desk.clock.set(max(desk.source().paused_until or START, desk.clock.now()))
    desk.carrier.says = in_transit
    desk.poll()
    (alert,) = desk.alerts("tracking-unavailable")
    assert (alert.state, alert.episode) == (AlertState.RESOLVED, 1)
    assert alert.details["since"] == "2026-10-12T07:00:00Z"
    assert {desk.row(f"{number:02}").polls for number in range(40)} == {1}
    assert desk.source().failures == 0


def test_a_hiccup_is_no_alert(desk: Desk) -> None:
    """One failed batch, then all is well: nobody is troubled."""
    outage(desk, 1)
    desk.poll()
    desk.carrier.says = in_transit
    desk.clock.advance(minutes=2)
    desk.poll()
    assert desk.alerts("tracking-unavailable") == []


def test_one_parcel_that_fails_stops_nobody_else(desk: Desk) -> None:
    """The carrier answers about others: this one is asked for once more soon, and says why."""
    for number in range(9):
        desk.parcel(str(number), S.IN_TRANSIT)
    desk.carrier.own = {"4": DOWN}
    assert desk.poll() == {"asked": 9, "changed": 8, "failed": 1}
    row = desk.row("4")
    assert (row.error, row.state, row.attempts) == (str(DOWN), S.IN_TRANSIT, 0)
    assert row.next_poll_at == START + AFTER_HICCUP
    assert desk.source().failures == 0
    desk.carrier.own = {}
    desk.clock.advance(hours=1)
    desk.poll()
    assert desk.row("4").error is None


@pytest.mark.parametrize(
    ("error", "pause"),
    [
        (CarrierBlocked("refused"), 6 * HOUR),
        (CarrierBusy("too many", 120), 2 * MINUTE),
        (CarrierBusy("too many"), 15 * MINUTE),
        (CarrierUnavailable("503", 3600), HOUR),
    ],
)
def test_a_refusal_ends_the_batch_and_pauses_the_source(
    desk: Desk, error: CarrierError, pause: timedelta
) -> None:
    """Whoever says how long to wait is obeyed, with a 503 too; a blocked network waits hours."""
    outage(desk, 1 if isinstance(error, CarrierUnavailable) else 30)
    desk.carrier.says = lambda number: error
    desk.poll()
    assert len(desk.carrier.asked) == 1
    assert desk.source().paused_until == START + pause


def test_a_pause_that_another_process_makes_is_noticed(desk: Desk) -> None:
    """Two workers never learn of a refusal one after the other, batch by batch."""
    outage(desk, 12)
    desk.manners = Manners(timedelta(seconds=2), 1000)

    def other_is_refused(number: str) -> CarrierAnswer:
        with desk.db.write() as session:
            session.get_one(Source, "hermes").paused_until = desk.clock.now() + HOUR
        return in_transit(number)

    desk.carrier.says = other_is_refused
    desk.poll()
    assert len(desk.carrier.asked) == 1


def test_a_slow_carrier_keeps_no_other_waiting(desk: Desk) -> None:
    """Each carrier is asked by itself: the pause of one is not the other's."""
    outage(desk, 3)
    desk.parcel("dhl", carrier=DHL)
    other = FakeCarrier(DHL)
    both = {HERMES: desk.options.carriers[HERMES], DHL: Polled(other, desk.manners, 1)}
    options = PollOptions(both, desk.options.pace, BERLIN, desk.lease)
    assert poll_shipments(desk.db, desk.clock, options, Run()) == {
        "asked": 4, "changed": 1, "failed": 3,
    }  # fmt: skip
    assert other.asked == ["dhl"]
