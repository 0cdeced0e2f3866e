"""The service in this process: embedded and over Redis, a message wakes the job within seconds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from config.settings import load
from models.domain.values import RunState
from models.heartbeat import last_beat
from models.job import JobRun, Slot
from models.session import Database
from tests.models.rows import add_slots
from tests.services.redis_server import RedisServer, free_port
from worker.bootstrap import House
from worker.service import Service

#: Quiet schedules: what runs in these tests was asked for by the test.
YEARLY = "0 4 1 1 *"
PATIENCE = 30


def house(database_url: str, redis_url: str | None, **more: str) -> House:
    """Settings as `orderwatch run` would read them; no back office, no mail server."""
    env = {
        "ORDERWATCH_DATABASE_URL": database_url,
        "ORDERWATCH_BACKOFFICE__ENABLED": "false",
        "ORDERWATCH_SCHEDULE__HOUSEKEEPING": YEARLY,
        "ORDERWATCH_CATCH_UP_HOURS": "0",
        "ORDERWATCH_WORKER__THREADS": "2",
    }
    if redis_url:
        env["ORDERWATCH_REDIS_URL"] = redis_url
    env |= {f"ORDERWATCH_{name}": value for name, value in more.items()}
    return House(load(env, None))


@contextmanager
def running(service: Service) -> Iterator[None]:
    """The service in a thread; stopped at the end, which must not take long."""
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        yield
    finally:
        service.house.stopping.set()
        thread.join(timeout=PATIENCE)
    assert not thread.is_alive()


def ended(db: Database) -> int:
    """How many runs of housekeeping are done."""
    done = select(func.count(JobRun.id)).where(
        JobRun.job == "housekeeping", JobRun.state == RunState.DONE
    )
    with db.read() as session:
        return session.scalars(done).one()


def wait_for(db: Database, runs: int) -> int:
    """Look until so many runs are done."""
    look = threading.Event()
    for _ in range(PATIENCE * 20):
        if ended(db) >= runs:
            break
        look.wait(0.05)
    return ended(db)


def wait_for_beat(db: Database) -> None:
    """Look until the whole loop has turned once."""
    look = threading.Event()
    for _ in range(PATIENCE * 20):
        with db.read() as session:
            if last_beat(session) is not None:
                return
        look.wait(0.05)
    raise AssertionError("no heartbeat")


@pytest.fixture(params=["embedded", "redis"])
def redis(request: pytest.FixtureRequest) -> str | None:
    """The address of a Redis, or none."""
    return str(request.getfixturevalue("redis_url")) if request.param == "redis" else None


def test_the_tick_runs_what_is_due(database_url: str, redis: str | None) -> None:
    """A row that another process wrote is seen within seconds, over every combination."""
    db = Database(database_url)
    with running(Service(house(database_url, redis), scheduler=True, worker=True)):
        add_slots(db, "housekeeping", datetime.now(UTC))
        assert wait_for(db, 1) == 1
    with db.read() as session:
        assert session.scalars(select(Slot.finished_at)).one() is not None
    db.close()


def test_a_message_wakes_the_job_without_a_tick(sqlite_url: str, redis: str | None) -> None:
    """What a commit makes due is worked on at once; here there is no scheduler at all."""
    db = Database(sqlite_url)
    service = Service(house(sqlite_url, redis), scheduler=False, worker=True)
    with running(service):
        add_slots(db, "housekeeping", datetime.now(UTC))
        service.actors["housekeeping"].send()
        assert wait_for(db, 1) == 1
    db.close()


def test_scheduler_and_worker_may_be_apart(database_url: str, redis_url: str) -> None:
    """One scheduler and two workers, over Redis: each slot is answered once."""
    db = Database(database_url)
    parts = [(True, False), (False, True), (False, True)]
    services = [
        Service(house(database_url, redis_url), scheduler=scheduler, worker=worker)
        for scheduler, worker in parts
    ]
    with running(services[0]), running(services[1]), running(services[2]):
        for runs in range(1, 4):
            add_slots(db, "housekeeping", datetime.now(UTC))
            assert wait_for(db, runs) == runs
    assert ended(db) == 3
    db.close()


def test_an_emptied_redis_loses_nothing(sqlite_url: str, redis_server: RedisServer) -> None:
    """Messages that are wiped away are sent again by the next tick: rows are the truth."""
    db = Database(sqlite_url)
    sender = Service(house(sqlite_url, redis_server.url), scheduler=False, worker=False)
    add_slots(db, "housekeeping", datetime.now(UTC))
    assert sender.runner.wake_due() == ["housekeeping"]
    redis_server.flush()
    with redis_server.client() as client:
        assert client.dbsize() == 0
    with running(Service(house(sqlite_url, redis_server.url), scheduler=True, worker=True)):
        assert wait_for(db, 1) == 1
        redis_server.flush()
        add_slots(db, "housekeeping", datetime.now(UTC))
        assert wait_for(db, 2) == 2
    sender.broker.close()
    sender.house.db.close()
    db.close()


def test_a_dead_redis_only_delays(sqlite_url: str, redis_server: RedisServer) -> None:
    """While Redis is away nothing crashes and nothing is lost; afterwards work goes on."""
    db = Database(sqlite_url)
    dead = f"redis://127.0.0.1:{free_port()}/0"
    service = Service(house(sqlite_url, dead), scheduler=False, worker=False)
    add_slots(db, "housekeeping", datetime.now(UTC))
    assert service.runner.wake_due() == ["housekeeping"]
    with running(Service(house(sqlite_url, redis_server.url), scheduler=True, worker=True)):
        assert wait_for(db, 1) == 1
    service.broker.close()
    service.house.db.close()
    db.close()
