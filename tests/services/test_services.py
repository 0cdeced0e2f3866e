"""The services of the tests keep their own promises: else every other test would lie."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import inspect, text

from models.session import Database
from tests.services.clock import START, FakeClock
from tests.services.postgres_server import PostgresServer
from tests.services.redis_server import RedisServer


def tables(url: str) -> set[str]:
    """The names of all tables behind `url`."""
    database = Database(url)
    try:
        return set(inspect(database.engine).get_table_names())
    finally:
        database.close()


def test_databases_are_migrated(database_url: str) -> None:
    """A test starts with the whole schema on both databases."""
    assert {"orders", "alembic_version"} <= tables(database_url)


def test_databases_agree(sqlite_url: str, postgres_url: str) -> None:
    """Both databases have the same tables, so that a test on one speaks for the other."""
    assert tables(sqlite_url) == tables(postgres_url)


def test_fresh_databases_are_apart(postgres_server: PostgresServer) -> None:
    """What one test writes, no other sees; and a database goes although somebody is connected."""
    first, second = postgres_server.fresh(), postgres_server.fresh()
    database = Database(first)
    with database.write() as session:
        session.execute(text("CREATE TABLE only_here (id int)"))
    assert "only_here" not in tables(second)
    postgres_server.drop(first)
    postgres_server.drop(second)
    database.close()


def test_empty_database(postgres_server: PostgresServer) -> None:
    """A test of the migrations starts with nothing."""
    url = postgres_server.empty()
    assert tables(url) == set()
    postgres_server.drop(url)


def test_redis_is_flushed(redis_server: RedisServer) -> None:
    """Each test starts with an empty Redis that answers."""
    with redis_server.client() as client:
        assert client.dbsize() == 0
        client.set("left", "over")
    redis_server.flush()
    with redis_server.client() as client:
        assert client.get("left") is None


def test_redis_outage(redis_server: RedisServer) -> None:
    """A test can kill Redis and start it again at the same address."""
    if not redis_server.can_be_killed:
        with pytest.raises(AssertionError, match="can't be killed"):
            redis_server.kill()
        return
    import redis

    redis_server.kill()
    with redis_server.client() as client, pytest.raises(redis.exceptions.ConnectionError):
        client.ping()
    redis_server.start()
    with redis_server.client() as client:
        assert client.ping()


def test_database_outage() -> None:
    """A test can kill a PostgreSQL of its own and start it again with all that was stored."""
    server = PostgresServer()
    try:
        if not server.can_be_killed:
            pytest.skip("the server was given")
        database = Database(server.fresh())
        with database.write() as session:
            session.execute(text("CREATE TABLE kept (id int)"))
        for _ in range(2):
            server.kill()
            server.start()
            assert "kept" in inspect(database.engine).get_table_names()
        database.close()
    finally:
        server.stop()


def test_clock_stands_until_moved(clock: FakeClock) -> None:
    """Time passes only by the test's word, sleeping included."""
    assert clock.now() == START == clock.now()
    clock.sleep(90)
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.slept == [90]
    assert clock.advance(days=1) == START + timedelta(days=1, seconds=90)
    clock.set(datetime(2026, 12, 24, 18, 0, tzinfo=UTC))
    assert clock.now().month == 12


def test_clock_refuses_naive_times(clock: FakeClock) -> None:
    """A time without a zone would hide a mistake of an hour or two."""
    with pytest.raises(ValueError, match="no time zone"):
        clock.set(datetime(2026, 12, 24, 18, 0))


def test_no_setting_leaks_in() -> None:
    """A developer's own settings never reach a test."""
    assert not [name for name in os.environ if name.upper().startswith("ORDERWATCH_")]
    assert "pytest" in os.environ["HOME"]
