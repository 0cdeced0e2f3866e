"""What each kind of fault does, and how it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable
from random import Random

from tests.storms.plan import Fault, Kind
from tests.storms.site import Site

#: Begins a fault; returns what ends it.
Strike = Callable[[Site, Random], Callable[[], None] | None]


def _kill(site: Site, dice: Random) -> None:
    dice.choice(site.units).send(signal.SIGKILL)


STRIKES: dict[str, Strike] = {"kill -9": _kill}

ANYWHERE = (Kind("kill -9", 1.0),)
POSTGRESQL: tuple[Kind, ...] = ()
SQLITE: tuple[Kind, ...] = ()


def kinds(site_kind: str) -> tuple[Kind, ...]:
    """The kinds that can meet such a site."""
    return ANYWHERE + (POSTGRESQL if site_kind == "postgresql" else SQLITE)


class Weather:
    """Lets faults begin and end. `elapsed` seconds are those since the storm began."""

    def __init__(self, site: Site, faults: list[Fault]) -> None:
        self.site, self.faults = site, list(faults)
        self._ends: list[tuple[float, Callable[[], None]]] = []

    def blow(self, elapsed: float) -> list[Fault]:
        """Begin and end what is due. Returns what began."""
        self._end(elapsed)
        begun = [fault for fault in self.faults if fault.at <= elapsed]
        self.faults = self.faults[len(begun) :]
        for fault in begun:
            end = STRIKES[fault.kind](self.site, Random(fault.dice))
            if end is not None:
                self._ends.append((fault.until, end))
        return begun

    def calm(self) -> None:
        """End all that has begun."""
        self._end(float("inf"))

    def _end(self, elapsed: float) -> None:
        for end in [end for until, end in self._ends if until <= elapsed]:
            end()
        self._ends = [(until, end) for until, end in self._ends if until > elapsed]
