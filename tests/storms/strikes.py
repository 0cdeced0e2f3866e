"""What each kind of fault does to a site, and how it ends."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any, cast

from redis.exceptions import RedisError
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests.storms.proxy import Mode
from tests.storms.site import Site

#: What ends a fault; None = it is over at once.
End = Callable[[], None] | None
Strike = Callable[[Site, Random], End]


class Missed(Exception):
    """What should be struck lies on the ground already."""


# --- our processes -------------------------------------------------------------------------------


def kill(site: Site, dice: Random) -> End:
    """`kill -9` of one of ours."""
    dice.choice(site.units).send(signal.SIGKILL)
    return None


def freeze(site: Site, dice: Random) -> End:
    """SIGSTOP: a machine that sleeps, a process that is swapped out."""
    unit = dice.choice(site.units)
    unit.send(signal.SIGSTOP)
    return lambda: unit.send(signal.SIGCONT)


def wrong_clock(site: Site, dice: Random) -> End:
    """The clock of one process jumps, and jumps back."""
    unit = dice.choice(site.units)
    file = site.folder / f"{unit.name}.clock"
    file.write_text(str(dice.choice((-1, 1)) * dice.randint(3600, 6 * 3600)))
    return file.unlink


# --- the database --------------------------------------------------------------------------------


def lock_database(site: Site, dice: Random) -> End:
    """Somebody else holds a lock: on the SQLite file, or on the tables where work is claimed."""
    return _lock_file(site) if site.postgres is None else _lock_tables(site)


def _lock_file(site: Site) -> End:
    holder = sqlite3.connect(str(site.db.url.database), timeout=5, isolation_level=None)
    try:
        holder.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        holder.close()
        raise Missed from error
    return holder.close


def _lock_tables(site: Site) -> End:
    engine = create_engine(site.db.url)
    try:
        holder = engine.connect()
        holder.execute(text("SET LOCAL lock_timeout = '5s'"))
        holder.execute(text("LOCK TABLE mails, alerts, customers IN ACCESS EXCLUSIVE MODE"))
    except DBAPIError as error:
        engine.dispose()
        raise Missed from error

    def let_go() -> None:
        with suppress(DBAPIError):  # it may have been killed meanwhile
            holder.close()
        engine.dispose()

    return let_go


def fill_database(site: Site, dice: Random) -> End:
    """Not a page more for the SQLite file."""
    file = site.folder / "full"
    file.touch()
    return file.unlink


def kill_postgres(site: Site, dice: Random) -> End:
    """`kill -9` of the server, and a start some seconds later."""
    postgres = site.postgres
    if postgres is None or not postgres.can_be_killed:
        raise Missed
    postgres.kill()
    return postgres.start


def kill_backend(site: Site, dice: Random) -> End:
    """`kill -9` of one connection's process: the server throws all others out and recovers."""
    if site.postgres is None or not site.postgres.can_be_killed:
        raise Missed
    try:
        with site.db.read() as session:
            backends = session.scalars(
                text(
                    "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
                    "AND pid <> pg_backend_pid() ORDER BY pid"
                )
            ).all()
    except DBAPIError as error:
        raise Missed from error
    if not backends:
        raise Missed
    with suppress(ProcessLookupError):
        os.kill(dice.choice(backends), signal.SIGKILL)
    return None


# --- Redis ---------------------------------------------------------------------------------------


def flush(site: Site, dice: Random) -> End:
    """All messages are gone."""
    assert site.redis is not None
    with site.redis.client() as client:
        try:
            client.flushall()
        except RedisError as error:
            raise Missed from error
    return None


def kill_redis(site: Site, dice: Random) -> End:
    """`kill -9`, and an empty Redis some seconds later."""
    if site.redis is None or not site.redis.can_be_killed:
        raise Missed
    site.redis.kill()
    return site.redis.start


# --- the outside world ---------------------------------------------------------------------------


def wire(name: str, mode: str) -> Strike:
    """The wire to `smtp`, `office` or `carrier` refuses, stalls, or hangs up in the middle."""

    def strike(site: Site, dice: Random) -> End:
        proxy = site.wires[name]
        proxy.mode = cast(Mode, mode)

        def mend() -> None:
            proxy.mode = "pass"

        return mend

    return strike


def refuse_mail(code: int) -> Strike:
    """The next mails are deferred (451), or the server hangs up after it took them (0)."""

    def strike(site: Site, dice: Random) -> End:
        stage = "data" if code == 0 else dice.choice(("rcpt", "data"))
        refusal = {"code": code, "stage": stage, "times": dice.randint(1, 2)}
        site.outside.post("mail", refuse=refusal | {"kept": code == 0 and dice.random() < 0.7})
        return lambda: _forget(site.outside.post("mail", accept_all=True))

    return strike


_WRONG_PAGES: tuple[dict[str, Any], ...] = (
    {"status": 500, "body": "Internal Server Error"},
    {"status": 503, "body": "<html>maintenance</html>"},
    {"status": 403, "body": "forbidden"},
    {"status": 429, "body": "", "headers": {"Retry-After": "2"}},
    {"status": 200, "body": "<html><body>Wartungsarbeiten</body></html>"},
    {"status": 200, "body": ""},
    {"status": 404, "body": "not here"},
)
_WRONG_NEWS: tuple[dict[str, Any], ...] = (
    {"status": 500, "body": ""},
    {"status": 503, "body": "upstream"},
    {"status": 429, "body": "", "headers": {"Retry-After": "3"}},
    {"status": 200, "body": "<html>"},
    {"status": 200, "body": {"oops": 1}},
    {"status": 200, "body": [{"barcode": "99000000000000", "parcelProgress": []}]},
)
_PAGES = ("history", "rows", "detail", "team", "card", "month", "ledger")


def wrong_pages(site: Site, dice: Random) -> End:
    """The back office answers some questions with something else."""
    return _answer(site, "backoffice", dice.choice(_WRONG_PAGES), dice.randint(1, 4))


def wrong_news(site: Site, dice: Random) -> End:
    """The carrier answers some questions with something else."""
    return _answer(site, "hermes", dice.choice(_WRONG_NEWS), dice.randint(1, 4))


def _answer(site: Site, partner: str, answer: dict[str, Any], times: int) -> End:
    site.outside.post("faults", answers=[answer | {"partner": partner, "times": times}])
    return lambda: _forget(site.outside.post("faults", clear=True))


def changed_pages(site: Site, dice: Random) -> End:
    """A page has no table any more."""
    change = {"page": dice.choice(_PAGES), "how": "drop-table"}
    site.outside.post("faults", changes=[change])
    return lambda: _forget(site.outside.post("faults", clear=True))


def end_session(site: Site, dice: Random) -> End:
    """Everybody has to log in again."""
    site.outside.post("faults", expire_sessions=True)
    return None


def _forget(_answer: object) -> None:
    """An end gives nothing back."""
