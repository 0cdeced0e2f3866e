"""The job `check-cases`: sees the steps that orders and parcels show, and reminds of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from models import claims
from models.case import CaseStepRow
from models.case_facts import case_facts
from models.claims import Claim, Lease
from models.domain.hours import QuietHours
from models.domain.values import CaseStep, MailKind
from models.mail import Mail
from models.outbox import Desk, queue_mail
from models.portions import portions
from models.queues import CASES, REVIEWS
from models.session import Database
from tasks.cases.facts import Step
from tasks.cases.load import CaseRules, File, load_files
from tasks.cases.rules import Reminder, due_reminders, is_over, next_check_at
from tasks.cases.steps import all_steps
from tasks.ports import Clock
from tasks.run import Counts, Run
from tasks.taking import take

BATCH = 100


@dataclass(frozen=True)
class CaseOptions:
    """What cases go by, and who is reminded; no desk = nobody, yet."""

    rules: CaseRules
    desk: Desk | None
    quiet: QuietHours | None
    lease: Lease


@dataclass(frozen=True)
class Verdict:
    """What a look at one case found."""

    file: File
    steps: dict[CaseStep, Step]
    over: bool
    reminders: list[Reminder]
    next_at: datetime | None


def check_cases(db: Database, clock: Clock, options: CaseOptions, run: Run) -> Counts:
    """Look at every case that is due."""
    counts = Counts()
    while not run.stopping():
        held = take(db, clock, CASES, options.lease, BATCH)
        counts["parked"] += len(held.parked)
        if not held.ids:
            break
        run.beat()
        now = clock.now()
        with db.read() as session:
            files = load_files(session, held.ids, options.rules, now)
        verdicts = [_judge(file, options, now) for file in files]
        counts += _write(db, held, verdicts, options, now)
    return +counts


def _judge(file: File, options: CaseOptions, now: datetime) -> Verdict:
    steps = all_steps(file.facts)
    over = is_over(file.facts, steps, now)
    if over:
        return Verdict(file, steps, True, [], None)
    reminders, next_at = (
        due_reminders(file.facts, steps, now),
        next_check_at(file.facts, steps, now),
    )
    quiet = options.quiet.until(now) if options.quiet and reminders else None
    if quiet is not None:
        return Verdict(file, steps, False, [], min(next_at, quiet))
    return Verdict(file, steps, False, reminders, next_at)


def _write(
    db: Database, held: Claim, verdicts: list[Verdict], options: CaseOptions, now: datetime
) -> Counts:
    with db.write() as session:
        ours = claims.still_held(session, CASES, held)
        kept = [verdict for verdict in verdicts if verdict.file.case.id in ours]
        news = _store_steps(session, kept)
        mails = _remind(session, kept, options.desk, now) if options.desk else Counter()
        rows = [_finished(verdict, mails[verdict.file.case.id], now) for verdict in kept]
        claims.finish_each(session, CASES, held, rows)
        # What a step settles, such as a credited order, is no finding any more.
        customers = {v.file.customer.id for v in kept if news[v.file.case.id]}
        claims.make_due(session, REVIEWS, customers, now)
    closed = sum(verdict.over and verdict.file.case.closed_at is None for verdict in kept)
    return Counts(cases=len(kept), steps=news.total(), mails=mails.total(), closed=closed)


def _finished(verdict: Verdict, mails: int, now: datetime) -> dict[str, Any]:
    case = verdict.file.case
    return {
        "id": case.id,
        CASES.due.key: verdict.next_at,
        "closed_at": (case.closed_at or now) if verdict.over else None,
        "reorder_due": verdict.file.facts.reorder_due,
        "reminders": case.reminders + mails,
        "reminded_at": now if mails else case.reminded_at,
    }


def _store_steps(session: Session, verdicts: Sequence[Verdict]) -> Counter[int]:
    """Write what is new or gone. Returns per case how many steps that changed."""
    changed = [
        (verdict, step)
        for verdict in verdicts
        for step in CaseStep
        if verdict.steps.get(step) != verdict.file.facts.known.get(step)
    ]
    keys = [(verdict.file.case.id, step) for verdict, step in changed]
    for some in portions(keys):
        old = tuple_(CaseStepRow.case_id, CaseStepRow.step).in_(some)
        session.execute(delete(CaseStepRow).where(old))
    rows = [
        {"case_id": verdict.file.case.id, "step": step, "at": made.at, "seen": made.seen}
        | {"by": made.by}
        for verdict, step in changed
        if (made := verdict.steps.get(step))
    ]
    if rows:
        session.execute(insert(CaseStepRow), rows)
    return Counter(case_id for case_id, _ in keys)


def _remind(
    session: Session, verdicts: Sequence[Verdict], desk: Desk, now: datetime
) -> Counter[int]:
    """Queue the reminders that were not told before. Returns how many, per case."""
    owed = {
        f"{MailKind.CASE_REMINDER}:{verdict.file.case.id}:{reminder.reason}.{reminder.nth}": (
            verdict.file.case,
            reminder,
        )
        for verdict in verdicts
        for reminder in verdict.reminders
    }
    if not owed:
        return Counter()
    told = set(session.scalars(select(Mail.dedupe_key).where(Mail.dedupe_key.in_(owed))))
    fresh = {key: pair for key, pair in owed.items() if key not in told}
    facts = case_facts(session, [case for case, _ in fresh.values()])
    for (key, (_, reminder)), known in zip(fresh.items(), facts, strict=True):
        queue_mail(
            session, desk, MailKind.CASE_REMINDER, desk.consultant,
            known | _told(reminder), key, now,
        )  # fmt: skip
    return Counter(case.id for case, _ in fresh.values())


def _told(reminder: Reminder) -> dict[str, Any]:
    facts = {"reason": reminder.reason, "nth": reminder.nth, "days": reminder.days}
    return facts | ({"step": reminder.step} if reminder.step else {})
