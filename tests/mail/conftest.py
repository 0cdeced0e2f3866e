"""The outbox that the tests of delivery begin with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.session import Database
from tests.mail.post import Post
from tests.services.clock import FakeClock
from worker.simulator.mailbox import Mailbox


@pytest.fixture
def post(database_url: str, clock: FakeClock) -> Iterator[Post]:
    """An empty outbox, and a mailbox that takes everything, on both databases."""
    yield from _post(database_url, clock)


@pytest.fixture
def small_post(sqlite_url: str, clock: FakeClock) -> Iterator[Post]:
    """The same on SQLite alone, for what the database has no part in."""
    yield from _post(sqlite_url, clock)


def _post(url: str, clock: FakeClock) -> Iterator[Post]:
    db = Database(url)
    with Mailbox() as box:
        yield Post(db, clock, box)
    db.close()
