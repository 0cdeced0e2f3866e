"""The job `poll-shipments`: asks carriers about the parcels that are due, a batch at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import claims
from models.claims import Claim, Lease, Queue
from models.domain.values import CarrierName
from models.order import Order
from models.politeness import Manners, Reservation, free_requests, may_ask, reserve
from models.queues import REVIEWS
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from models.source import Source
from models.system_alerts import open_system_alert
from models.upsert import insert_or_ignore
from tasks.ports import Carrier, CarrierAnswer, CarrierBlocked, CarrierBusy, CarrierError, Clock
from tasks.run import Counts, Run
from tasks.shipments.answers import Asked, Written, is_answer, judge_answer
from tasks.shipments.outage import carrier_answered, carrier_failed
from tasks.shipments.pace import Pace
from tasks.taking import report_parked

#: With no spacing set (tests, benchmarks) a batch is as large as one bulk write should be.
LARGEST_BATCH = 500

#: So many failures in one batch are an outage: the rest is not even asked.
FAILURES_TO_STOP = 3

Result = CarrierAnswer | CarrierError


@dataclass(frozen=True)
class Polled:
    """A carrier and its manners."""

    carrier: Carrier
    manners: Manners
    concurrency: int


@dataclass(frozen=True)
class PollOptions:
    """Whom to ask, and how often for which state."""

    carriers: Mapping[CarrierName, Polled]
    pace: Pace
    timezone: ZoneInfo
    lease: Lease


def due_parcels(carrier: CarrierName) -> Queue:
    """The parcels of one carrier as work."""
    return Queue(Shipment, Shipment.next_poll_at, (Shipment.carrier == carrier,))


def polling_is_due(session: Session, now: datetime, options: PollOptions) -> bool:
    """Whether a parcel is due whose carrier may be asked now."""
    today = now.astimezone(options.timezone).date()
    return any(
        may_ask(session.get(Source, name.value), polled.manners, now, today)
        and due_parcels(name).is_due(session, now)
        for name, polled in options.carriers.items()
    )


def poll_shipments(db: Database, clock: Clock, options: PollOptions, run: Run) -> Counts:
    """Poll what is due and allowed, until nothing is left or the run shall stop."""
    counts = Counts()
    for polled in options.carriers.values():
        batch = PollBatch(db, clock, polled, options, run)
        while not run.stopping() and (asked := batch.poll()):
            run.beat()
            counts += asked
    return +counts


class PollBatch:
    """One carrier's parcels: reserve and claim, ask without a transaction, judge, write."""

    def __init__(
        self, db: Database, clock: Clock, polled: Polled, options: PollOptions, run: Run
    ) -> None:
        self.db, self.clock, self.polled = db, clock, polled
        self.options, self.run = options, run
        self.name = polled.carrier.name
        self.queue = due_parcels(self.name)

    def poll(self) -> Counts:
        """One batch; empty when nothing is due or nobody may be asked."""
        held, plan = self._claim()
        if not held.ids:
            return Counts()
        with self.db.read() as session:
            parcels = _load(session, held)
        results = self._ask_all(parcels, plan)
        return self._write(held, parcels, results)

    def _claim(self) -> tuple[Claim, Reservation]:
        now = self.clock.now()
        today = now.astimezone(self.options.timezone).date()
        with self.db.write() as session:
            plan = free_requests(
                session, self.name.value, self.polled.manners, now, today, LARGEST_BATCH
            )
            if not plan.count:
                return Claim("", ()), plan
            held = claims.claim(session, self.queue, self.options.lease, now, plan.count)
            report_parked(session, self.queue, self.options.lease, held, now)
            reserve(session, self.name.value, plan, len(held.ids), today)
        return held, plan

    def _ask_all(self, parcels: Sequence[Asked], plan: Reservation) -> list[Result | None]:
        """Answers in the order of the parcels; None = not asked, because the carrier refuses."""
        trouble = _Trouble()

        def ask(index: int) -> Result | None:
            start = plan.start_of(index)
            self.clock.sleep((start - self.clock.now()).total_seconds())
            if trouble.over.is_set() or self.run.stopping():
                return None
            try:
                return self.polled.carrier.ask(parcels[index].number, self.clock.now())
            except CarrierError as error:
                trouble.count(error)
                return error

        with ThreadPoolExecutor(self.polled.concurrency) as threads:
            return list(threads.map(ask, range(len(parcels))))

    def _write(
        self, held: Claim, parcels: Sequence[Asked], results: Sequence[Result | None]
    ) -> Counts:
        now, pace = self.clock.now(), self.options.pace
        pairs = list(zip(parcels, results, strict=True))
        written = {
            parcel.row_id: judge_answer(parcel, result, now, pace)  # type: ignore[arg-type]
            for parcel, result in pairs
            if result is not None and is_answer(result)
        }
        errors = [r for r in results if isinstance(r, CarrierError) and not is_answer(r)]
        with self.db.write() as session:
            again = now
            if errors:
                again = carrier_failed(session, self.name.value, _worst(errors), now)
            elif written:
                carrier_answered(session, self.name.value, now)
            left = claims.still_held(session, self.queue, held) - written.keys()
            claims.give_back(session, self.queue, held, left, again)
            news = _store(session, self.queue, held, written)
            # A first answer ends the wait of a first-sync summary, whatever it says.
            told = news | {p.row_id for p in parcels if p.asked_at is None and p.row_id in written}
            customers = {p.customer_row for p in parcels if p.row_id in told}
            claims.make_due(session, REVIEWS, customers, now)
            _report_codes(session, self.name, written.values(), now)
        return +Counts(asked=len(written) + len(errors), changed=len(news), failed=len(errors))


class _Trouble:
    """Counts a batch's failures; from some on, or at a refusal, the rest is not asked."""

    def __init__(self) -> None:
        self.over = Event()
        self.failures = 0

    def count(self, error: CarrierError) -> None:
        if is_answer(error):
            return
        self.failures += 1
        refused = isinstance(error, CarrierBlocked | CarrierBusy)
        if refused or self.failures >= FAILURES_TO_STOP:
            self.over.set()


def _worst(errors: Sequence[CarrierError]) -> CarrierError:
    """The error that says most about the source: blocked, then busy, then any."""
    rank = {CarrierBlocked: 0, CarrierBusy: 1}
    return min(errors, key=lambda error: rank.get(type(error), 2))


def _load(session: Session, held: Claim) -> list[Asked]:
    table = Shipment
    rows = session.execute(
        select(
            table.id, table.number, table.carrier, Order.customer_id, table.state,
            table.state_since, table.shipped_at, table.last_event_at, table.expected_from,
            table.expected_to, table.facts_hash, table.misses, table.first_seen_at, table.asked_at,
        )
        .join(Order, Order.id == table.order_id)
        .where(table.id.in_(held.ids))
        .order_by(table.id)
    )  # fmt: skip
    return [Asked(*row) for row in rows]  # type: ignore[call-arg,arg-type]


def _store(
    session: Session, queue: Queue, held: Claim, written: Mapping[int, Written]
) -> frozenset[int]:
    """Write the batch in bulk. Returns the parcels that are news."""
    changed = [each.row for each in written.values() if each.news]
    same = [each.row for each in written.values() if not each.news]
    kept: frozenset[int] = frozenset()
    for rows in _alike(changed):
        kept |= claims.finish_each(session, queue, held, rows)
    for rows in _alike(same):
        claims.finish_each(session, queue, held, rows)
    events = [event for row_id in sorted(kept) for event in written[row_id].events]
    insert_or_ignore(session, ShipmentEvent, events)
    return kept


def _alike(rows: Sequence[dict[str, object]]) -> list[list[dict[str, object]]]:
    """The rows grouped by their columns, so that each group is one bulk statement."""
    groups: dict[frozenset[str], list[dict[str, object]]] = {}
    for row in rows:
        groups.setdefault(frozenset(row), []).append(row)
    return list(groups.values())


def _report_codes(
    session: Session, name: CarrierName, written: Collection[Written], now: datetime
) -> None:
    for code in sorted({each.unknown_code for each in written if each.unknown_code}):
        detail = f"{name.value} sent the status code {code}, which is not in the table"
        open_system_alert(session, "unknown-status-code", f"{name.value} {code}", detail, now)
