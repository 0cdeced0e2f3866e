"""The real clocks: this host's, and the one that all hosts share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import DBAPIError

from models.session import outage
from tasks.ports import Clock

log = structlog.get_logger()

#: So much may a clock drift before the server is asked again, and so long may it be trusted.
JUMP = timedelta(seconds=1)
TRUST_SECONDS = 60.0
#: After the server could not be asked, it is left alone for so long.
RETRY_SECONDS = 1.0


class SystemClock:
    """Time as the system tells it. A waiting `sleep` ends early when `stop` is set."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`, or until the program is told to stop."""
        if seconds > 0:
            self._stop.wait(seconds)


@dataclass(frozen=True)
class _Compared:
    """How far the server was ahead of this host's clock, when that was, and until when it holds."""

    ahead: timedelta
    own: datetime
    steady: float
    trusted_until: float


class ServerClock:
    """The database server's time, so that hosts agree whose own clocks do not. Thread-safe.

    A lease is written by one host and judged by another: a host that is hours ahead would take
    what others hold, and what it writes as due now would stay unseen for hours. The server is
    asked at the start, each minute, and as soon as this host's clock jumps.
    """

    def __init__(
        self,
        own: Clock,
        ask: Callable[[], datetime],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._own, self._ask, self._steady = own, ask, steady
        self._lock = threading.Lock()
        self._last = self._compare()

    def now(self) -> datetime:
        """The present moment, aware UTC; while the server is away, time goes on steadily."""
        with self._lock:
            own, steady = self._own.now(), self._steady()
            if self._jumped(own, steady) or steady >= self._last.trusted_until:
                self._last = self._again(own, steady)
            return self._own.now() + self._last.ahead

    def sleep(self, seconds: float) -> None:
        """As this host's clock does."""
        self._own.sleep(seconds)

    def _jumped(self, own: datetime, steady: float) -> bool:
        went = timedelta(seconds=steady - self._last.steady)
        return abs((own - self._last.own) - went) > JUMP

    def _compare(self) -> _Compared:
        server = self._ask()
        own, steady = self._own.now(), self._steady()
        return _Compared(server - own, own, steady, steady + TRUST_SECONDS)

    def _again(self, own: datetime, steady: float) -> _Compared:
        last = self._last
        try:
            found = self._compare()
        except DBAPIError as error:
            if outage(error) is None:
                raise
            went = timedelta(seconds=steady - last.steady)
            return _Compared(
                last.own + last.ahead + went - own, own, steady, steady + RETRY_SECONDS
            )
        if abs(found.ahead - last.ahead) > JUMP:
            off = round(-found.ahead.total_seconds())
            log.warning("this host's clock is off; the database server's counts", seconds=off)
        return found
