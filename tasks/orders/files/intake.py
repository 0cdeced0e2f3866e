"""The state of one import: what it works with, what it has taken, whose turn it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models import claims
from models.domain.values import CarrierName
from models.queues import REVIEWS
from models.session import Database
from models.sources import owe_summary
from models.turns import keep_turn, take_turn
from tasks.orders.customers import CustomerRef
from tasks.orders.files.refusal import FileRefused
from tasks.orders.parts import Moment
from tasks.orders.profile_values import Profile
from tasks.orders.store import CHUNK, Stored
from tasks.ports import Clock, Rejected
from tasks.run import Counts, JobFailed, Run

SOURCE = "import"

#: What can become of an order.
KINDS = ("new", "changed", "unchanged", "rejected")

#: Whoever an import touches is reviewed at its end; if it dies, after this time.
REVIEW_WITHIN = timedelta(minutes=15)

#: Hears the name of the file, how many bytes of it are read, and how many it has.
Progress = Callable[[str, int, int], None]

_NEVER = datetime.min.replace(tzinfo=UTC)

Thing = TypeVar("Thing")


def in_chunks(things: Iterator[Thing]) -> Iterator[list[Thing]]:
    """Lists of at most CHUNK things."""
    while chunk := list(islice(things, CHUNK)):
        yield chunk


@dataclass(frozen=True)
class ImportOptions:
    """The pages' profile, the owner's ID (None = unknown), and who is polled."""

    profile: Profile
    owner_member_id: str | None
    pollable: frozenset[CarrierName]
    timezone: ZoneInfo
    turn: timedelta = timedelta(minutes=1)
    """For how long one step keeps other imports out."""


@dataclass
class FileResult:
    """What became of one file; `refused` says why nothing more of it was taken."""

    name: str
    counts: Counts = field(default_factory=Counts)
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: FileRefused | None = None

    def summary(self) -> str:
        """`2 new, 0 changed, 1 unchanged, 1 rejected orders`."""
        return ", ".join(f"{self.counts[kind]} {kind}" for kind in KINDS) + " orders"

    def reject(self, where: str, reason: str) -> None:
        """Remember a row that could not be read for sure."""
        self.rejected.append(Rejected(where, reason))
        self.counts["rejected"] += 1


@dataclass
class Intake:
    """One import under way. `touched` holds the rows of customers whose orders changed."""

    db: Database
    clock: Clock
    options: ImportOptions
    run: Run
    progress: Progress = lambda name, read, size: None
    token: str = ""
    kept_at: datetime = _NEVER
    touched: set[int] = field(default_factory=set)

    def moment(self) -> Moment:
        """Now, the local day, and who is polled."""
        now = self.clock.now()
        return Moment(now, now.astimezone(self.options.timezone).date(), self.options.pollable)

    @contextmanager
    def step(self) -> Iterator[tuple[Session, Moment]]:
        """One transaction, while no other import writes. Raises TurnLost."""
        self.run.beat()
        moment = self.moment()
        self.kept_at = moment.now
        with self.db.write() as session:
            keep_turn(session, SOURCE, self.token, moment.now + self.options.turn)
            yield session, moment

    def stay(self) -> None:
        """Keep the turn while there is nothing to write; a row is written now and then only."""
        if self.clock.now() - self.kept_at > self.options.turn / 4:
            with self.step():
                pass

    def note(self, session: Session, stored: Stored, moment: Moment, result: FileResult) -> None:
        """Add up what a step stored, and make sure that it is reviewed even if we die now."""
        result.counts += stored.counts
        fresh = stored.touched - self.touched
        claims.make_due(session, REVIEWS, fresh, moment.now + REVIEW_WITHIN)
        self.touched |= fresh

    def greet(self, session: Session, people: Collection[CustomerRef], stored: Stored) -> None:
        """Customers seen for the first time: a summary is owed, and they are reviewed."""
        if any(person.is_new for person in people):
            owe_summary(session, SOURCE, self.clock.now())
        stored.touched |= {person.row_id for person in people if person.first_sight}


class OtherImport(JobFailed):
    """Another import is under way; try again when it has ended."""

    def __init__(self) -> None:
        super().__init__("another import is under way; try again when it has ended")


@contextmanager
def turn(intake: Intake) -> Iterator[None]:
    """Keep other imports out; at the end all that changed is due for its review, together.

    Raises OtherImport.
    """
    now = intake.clock.now()
    with intake.db.write() as session:
        token = take_turn(session, SOURCE, now, intake.options.turn)
    if token is None:
        raise OtherImport
    intake.token, intake.kept_at = token, now
    try:
        yield
    finally:
        _end(intake, intake.clock.now())


def _end(intake: Intake, now: datetime) -> None:
    for chunk in in_chunks(iter(intake.touched)):
        with intake.db.write() as session:
            claims.make_due(session, REVIEWS, chunk, now)
    with intake.db.write() as session:
        keep_turn(session, SOURCE, intake.token, None)
