"""After a restore: what waited in the backup is not sent, since nobody knows what was sent later.

Customers' mail waits for a human, our own is dropped; what still needs somebody goes into one
summary, after everything was read again, as at a first sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from models import stop_list
from models.alert import Alert
from models.customer import Customer
from models.domain.values import AlertState, MailKind, MailState, RunState
from models.job import JobRun, Slot
from models.mail import Mail
from models.mark import MOVED, RESTORED, remove_mark, set_mark
from models.order import Invoice
from models.source import Source
from models.stop_list import StopMark
from models.system_alerts import SYSTEM_RULES
from models.upsert import insert_or_ignore
from tasks.housekeeping.erase import erase
from tasks.run import Counts

#: Whose mails were read by people outside: what became of them only a human can find out.
TO_CUSTOMERS = (MailKind.INVOICE_COPY,)

#: Reviews wait for the first sync, which makes them due; without one they don't wait for long.
READ_FIRST = timedelta(hours=1)

WAITED = "it waited in a backup that was restored: `mail resend` if she has not got it"
SKIPPED = "it was due in a backup that was restored: `invoices send` if she has not got it"

_WAITING = Mail.state.in_((MailState.QUEUED, MailState.SENDING))


def make_past(
    session: Session,
    made_at: str,
    answered: Iterable[tuple[str, datetime]],
    anew: Iterable[str],
    now: datetime,
) -> Counts:
    """Turn everything that was about to happen into past. Returns what was held back, by name.

    `made_at`: when the backup was made; `answered`: the latest slot of each schedule that must
    not be made up for (job, UTC); `anew`: the jobs that are to run at the next start.
    """
    counts = Counts(parked_mails=_park_mails(session, now), dropped_mails=_drop_mails(session))
    counts["skipped_invoices"] = _skip_copies(session)
    _forget_runs(session, answered, now)
    insert_or_ignore(session, Slot, [{"job": j, "due_at": now, "next_run_at": now} for j in anew])
    counts["alerts_for_summary"] = _gather_alerts(session, now)
    _first_sight(session, now)
    remove_mark(session, MOVED)
    set_mark(session, RESTORED, now, f"from a backup of {made_at}")
    return counts


def stay_erased(session: Session, marks: Sequence[StopMark], now: datetime) -> int:
    """Who was erased after the backup was made is erased from it too. Returns how many.

    `marks` is the stop-list as it was before the restore, maybe of another database than the
    backup's: then both lists hold from now on.
    """
    if not marks:
        return 0
    rows = [{"mark": m.mark, "salt": m.salt, "erased_at": m.erased_at} for m in marks]
    insert_or_ignore(session, StopMark, rows)
    stopped = stop_list.load(session)
    people = session.scalars(select(Customer).where(Customer.is_owner.is_(False))).all()
    erased = [person for person in people if stopped.holds(person.member_id)]
    for person in erased:
        erase(session, person, now)
    return len(erased)


def _park_mails(session: Session, now: datetime) -> int:
    rows = update(Mail).where(_WAITING, Mail.kind.in_(TO_CUSTOMERS))
    parked = {"state": MailState.PARKED, "parked_at": now, "error": WAITED}
    return _count(session.execute(rows.values(parked | _IDLE)))


def _drop_mails(session: Session) -> int:
    rows = update(Mail).where(_WAITING, Mail.kind.not_in(TO_CUSTOMERS))
    return _count(session.execute(rows.values({"state": MailState.CANCELLED} | _IDLE)))


_IDLE: dict[str, Any] = {"next_attempt_at": None, "claim_token": None}


def _skip_copies(session: Session) -> int:
    rows = update(Invoice).where(Invoice.next_copy_at.is_not(None))
    skipped = {"state": "skipped", "reason": SKIPPED, "next_copy_at": None, "claim_token": None}
    return _count(session.execute(rows.values(skipped)))


def _forget_runs(session: Session, answered: Iterable[tuple[str, datetime]], now: datetime) -> None:
    dead = {"state": RunState.ABANDONED, "finished_at": now, "error": "a backup was restored"}
    session.execute(update(JobRun).where(JobRun.state == RunState.RUNNING).values(dead))
    done = {"next_run_at": None, "finished_at": now, "claim_token": None}
    session.execute(update(Slot).where(Slot.next_run_at.is_not(None)).values(done))
    slots = [{"job": job, "due_at": at, "finished_at": now} for job, at in answered]
    insert_or_ignore(session, Slot, slots)


def _gather_alerts(session: Session, now: datetime) -> int:
    """Whatever stands goes into the summary, as a new episode; the program's own begin anew."""
    own = Alert.rule.in_(SYSTEM_RULES)
    over = {"state": AlertState.RESOLVED, "resolved_at": now, "next_notice_at": None}
    live = Alert.state.not_in((AlertState.RESOLVED, AlertState.DISMISSED))
    session.execute(update(Alert).where(own, live).values(over))
    silent = {"next_notice_at": None, "claim_token": None}
    ended = Alert.state == AlertState.RESOLVED
    session.execute(update(Alert).where(ended, Alert.next_notice_at.is_not(None)).values(silent))
    told = {"summary": True, "stage": 0, "episode": Alert.episode + 1} | silent
    return _count(session.execute(update(Alert).where(Alert.state == AlertState.OPEN).values(told)))


def _first_sight(session: Session, now: datetime) -> None:
    """Everybody is read and reviewed anew, and a summary is owed after that.

    Orders that come with the next reading may have been told of before the backup was needed.
    """
    known = or_(Source.baseline_at.is_not(None), Source.summary_due_at.is_not(None))
    owed = {"summary_due_at": now, "busy_token": None, "busy_until": None}
    session.execute(update(Source).where(known).values(owed))
    session.execute(
        update(Source).where(known, Source.name == "backoffice").values(baseline_at=None)
    )
    anew = {"baseline": True, "list_hash": None, "claim_token": None, "attempts": 0}
    session.execute(update(Customer).values(anew))
    at = now + READ_FIRST if session.get(Source, "backoffice") else now
    waiting = Customer.next_review_at.is_not(None)
    session.execute(update(Customer).where(waiting).values(next_review_at=at))


def _count(result: object) -> int:
    return result.rowcount if isinstance(result, CursorResult) else 0
