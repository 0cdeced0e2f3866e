"""The heartbeat: it goes the whole loop or not at all, and a dead man's switch hears of it."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from config.logging import configure
from models.heartbeat import Heartbeat, ask_for_beat, last_beat, why_silent
from models.session import Database
from models.system_alerts import open_system_alert
from tasks.housekeeping.heartbeat import answer_heartbeat
from tasks.housekeeping.ping import Ping
from tests.cli.rows import Said
from tests.services.clock import START, FakeClock
from tests.services.redis_server import free_port
from tests.worker.conftest import LEASE
from tests.worker.test_service import house, running, wait_for_beat
from worker.cli.main import run
from worker.health import patience
from worker.schedule import Schedule
from worker.service import Service

FIVE = timedelta(minutes=5)


def ask(db: Database, clock: FakeClock) -> None:
    """As a scheduler does."""
    with db.write() as session:
        ask_for_beat(session, clock.now())


def silent(db: Database, clock: FakeClock) -> str | None:
    """Why the loop is taken for dead."""
    with db.read() as session:
        return why_silent(session, clock.now(), FIVE)


def test_a_beat_is_asked_for_and_answered(db: Database, clock: FakeClock) -> None:
    """One answer for one question, and its time is the row's."""
    pings: list[int] = []
    for _ in range(2):  # a second scheduler asks the same thing
        ask(db, clock)
    clock.advance(seconds=1)
    for expected in (1, 0):
        counts = answer_heartbeat(db, clock, LEASE, lambda: pings.append(1))
        assert counts["beats"] == expected
    assert pings == [1]
    with db.read() as session:
        assert last_beat(session) == START + timedelta(seconds=1)
    assert silent(db, clock) is None


def test_each_silence_has_its_reason(db: Database, clock: FakeClock) -> None:
    """Never started, no worker, no scheduler: each is told apart."""
    assert "has not been started" in (silent(db, clock) or "")
    ask(db, clock)
    clock.advance(minutes=6)
    assert "no worker takes it up" in (silent(db, clock) or "")
    answer_heartbeat(db, clock, LEASE, None)
    clock.advance(minutes=6)
    reason = silent(db, clock) or ""
    assert "6 minutes ago" in reason
    assert "no scheduler" in reason


def test_a_beat_of_the_future_proves_no_life(db: Database, clock: FakeClock) -> None:
    """Else a clock that was set back would keep a dead program healthy for hours."""
    ask(db, clock)
    answer_heartbeat(db, clock, LEASE, None)
    clock.advance(hours=-3)
    assert "clock that was ahead" in (silent(db, clock) or "")


def test_workers_that_die_do_not_park_the_heart(db: Database, clock: FakeClock) -> None:
    """After any number of crashes the next question is answered."""
    ask(db, clock)
    with db.write() as session:
        beat = session.get_one(Heartbeat, 1)
        beat.attempts, beat.parked_at, beat.next_beat_at = 99, START, None
    clock.advance(minutes=1)
    ask(db, clock)
    assert answer_heartbeat(db, clock, LEASE, None)["beats"] == 1


def test_no_ping_while_mail_reaches_nobody(db: Database, clock: FakeClock) -> None:
    """The dead man's switch says what a mail can't: that no mail leaves."""
    pings: list[int] = []
    with db.write() as session:
        open_system_alert(session, "mail-failing", "smtp", "it is down", START)
    ask(db, clock)
    answer_heartbeat(db, clock, LEASE, lambda: pings.append(1))
    assert (pings, silent(db, clock)) == ([], None)


@pytest.mark.parametrize("status", [200, 500, None])
def test_a_ping_harms_nobody_and_keeps_its_secret(
    httpserver: HTTPServer,
    status: int | None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    own_logging: None,
) -> None:
    """Whether it is taken, refused or lost: no error, and never the address in a log."""
    httpserver.expect_request("/secret-uuid").respond_with_data("", status or 200)
    url = httpserver.url_for("/secret-uuid")
    if status is None:
        url = f"http://127.0.0.1:{free_port()}/secret-uuid"
    configure("json", "debug")
    # The test's own server logs what it was asked, too.
    monkeypatch.setattr(logging.getLogger("werkzeug"), "disabled", True)
    Ping(SecretStr(url), "orderwatch/test")()
    said = capsys.readouterr().err
    assert "secret-uuid" not in said
    assert ("heartbeat" in said) == (status != 200)
    assert len(httpserver.log) == (status is not None)


@pytest.mark.parametrize("redis", ["embedded", "redis"])
def test_the_whole_loop_beats(
    request: pytest.FixtureRequest, database_url: str, redis: str, httpserver: HTTPServer
) -> None:
    """Scheduler, message, worker, row, ping: over every combination, within seconds of a start."""
    httpserver.expect_request("/ping").respond_with_data("")
    url = str(request.getfixturevalue("redis_url")) if redis == "redis" else None
    db = Database(database_url)
    mine = house(database_url, url, HEARTBEAT_URL=httpserver.url_for("/ping"))
    with running(Service(mine, scheduler=True, worker=True)):
        wait_for_beat(db)
    assert len(httpserver.log) == 1
    db.close()


def test_without_a_worker_nothing_beats(sqlite_url: str, redis_url: str) -> None:
    """A scheduler alone is no life: its question waits."""
    db = Database(sqlite_url)
    with running(Service(house(sqlite_url, redis_url), scheduler=True, worker=False)):
        pass
    with db.read() as session:
        beat = session.get_one(Heartbeat, 1)
        assert beat.next_beat_at is not None
        assert beat.last_beat_at is None
    db.close()


@pytest.mark.parametrize(
    ("text", "minutes"), [("every 1m", 5), ("every 10s", 5), ("every 1h", 180), ("0 * * * *", 180)]
)
def test_patience_follows_the_schedule(text: str, minutes: int) -> None:
    """Whoever wants a heartbeat an hour is not called dead after five minutes."""
    schedule = Schedule("heartbeat", text, ZoneInfo("Europe/Berlin"))
    assert patience(schedule, START) == timedelta(minutes=minutes)


def test_the_command_tells_life_from_death(
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    own_logging: None,
) -> None:
    """Exit 0 and 1 are what a container's check goes by."""
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", sqlite_url)

    def health(*words: str) -> Said:
        code = run(["health", *words])
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    assert "has not been started" in health().refused(1)
    db = Database(sqlite_url)
    mine = house(sqlite_url, None)
    ask_now = mine.clock.now()
    with db.write() as session:
        ask_for_beat(session, ask_now)
    answer_heartbeat(db, mine.clock, LEASE, None)
    assert health().code == 0
    assert health("--json").json["ok"] is True
    with db.write() as session:
        session.get_one(Heartbeat, 1).last_beat_at = ask_now - timedelta(hours=3)
    dead = health("--json")
    assert dead.code == 1
    assert "3 hours ago" in json.loads(dead.out)["reason"]
    db.close()
