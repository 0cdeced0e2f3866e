"""The state of one sync: what it reads with, what it has read, whose turn it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from models import claims
from models.domain.months import PvMonth
from models.domain.values import CarrierName
from models.page import LastRead, last_reads, note_read
from models.queues import REVIEWS
from models.session import Database
from models.sources import owe_summary
from models.turns import keep_turn
from tasks.orders.customers import CustomerRef
from tasks.orders.guard import DEFAULT_LIMITS, GuardLimits, PageTally, check_size
from tasks.orders.parts import Moment
from tasks.orders.store import Stored
from tasks.ports import (
    Clock,
    LedgerPage,
    OrderPage,
    OrderSource,
    PageChanged,
    Rejected,
    SourceUnavailable,
    TeamPage,
)
from tasks.run import Counts, Run

log = structlog.get_logger()


@dataclass(frozen=True)
class SyncOptions:
    """What to read: months at first sight, the owner's ID (None = unknown), who is polled."""

    months: int
    owner_member_id: str | None
    pollable: frozenset[CarrierName]
    timezone: ZoneInfo
    full: bool = False
    since: PvMonth | None = None
    guard: GuardLimits = DEFAULT_LIMITS
    words: frozenset[str] = frozenset()
    """What a kept page may show as it is (tasks.orders.redaction)."""
    ledger: bool = True
    refused_pause: timedelta = timedelta(hours=1)
    """For how long a site that refuses us is left alone at first."""
    turn: timedelta = timedelta(minutes=1)
    """For how long one step (a customer) keeps the source to itself. It ends before the lease of
    the run that was killed, so that the next run finds the source free."""


@dataclass
class Reading:
    """One sync under way. `touched` holds the rows of customers whose orders changed."""

    db: Database
    clock: Clock
    source: OrderSource
    options: SyncOptions
    run: Run
    name: str
    token: str = ""
    counts: Counts = field(default_factory=Counts)
    rejected: list[Rejected] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    tally: PageTally = field(default_factory=PageTally)
    month_columns: set[str] = field(default_factory=set)
    month_text: str = field(default="", repr=False)
    """What months with orders showed, and the last of them."""

    def moment(self) -> Moment:
        """Now, the local day, and who is polled."""
        now = self.clock.now()
        return Moment(now, now.astimezone(self.options.timezone).date(), self.options.pollable)

    def oldest(self) -> PvMonth:
        """The first PV month of the history that is read at first sight."""
        current = PvMonth.of(self.moment().today)
        return self.options.since or current.plus(1 - self.options.months)

    def hold(self, session: Session, moment: Moment) -> None:
        """Keep the source to ourselves for another step. Raises TurnLost."""
        keep_turn(session, self.name, self.token, moment.now + self.options.turn)

    def note(self, session: Session, stored: Stored, moment: Moment) -> None:
        """Add up what a step stored, and make sure that it is reviewed even if we die now.

        What a sync changed is reviewed together at its end; a turn later at the latest.
        """
        self.counts += stored.counts
        self.touched |= stored.touched
        claims.make_due(session, REVIEWS, stored.touched, moment.now + self.options.turn)

    def greet(self, session: Session, customer: CustomerRef, stored: Stored) -> None:
        """A customer seen for the first time: a summary is owed, and she is reviewed even
        without orders (her month may be at risk)."""
        if customer.is_new:
            owe_summary(session, self.name, self.clock.now())
        if customer.first_sight:
            stored.touched.add(customer.row_id)

    def compare(self, kind: str, rows: int, columns: frozenset[str], text: str) -> None:
        """Check a list against its last good reading, and remember it. Raises PageChanged.

        A column that has gone and that nothing hangs on is reported, and the page is used. A full
        reading, which somebody asked for, may find anything.
        """
        with self.db.read() as session:
            last = last_reads(session, self.name).get(kind)
        if last is not None and not self.options.full:
            check_size(kind, rows, last.rows, self.options.guard, text)
            if lost := last.columns - columns:
                names = ", ".join(sorted(lost))
                reason = f"it shows no longer: {names}; if that is right, `orderwatch sync --full`"
                self.note_broken(PageChanged(kind, reason, text), kind)
                columns |= lost
        self.tally.good[kind] += 1
        with self.db.write() as session:
            note_read(session, self.name, kind, LastRead(rows, self.clock.now(), columns))

    def note_broken(self, error: PageChanged, where: str) -> None:
        """A page is not as expected, and the others go on."""
        self.rejected.append(Rejected(where, str(error)))
        self.counts["broken"] += 1
        self.tally.note(error)
        log.warning("page not as expected", page=error.page, reason=error.missing)

    def note_missed(self, error: SourceUnavailable, where: str) -> None:
        """The site could not show one customer; she is read the next time."""
        self.rejected.append(Rejected(where, str(error)))
        self.counts["missed"] += 1
        self.tally.missed.append(error)
        log.warning("customer missed", reason=str(error))

    def refuse(self, pages: Iterable[OrderPage | TeamPage | LedgerPage]) -> None:
        """Remember the rows that could not be read for sure."""
        rejected = [row for page in pages for row in page.rejected]
        self.rejected += rejected
        if rejected:
            self.counts["rejected"] += len(rejected)
