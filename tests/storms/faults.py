"""The kinds of faults, and the weather that lets them begin and end."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.storms import strikes
from tests.storms.plan import Fault, Kind
from tests.storms.site import LEASE_SECONDS, Site
from tests.storms.strikes import End, Missed

ANYWHERE: dict[Kind, Callable[[Site, Random], End]] = {
    Kind("kill -9", 6): strikes.kill,
    Kind("frozen", 2, 1, 8, "process"): strikes.freeze,
    Kind(
        "frozen beyond its lease", 1, LEASE_SECONDS + 3, LEASE_SECONDS + 8, "process", slow=True
    ): (strikes.freeze),
    Kind("clock wrong by hours", 1, 3, 10, "clock"): strikes.wrong_clock,
    Kind("database locked", 2, 1, 8, "database"): strikes.lock_database,
    Kind("mail server refuses", 1, 1, 10, "smtp", slow=True): strikes.wire("smtp", "refuse"),
    Kind("mail server stalls", 1, 1, 10, "smtp"): strikes.wire("smtp", "stall"),
    Kind("mail server stalls for long", 0.5, 35, 45, "smtp", slow=True): strikes.wire(
        "smtp", "stall"
    ),
    Kind("mail server hangs up", 2, 1, 10, "smtp", slow=True): strikes.wire("smtp", "cut"),
    Kind("mail deferred", 1, 1, 10, "smtp", slow=True): strikes.refuse_mail(451),
    Kind("mail taken without a word", 2, 1, 10, "smtp", slow=True): strikes.refuse_mail(0),
    Kind("back office refuses", 1, 1, 8, "office"): strikes.wire("office", "refuse"),
    Kind("back office stalls", 1, 5, 25, "office", slow=True): strikes.wire("office", "stall"),
    Kind("back office hangs up", 1, 1, 8, "office"): strikes.wire("office", "cut"),
    Kind("back office answers wrongly", 2, 1, 8, "answers"): strikes.wrong_pages,
    Kind("back office looks different", 1, 1, 8, "answers"): strikes.changed_pages,
    Kind("session ends", 1): strikes.end_session,
    Kind("carrier refuses", 0.5, 1, 8, "carrier", slow=True): strikes.wire("carrier", "refuse"),
    Kind("carrier stalls", 0.5, 1, 20, "carrier", slow=True): strikes.wire("carrier", "stall"),
    Kind("carrier hangs up", 0.5, 1, 8, "carrier", slow=True): strikes.wire("carrier", "cut"),
    Kind("carrier answers wrongly", 1, 1, 8, "answers", slow=True): strikes.wrong_news,
}
POSTGRESQL: dict[Kind, Callable[[Site, Random], End]] = {
    Kind("FLUSHALL", 2): strikes.flush,
    Kind("Redis killed", 2, 0, 5, "redis"): strikes.kill_redis,
    Kind("PostgreSQL killed", 1, 0, 5, "database"): strikes.kill_postgres,
    Kind("PostgreSQL backend killed", 1): strikes.kill_backend,
}
SQLITE: dict[Kind, Callable[[Site, Random], End]] = {
    Kind("database locked for long", 0.5, 33, 38, "database", slow=True): strikes.lock_database,
    Kind("database full", 2, 1, 8, "database"): strikes.fill_database,
}
_ALL = {kind.name: strike for kind, strike in (ANYWHERE | POSTGRESQL | SQLITE).items()}


def kinds(site: Site, *, slow: bool) -> list[Kind]:
    """The kinds that can meet such a site; without `slow` only those that pass in a minute."""
    own = SQLITE if site.postgres is None else POSTGRESQL
    return [kind for kind in (ANYWHERE | own) if slow or not kind.slow]


class Weather:
    """Lets faults begin and end. `elapsed` seconds are those since the storm began."""

    def __init__(self, site: Site, faults: list[Fault]) -> None:
        self.site, self.faults = site, list(faults)
        self._ends: list[tuple[float, Callable[[], None]]] = []

    def blow(self, elapsed: float) -> list[Fault]:
        """End and begin what is due. Returns what began."""
        self._end(elapsed)
        due = [fault for fault in self.faults if fault.at <= elapsed]
        self.faults = self.faults[len(due) :]
        return [fault for fault in due if self._begin(fault)]

    def _begin(self, fault: Fault) -> bool:
        try:
            end = _ALL[fault.kind](self.site, Random(fault.dice))
        except Missed:
            return False
        if end is not None:
            self._ends.append((fault.until, end))
        return True

    def calm(self) -> None:
        """End all that has begun."""
        self._end(float("inf"))

    def _end(self, elapsed: float) -> None:
        over = [end for until, end in self._ends if until <= elapsed]
        self._ends = [(until, end) for until, end in self._ends if until > elapsed]
        for end in over:
            end()
