"""Turns: one reader at a time per source, across processes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from models.session import Database
from models.turns import TurnLost, keep_turn, take_turn
from tests.services.clock import START

LENGTH = timedelta(minutes=5)


def take(db: Database, after: timedelta = timedelta(0), name: str = "backoffice") -> str | None:
    """Ask for the turn, `after` the start."""
    with db.write() as session:
        return take_turn(session, name, START + after, LENGTH)


def test_one_turn_at_a_time(db: Database) -> None:
    """Two syncs at once would look like an attack and log each other out."""
    assert take(db)
    assert take(db) is None
    assert take(db, name="hermes")


def test_of_many_who_ask_at_once_one_gets_it(db: Database) -> None:
    """Also when they ask in the same millisecond, and the source was never heard of."""
    together = threading.Barrier(4)

    def ask(_: int) -> str | None:
        together.wait(timeout=20)
        return take(db)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert sum(answer is not None for answer in answers) == 1


def test_a_dead_readers_turn_ends(db: Database) -> None:
    """A killed sync blocks the next one for minutes, not for ever."""
    take(db)
    assert take(db, LENGTH - timedelta(seconds=1)) is None
    assert take(db, LENGTH)


def test_a_turn_can_be_kept_and_let_go(db: Database) -> None:
    """A long sync prolongs its turn; a finished one frees it at once."""
    token = take(db)
    assert token
    with db.write() as session:
        keep_turn(session, "backoffice", token, START + 2 * LENGTH)
    assert take(db, LENGTH) is None
    with db.write() as session:
        keep_turn(session, "backoffice", token, None)
    assert take(db, LENGTH)


def test_who_lost_the_turn_writes_nothing(db: Database) -> None:
    """What a sleeping reader has read is older than what its successor wrote."""
    token = take(db)
    assert token
    assert take(db, LENGTH)
    lost = "another process has taken over reading backoffice"
    with pytest.raises(TurnLost, match=lost), db.write() as session:
        keep_turn(session, "backoffice", token, START + 3 * LENGTH)
    with pytest.raises(TurnLost), db.write() as session:
        keep_turn(session, "backoffice", token, None)
    assert take(db, LENGTH) is None
