"""Clocks to hand in: the real one, one that is set, and one that runs from another start."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta


class RealClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class FixedClock:
    """Stands still until it is set; `sleep` moves it on and returns at once. Thread-safe."""

    def __init__(self, at: datetime) -> None:
        self._at = _utc(at)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._at

    def set(self, at: datetime) -> None:
        """Put the clock to `at` (aware)."""
        with self._lock:
            self._at = _utc(at)

    def advance(self, by: timedelta) -> None:
        with self._lock:
            self._at += by

    def sleep(self, seconds: float) -> None:
        self.advance(timedelta(seconds=seconds))


class OffsetClock:
    """Starts at `at` now and runs at the speed of real time. Thread-safe."""

    def __init__(self, at: datetime) -> None:
        self._offset = _utc(at) - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def set(self, at: datetime) -> None:
        """Let the clock run on from `at` (aware)."""
        self._offset = _utc(at) - datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"a clock needs a time with its zone, not {at}")
    return at.astimezone(UTC)
