"""Asks a carrier about a batch of parcels: each request in its slot, until trouble or the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock

from models.politeness import Manners, Reservation
from tasks.ports import Carrier, CarrierAnswer, CarrierBlocked, CarrierBusy, CarrierError, Clock
from tasks.shipments.answers import Asked, is_answer

#: So many failures in a row are an outage: the rest is not even asked.
FAILURES_TO_STOP = 3

#: A late request moves the next one back, but never closer than this share of the spacing.
LEAST_SHARE = 0.9

#: How often a running batch looks whether another process has found the carrier in trouble.
LOOK_EVERY = timedelta(seconds=1)

Result = CarrierAnswer | CarrierError


@dataclass(frozen=True)
class Polled:
    """A carrier and its manners."""

    carrier: Carrier
    manners: Manners
    concurrency: int


class Asking:
    """The requests of one reservation. `over` is set as soon as nobody should be asked any more.

    `until`: when the claims may run out, so that no further request starts. `paused`: whether the
    source has been paused by somebody else.
    """

    def __init__(
        self,
        polled: Polled,
        clock: Clock,
        plan: Reservation,
        until: datetime,
        stopping: Callable[[], bool],
        paused: Callable[[], bool],
    ) -> None:
        self.polled, self.clock, self.plan = polled, clock, plan
        self.until, self.stopping, self.paused = until, stopping, paused
        self.over = Event()
        self.down = False
        """The carrier refused, or failed several times in a row."""
        self._lock, self._failures, self._turn = Lock(), 0, 0
        self._last: datetime | None = None
        self._looked = clock.now()

    def ask_all(self, parcels: Sequence[Asked], threads: Executor) -> list[Result | None]:
        """Answers in the order of the parcels; None = not asked. A number is asked for once."""
        numbers = list(dict.fromkeys(parcel.number for parcel in parcels))
        answers = dict(zip(numbers, threads.map(self._ask, numbers), strict=True))
        return [answers[parcel.number] for parcel in parcels]

    def _ask(self, number: str) -> Result | None:
        if not self._wait_for_turn():
            return None
        try:
            answer = self.polled.carrier.ask(number, self.clock.now())
        except CarrierError as error:
            self._note(error)
            return error
        self._note(None)
        return answer

    def _wait_for_turn(self) -> bool:
        """Wait for the next slot; False when nobody should be asked any more."""
        if not self.plan.spacing:
            return not self._is_over()
        with self._lock:
            if self._is_over():
                return False
            start = self.plan.start_of(self._turn)
            if self._last is not None:
                start = max(start, self._last + self.plan.spacing * LEAST_SHARE)
            self.clock.sleep((start - self.clock.now()).total_seconds())
            self._last = self.clock.now()
            self._turn += 1
            return not self._is_over()

    def _is_over(self) -> bool:
        if not self.over.is_set() and (self._time_is_up() or self.stopping()):
            self.over.set()
        return self.over.is_set()

    def _time_is_up(self) -> bool:
        now = self.clock.now()
        if now >= self.until:
            return True
        if self.plan.probe or now - self._looked < LOOK_EVERY:
            return False
        self._looked = now
        return self.paused()

    def _note(self, error: CarrierError | None) -> None:
        if error is None or is_answer(error):
            self._failures = 0
            return
        self._failures += 1
        refused = isinstance(error, CarrierBlocked | CarrierBusy)
        if refused or self._failures >= FAILURES_TO_STOP:
            self.down = True
            self.over.set()
