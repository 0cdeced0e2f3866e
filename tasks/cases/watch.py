"""The job `check-cases`: sees the steps that orders and parcels show, and reminds of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.orm import Session

from models import claims
from models.case import CaseStepRow
from models.case_facts import case_facts
from models.claims import Claim, Lease
from models.domain.hours import QuietHours
from models.domain.values import CaseStep, MailKind
from models.mail import Mail
from models.outbox import Desk, queue_mail
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
    counts: Counts = Counts()
    with db.write() as session:
        ours = claims.still_held(session, CASES, held)
        for verdict in verdicts:
            if verdict.file.case.id not in ours:
                continue
            news = _store_steps(session, verdict)
            mails = _remind(session, verdict, options.desk, now) if options.desk else 0
            _finish(session, held, verdict, mails, now)
            if news:
                # What a step settles, such as a credited order, is no finding any more.
                claims.make_due(session, REVIEWS, [verdict.file.customer.id], now)
            counts += Counts(cases=1, steps=news, mails=mails, closed=int(_closes(verdict)))
    return counts


def _closes(verdict: Verdict) -> bool:
    return verdict.over and verdict.file.case.closed_at is None


def _finish(session: Session, held: Claim, verdict: Verdict, mails: int, now: datetime) -> None:
    case = verdict.file.case
    closed = (case.closed_at or now) if verdict.over else None
    values: dict[str, Any] = {"closed_at": closed, "reorder_due": verdict.file.facts.reorder_due}
    if mails:
        values |= {"reminders": case.reminders + mails, "reminded_at": now}
    claims.finish(session, CASES, held, [case.id], verdict.next_at, **values)


def _store_steps(session: Session, verdict: Verdict) -> int:
    """Write what is new or gone. Returns how many steps that changed."""
    case_id, known = verdict.file.case.id, verdict.file.facts.known
    changed = [step for step in CaseStep if verdict.steps.get(step) != known.get(step)]
    if changed:
        old = (CaseStepRow.case_id == case_id) & CaseStepRow.step.in_(changed)
        session.execute(delete(CaseStepRow).where(old))
    rows = [
        {"case_id": case_id, "step": step, "at": made.at, "seen": made.seen, "by": made.by}
        for step in changed
        if (made := verdict.steps.get(step))
    ]
    if rows:
        session.execute(insert(CaseStepRow), rows)
    return len(changed)


def _remind(session: Session, verdict: Verdict, desk: Desk, now: datetime) -> int:
    """Queue the reminders that were not told before. Returns how many."""
    told = 0
    for reminder in verdict.reminders:
        key = f"{MailKind.CASE_REMINDER}:{verdict.file.case.id}:{reminder.reason}.{reminder.nth}"
        if session.scalar(select(exists().where(Mail.dedupe_key == key))):
            continue
        (facts,) = case_facts(session, [verdict.file.case])
        facts |= {"reason": reminder.reason, "nth": reminder.nth, "days": reminder.days}
        facts |= {"step": reminder.step} if reminder.step else {}
        queue_mail(session, desk, MailKind.CASE_REMINDER, desk.consultant, facts, key, now)
        told += 1
    return told
