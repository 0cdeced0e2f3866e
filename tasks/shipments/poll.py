"""The job `poll-shipments`: asks carriers about the parcels that are due, a batch at a time.

Batches are read -> ask -> judge -> write: claimed and loaded in one transaction, asked with none
open, judged without the database, written in bulk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models import claims
from models.claims import Claim, Lease
from models.domain.values import CarrierName
from models.politeness import HORIZON, Reservation, free_requests, is_paused, may_ask, reserve
from models.queue import Queue
from models.queues import POLLS, REVIEWS
from models.session import Database
from models.shipment import Shipment
from models.source import Source
from tasks.ports import CarrierBlocked, CarrierBusy, CarrierError, Clock
from tasks.run import Counts, Run
from tasks.shipments.answers import Asked, is_answer, judge_answer
from tasks.shipments.asking import Asking, Polled, Result
from tasks.shipments.outage import carrier_answered, carrier_failed
from tasks.shipments.pace import Pace, is_night
from tasks.shipments.storing import load_parcels, report_codes, same_numbers, store
from tasks.shipments.urgency import urgency
from tasks.taking import report_parked

#: With no spacing set (tests, benchmarks) a batch is as large as one bulk write should be.
LARGEST_BATCH = 500


@dataclass(frozen=True)
class PollOptions:
    """Whom to ask, and how often for which state."""

    carriers: Mapping[CarrierName, Polled]
    pace: Pace
    timezone: ZoneInfo
    lease: Lease


def due_parcels(carrier: CarrierName, now: datetime, pace: Pace) -> Queue:
    """The parcels of one carrier as work; at night only numbers that nobody has asked about."""
    mine = Shipment.carrier == carrier
    if is_night(now, pace):
        mine &= Shipment.asked_at.is_(None)
    return Queue(Shipment, Shipment.next_poll_at, (mine,))


def polling_is_due(session: Session, now: datetime, options: PollOptions) -> bool:
    """Whether a parcel is due whose carrier may be asked now."""
    today = now.astimezone(options.timezone).date()
    return any(
        may_ask(session.get(Source, name.value), polled.manners, now, today)
        and due_parcels(name, now, options.pace).is_due(session, now)
        for name, polled in options.carriers.items()
    )


def poll_shipments(db: Database, clock: Clock, options: PollOptions, run: Run) -> Counts:
    """Poll what is due and allowed, until nothing is left or the run shall stop.

    The carriers are asked side by side: one that is slow keeps no other waiting.
    """

    if not options.carriers:
        return Counts()
    with ThreadPoolExecutor(len(options.carriers)) as threads:
        done = threads.map(
            lambda polled: _poll_carrier(db, clock, polled, options, run), options.carriers.values()
        )
        return +sum(done, Counts())


def _poll_carrier(
    db: Database, clock: Clock, polled: Polled, options: PollOptions, run: Run
) -> Counts:
    """Batch after batch. Without spacing two by turns: one is asked while the other is written."""
    with ThreadPoolExecutor(polled.concurrency) as requests:

        def work_off(_: int) -> Counts:
            counts, batch = Counts(), PollBatch(db, clock, polled, options, run, requests)
            while not run.stopping() and (asked := batch.poll()):
                run.beat()
                counts += asked
            return counts

        turns = 1 if polled.manners.spacing else 2
        with ThreadPoolExecutor(turns) as threads:
            return sum(threads.map(work_off, range(turns)), Counts())


def poll_now(
    db: Database, clock: Clock, polled: Polled, options: PollOptions, parcels: Collection[int]
) -> bool:
    """Ask about these rows of one carrier at once, at night too.

    False when nobody may be asked: the carrier is paused, the budget used up, or the next half
    minute reserved. The parcels are due then, as soon as they may be.
    """
    with db.write() as session:
        claims.make_due(session, POLLS, parcels, clock.now())
    with ThreadPoolExecutor(polled.concurrency) as requests:
        return bool(PollBatch(db, clock, polled, options, Run(), requests, parcels).poll())


class PollBatch:
    """One carrier's parcels: reserve and claim, ask without a transaction, judge, write."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        polled: Polled,
        options: PollOptions,
        run: Run,
        requests: Executor,
        only: Collection[int] | None = None,
    ) -> None:
        """`requests`: the threads that ask. `only`: these rows, whatever the hour."""
        self.requests = requests
        self.db, self.clock, self.polled = db, clock, polled
        self.options, self.run, self.only = options, run, only
        self.name = polled.carrier.name

    def poll(self) -> Counts:
        """One batch; empty when nothing is due or nobody may be asked."""
        now = self.clock.now()
        held, plan = self._claim(now)
        if not held.ids:
            return Counts()
        with self.db.read() as session:
            parcels = load_parcels(session, held)
        # Half of the lease is for what is still under way when the last request has started.
        until = now + self.options.lease.length / 2
        asking = Asking(self.polled, self.clock, plan, until, self.run.stopping, self._paused)
        results = asking.ask_all(parcels, self.requests)
        return self._write(held, parcels, results, asking)

    def _claim(self, now: datetime) -> tuple[Claim, Reservation]:
        lease, today = self.options.lease, now.astimezone(self.options.timezone).date()
        queue = self._queue(now)
        horizon = min(HORIZON, lease.length / 3)
        with self.db.write() as session:
            plan = free_requests(
                session, self.name.value, self.polled.manners, now, today, LARGEST_BATCH, horizon
            )
            if not plan.count:
                return Claim("", ()), plan
            if queue.count_due(session, now, plan.left + 1) > plan.left:
                queue = replace(queue, first=(urgency(),))
            held = claims.claim(session, queue, lease, now, plan.count)
            report_parked(session, queue, lease, held, now)
            reserve(session, self.name.value, plan, len(held.ids), today)
            if held.ids:
                others = same_numbers(session, held).where(Shipment.carrier == self.name)
                held = claims.claim_along(session, queue, lease, held, now, others)
        return held, plan

    def _queue(self, now: datetime) -> Queue:
        if self.only is None:
            return due_parcels(self.name, now, self.options.pace)
        return Queue(Shipment, Shipment.next_poll_at, (Shipment.id.in_(self.only),))

    def _paused(self) -> bool:
        with self.db.read() as session:
            return is_paused(session.get(Source, self.name.value), self.clock.now())

    def _write(
        self,
        held: Claim,
        parcels: Sequence[Asked],
        results: Sequence[Result | None],
        asking: Asking,
    ) -> Counts:
        now, pace = self.clock.now(), self.options.pace
        asked = [pair for pair in zip(parcels, results, strict=True) if pair[1] is not None]
        errors = {p.row_id: r for p, r in asked if isinstance(r, CarrierError) and not is_answer(r)}
        # Where others are answered, a failure is the parcel's own; else it is the carrier's.
        lost = errors if asking.down or len(errors) == len(asked) else {}
        written = {
            parcel.row_id: judge_answer(parcel, result, now, pace)
            for parcel, result in asked
            if result is not None and parcel.row_id not in lost
        }
        with self.db.write() as session:
            if written and not lost:
                carrier_answered(session, self.name.value, now, probed=asking.plan.probe)
            again = self._fail(session, lost.values(), now)
            news = store(session, POLLS, held, written)
            self._give_back(session, held, set(lost), again, now)
            # A first answer ends the wait of a first-sync summary, whatever it says.
            told = news | {p.row_id for p in parcels if p.asked_at is None and p.row_id in written}
            customers = {p.customer_row for p in parcels if p.row_id in told}
            claims.make_due(session, REVIEWS, customers, now)
            report_codes(session, self.name, written.values(), now)
        return +Counts(asked=len(asked), changed=len(news), failed=len(errors))

    def _fail(self, session: Session, errors: Collection[CarrierError], now: datetime) -> datetime:
        """Pause a carrier in trouble. Returns when it may be asked again."""
        return carrier_failed(session, self.name.value, _worst(errors), now) if errors else now

    def _give_back(
        self, session: Session, held: Claim, failed: set[int], again: datetime, now: datetime
    ) -> None:
        """Who was not asked comes first after the pause, so that one parcel can't block it."""
        left = claims.still_held(session, POLLS, held)
        claims.give_back(session, POLLS, held, left - failed, now)
        claims.give_back(session, POLLS, held, left & failed, again)


def _worst(errors: Collection[CarrierError]) -> CarrierError:
    """The error that says most about the source: blocked, then busy, then any."""
    rank = {CarrierBlocked: 0, CarrierBusy: 1}
    return min(errors, key=lambda error: rank.get(type(error), 2))
