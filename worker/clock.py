"""The real clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime


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
