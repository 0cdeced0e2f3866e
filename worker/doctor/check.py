"""What a check of the doctor is handed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property

import httpx2

from models.session import Database
from worker.bootstrap import House

#: Seconds that a server may take for one answer; the whole visit ends soon after.
PATIENCE = 8.0


@dataclass
class Visit:
    """One visit: the house, and the clocks of the servers that answered."""

    house: House
    drift: dict[str, timedelta] = field(default_factory=dict)
    """How far the clocks of others are before ours."""
    _writing: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def db(self) -> Database:
        """The database as it is: a visit creates and migrates nothing."""
        return Database(self.house.settings.database_url.get_secret_value())

    def client(self, name: str) -> httpx2.Client:
        """An HTTP client that notes what time it is at the other end."""

        def note(response: httpx2.Response) -> None:
            if moment := _date(response.headers.get("Date")):
                self.compare(name, moment)

        return httpx2.Client(timeout=PATIENCE, event_hooks={"response": [note]})

    def compare(self, name: str, moment: datetime) -> None:
        """Note what time `name` has just said it is."""
        with self._writing:
            self.drift[name] = moment - datetime.now(UTC)


def _date(header: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
