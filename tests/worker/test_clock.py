"""The clock that hosts share: whoever is wrong goes by the database server."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import OperationalError, ProgrammingError

from models.session import Database
from tests.services.clock import START, FakeClock
from worker.clock import TRUST_SECONDS, ServerClock, SystemClock

AWAY = OperationalError("SELECT", {}, Exception("the server is starting up"))


class Host:
    """A host whose clock can jump, and a server that counts how often it is asked."""

    def __init__(self, wrong_by: timedelta = timedelta(0)) -> None:
        self.own, self.server = FakeClock(START + wrong_by), FakeClock(START)
        self.steady, self.asked = 0.0, 0
        self.fails: Exception | None = None
        self.clock = ServerClock(self.own, self._ask, lambda: self.steady)

    def _ask(self) -> datetime:
        self.asked += 1
        if self.fails:
            raise self.fails
        return self.server.now()

    def pass_seconds(self, seconds: float) -> None:
        """Real time goes by, for everybody."""
        self.steady += seconds
        self.own.advance(seconds=seconds)
        self.server.advance(seconds=seconds)


@pytest.mark.parametrize("hours", [-5, 0, 5])
def test_a_wrong_clock_is_put_right_at_the_start(hours: int) -> None:
    """What this host writes as due now is due now for the others."""
    host = Host(timedelta(hours=hours))
    assert host.clock.now() == START
    host.pass_seconds(30)
    assert host.clock.now() == START + timedelta(seconds=30)
    assert host.asked == 1


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_jumps_is_noticed_at_once(hours: int) -> None:
    """A time server or a sleeping machine moves this host's clock: the server is asked again."""
    host = Host()
    host.pass_seconds(10)
    host.own.advance(hours=hours)
    assert host.clock.now() == START + timedelta(seconds=10)
    host.own.advance(hours=-hours)
    assert host.clock.now() == START + timedelta(seconds=10)
    assert host.asked == 3


def test_a_clock_that_drifts_is_compared_each_minute() -> None:
    """Slow drift is no jump, and is put right all the same, with few questions."""
    host = Host()
    for _ in range(3):
        host.pass_seconds(TRUST_SECONDS)
        host.own.advance(seconds=0.5)
        assert host.clock.now() == host.server.now()
    assert host.asked == 4


def test_while_the_server_is_away_time_goes_on() -> None:
    """A jump during an outage changes nothing; the server is not asked for each look."""
    host = Host()
    host.fails = AWAY
    host.own.advance(hours=3)
    host.pass_seconds(0.5)
    for _ in range(5):
        assert host.clock.now() == START + timedelta(seconds=0.5)
    assert host.asked == 2
    host.fails = None
    host.pass_seconds(2)
    assert host.clock.now() == host.server.now()
    assert host.asked == 3


def test_a_defect_is_not_taken_for_an_outage() -> None:
    """Only a server that is away excuses going on without it."""
    host = Host()
    host.fails = ProgrammingError("SELECT", {}, Exception("no such function"))
    host.own.advance(hours=3)
    with pytest.raises(ProgrammingError):
        host.clock.now()


def test_the_server_tells_its_time(postgres_url: str) -> None:
    """PostgreSQL on this machine agrees with this machine."""
    database = Database(postgres_url)
    shared = ServerClock(SystemClock(), database.server_time)
    assert abs(shared.now() - SystemClock().now()) < timedelta(seconds=5)
    database.close()
