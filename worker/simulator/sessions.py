"""Logins of the simulated back office: who is logged in, and until when. Thread-safe."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.simulator.faults import Faults

COOKIE = "CFTOKEN"
PHONE_CODE = "123456"


@dataclass(slots=True)
class _Session:
    since: datetime
    generation: int
    requests: int = 0
    confirmed: bool = True


class Sessions:
    """Sessions end after the requests or minutes that `faults` allow, or all at once."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._lock = threading.Lock()
        self._open: dict[str, _Session] = {}

    def begin(self, now: datetime, confirmed: bool = True) -> str:
        """A new session's token; unconfirmed = the phone code is still wanted."""
        token = secrets.token_hex(16)
        with self._lock:
            self._open[token] = _Session(now, self._faults.generation, confirmed=confirmed)
        return token

    def confirm(self, token: str, code: str) -> bool:
        """Whether the code was right; the session counts from then on."""
        with self._lock:
            session = self._open.get(token)
            if session is None or code != PHONE_CODE:
                return False
            session.confirmed = True
            return True

    def admit(self, token: str, now: datetime) -> bool:
        """Whether this session may see one more page."""
        with self._lock:
            session = self._open.get(token)
            if session is None or not session.confirmed or self._over(session, now):
                return False
            session.requests += 1
            return True

    def _over(self, session: _Session, now: datetime) -> bool:
        pages, minutes = self._faults.session_requests, self._faults.session_minutes
        return (
            session.generation < self._faults.generation
            or (pages is not None and session.requests >= pages)
            or (minutes is not None and now - session.since > timedelta(minutes=minutes))
        )
