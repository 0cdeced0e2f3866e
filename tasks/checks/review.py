"""The job `review-orders`: judges each customer whose facts changed or whose time has come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models import claims
from models.alert_store import Subject, known_alerts, write_findings
from models.case_store import wake_cases
from models.claims import Claim, Lease
from models.domain.values import Finding, OrderFamily
from models.queues import REVIEWS
from models.session import Database
from models.sources import summary_is_owed
from tasks.checks.judge import judge_situation, review_again_at
from tasks.checks.load import Dossier, load_dossiers, situation_of
from tasks.checks.situation import WorkingDays
from tasks.checks.thresholds import Thresholds
from tasks.ports import Clock
from tasks.run import Counts, Run
from tasks.taking import take

BATCH = 200

#: How long the first-sync summary waits for the first news of the parcels.
FIRST_LOOK = timedelta(minutes=30)
LOOK_AGAIN = timedelta(minutes=5)


@dataclass(frozen=True)
class ReviewOptions:
    """What the rules go by."""

    timezone: ZoneInfo
    workdays: WorkingDays
    thresholds: Thresholds
    families: Mapping[str, OrderFamily]
    lease: Lease


@dataclass(frozen=True)
class Verdict:
    """What a review found of one customer, and when to look again (UTC)."""

    dossier: Dossier
    findings: list[Finding]
    next_at: datetime


def review_orders(db: Database, clock: Clock, options: ReviewOptions, run: Run) -> Counts:
    """Review all customers who are due, batch by batch."""
    counts = Counts()
    while not run.stopping():
        held = take(db, clock, REVIEWS, options.lease, BATCH)
        counts["parked"] += len(held.parked)
        if not held.ids:
            break
        run.beat()
        now = clock.now()
        verdicts = _judge(db, held, options, now)
        counts += _write(db, held, verdicts, now)
    return +counts


def _judge(db: Database, held: Claim, options: ReviewOptions, now: datetime) -> list[Verdict]:
    today = now.astimezone(options.timezone).date()
    with db.read() as session:
        dossiers, first_shown = load_dossiers(session, held.ids, options.families, today)
    return [_verdict(dossier, options, first_shown, now) for dossier in dossiers]


def _verdict(
    dossier: Dossier, options: ReviewOptions, first_shown: Mapping[str, str], now: datetime
) -> Verdict:
    situation = situation_of(
        dossier, now, options.timezone, options.workdays, options.thresholds, first_shown
    )
    return Verdict(dossier, judge_situation(situation), review_again_at(situation))


def _write(db: Database, held: Claim, verdicts: list[Verdict], now: datetime) -> Counts:
    counts: Counts = Counts()
    later: defaultdict[tuple[datetime, bool], list[int]] = defaultdict(list)
    with db.write() as session:
        # Whose facts changed meanwhile is no longer ours: the next review judges the new ones.
        ours = claims.still_held(session, REVIEWS, held)
        kept = [verdict for verdict in verdicts if verdict.dossier.customer.id in ours]
        alerts = known_alerts(session, [verdict.dossier.customer.id for verdict in kept])
        owed = summary_is_owed(session)
        for verdict in kept:
            row = verdict.dossier.customer.id
            kinds = write_findings(
                session, _subject(verdict, owed), verdict.findings, alerts[row], now
            )
            counts.update(_TALLY[kind] for kind in kinds)
            later[_next(verdict, now)].append(row)
        for (next_at, baseline), rows in later.items():
            claims.finish(session, REVIEWS, held, rows, next_at, baseline=baseline)
        # Whatever woke the review may be what a case has waited for.
        wake_cases(session, ours, now)
    counts["customers"] += len(kept)
    return counts


_TALLY = {
    "open": "opened",
    "reopen": "opened",
    "worsen": "worsened",
    "soften": "softened",
    "update": "updated",
    "resolve": "resolved",
}


def _next(verdict: Verdict, now: datetime) -> tuple[datetime, bool]:
    """When to look again, and whether her first sight lasts until then.

    It lasts until her parcels were asked about once, so that their news goes into the summary,
    but never longer than FIRST_LOOK.
    """
    customer = verdict.dossier.customer
    young = customer.baseline and now - customer.first_seen_at < FIRST_LOOK
    if young and verdict.dossier.unasked:
        return min(verdict.next_at, now + LOOK_AGAIN), True
    return verdict.next_at, False


def _subject(verdict: Verdict, summary_owed: bool) -> Subject:
    dossier = verdict.dossier
    return Subject(
        dossier.customer.id,
        dossier.order_rows,
        dossier.shipment_rows,
        dossier.customer.baseline and summary_owed,
        frozenset(dossier.order_rows[o.number] for o in dossier.orders if o.accepted),
        dossier.in_hand,
    )
