"""A clock that stands still until a test moves it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

#: A Monday, 09:00 in Germany, summer time, mid-month, no holiday near.
START = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)


class FakeClock:
    """The Clock of tasks/ports.py: settable, and sleeping only moves it on. Safe for threads."""

    def __init__(self, start: datetime = START) -> None:
        self._lock = threading.Lock()
        self.slept: list[float] = []
        self.set(start)

    def now(self) -> datetime:
        """The moment that the test has set, aware UTC."""
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by `seconds` at once, and remember it in `slept`."""
        with self._lock:
            self.slept.append(seconds)
            self._now += timedelta(seconds=max(seconds, 0))

    def set(self, moment: datetime) -> None:
        """Move to `moment`, which must be aware."""
        if moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone")
        with self._lock:
            self._now = moment.astimezone(UTC)

    def advance(self, **duration: float) -> datetime:
        """Move on by `timedelta(**duration)`, such as `days=1`; gives the new moment."""
        with self._lock:
            self._now += timedelta(**duration)
            return self._now
