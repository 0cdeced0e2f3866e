"""The log of what the simulated partners were asked. Thread-safe."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in; `number` is the order, member or parcel it was about."""

    monotonic: float
    at: datetime
    partner: str
    method: str
    path: str
    params: Mapping[str, str]
    number: str | None
    user_agent: str


class RequestLog:
    """All requests, to be counted and to check their spacing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Request] = []

    def add(self, at: datetime, **what: Any) -> None:
        with self._lock:
            self._all.append(Request(time.monotonic(), at, **what))

    def all(self, partner: str | None = None, number: str | None = None) -> list[Request]:
        """The requests so far, oldest first, of one partner or about one number."""
        with self._lock:
            some = list(self._all)
        return [
            request
            for request in some
            if partner in (None, request.partner) and number in (None, request.number)
        ]

    def count(self, partner: str | None = None, number: str | None = None) -> int:
        return len(self.all(partner, number))

    def gaps(self, partner: str) -> list[float]:
        """Real seconds between one request and the next."""
        return [b.monotonic - a.monotonic for a, b in pairwise(self.all(partner))]

    def clear(self) -> None:
        with self._lock:
            self._all.clear()

    def as_json(self) -> list[dict[str, Any]]:
        return [{**asdict(one), "at": one.at.isoformat()} for one in self.all()]
