"""What a case waits for, when it reminds, and when it is over. Pure.

Decisions where the domain reference leaves room:
- over: credited (or cancelled before shipping, which counts once the order is gone from the lists
  or has stayed unshipped for some working days), and, where a loyalty order was due instead,
  reordered or the PV month has passed;
- a reminder comes at most three times for one reason: after that the digest still lists the case;
- what was due before a backup was restored may have been told after it was made, so it is past. Of
  what happened on a day the hour may be unknown: on the day of the restore it is told once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from models.domain.values import CaseStep
from tasks.cases.facts import CaseFacts, Step

Reason = Literal["credit", "delivered", "shipped", "slow"]

#: So often one reason is worth a mail.
MOST_REMINDERS = 3

_BACK = (CaseStep.RETURNING, CaseStep.RETURNED, CaseStep.CREDITED)


@dataclass(frozen=True, slots=True)
class Reminder:
    """Why the consultant should hear of the case; `days` are what she waited already.

    `since` is when it was due at the latest (aware UTC).
    """

    reason: Reason
    nth: int
    since: datetime
    days: int | None = None

    @property
    def step(self) -> CaseStep | None:
        """The step that the reminder is about, where it is a certain one."""
        return _ABOUT.get(self.reason)


_ABOUT: Mapping[Reason, CaseStep] = {
    "credit": CaseStep.RETURNED,
    "delivered": CaseStep.DELIVERED,
    "shipped": CaseStep.SHIPPED,
}


def is_over(case: CaseFacts, steps: Mapping[CaseStep, Step], now: datetime) -> bool:
    """Whether nothing is left to do or to wait for."""
    if not _undone(case, steps, case.day(now)):
        return False
    settled = CaseStep.REORDERED in steps or not case.reorder_due
    return settled or case.day(now) >= _month_over(case)


def _undone(case: CaseFacts, steps: Mapping[CaseStep, Step], today: date) -> bool:
    if CaseStep.CREDITED in steps:
        return True
    if CaseStep.CANCELLED not in steps or CaseStep.SHIPPED in steps:
        return False
    asked = case.day(steps[CaseStep.CANCELLED].at)
    waited = case.workdays.workdays_between(asked, today)
    return case.order.cancelled or waited >= case.limits.cancel_working_days


def due_reminders(case: CaseFacts, steps: Mapping[CaseStep, Step], now: datetime) -> list[Reminder]:
    """The reminders that are due; of one reason the latest only. Their keys make each come once."""
    if _undone(case, steps, case.day(now)):
        return []
    if CaseStep.RETURNED in steps:
        due = _no_credit(case, case.day(steps[CaseStep.RETURNED].at), case.day(now))
    else:
        due = [*_too_late(case, steps), *_slow(case, case.day(now))]
    past = case.restored_at
    return [reminder for reminder in due if past is None or reminder.since > past]


def _no_credit(case: CaseFacts, returned: date, today: date) -> list[Reminder]:
    each = case.limits.credit_working_days
    waited = case.workdays.workdays_between(returned, today)
    nth = min(waited // each, MOST_REMINDERS)
    since = case.start_of(_after_workdays(case, returned, nth * each))
    return [Reminder("credit", nth, since, waited)] if nth else []


def _slow(case: CaseFacts, today: date) -> list[Reminder]:
    opened, each = case.day(case.opened_at), case.limits.long_days
    waited = (today - opened).days
    nth = min(waited // each, MOST_REMINDERS)
    since = case.start_of(opened + timedelta(days=nth * each))
    return [Reminder("slow", nth, since, waited)] if nth else []


def _too_late(case: CaseFacts, steps: Mapping[CaseStep, Step]) -> Iterator[Reminder]:
    """What was to be stopped has gone on all the same."""
    if any(step in steps for step in _BACK):
        return
    delivered = steps.get(CaseStep.DELIVERED)
    if delivered is not None:
        if delivered.at > case.opened_at:
            yield Reminder("delivered", 1, _next_day(case, delivered.at))
    elif CaseStep.CANCELLED in steps and CaseStep.SHIPPED in steps:
        both = max(steps[CaseStep.CANCELLED].at, steps[CaseStep.SHIPPED].at)
        yield Reminder("shipped", 1, _next_day(case, both))


def _next_day(case: CaseFacts, moment: datetime) -> datetime:
    return case.start_of(case.day(moment) + timedelta(days=1))


def next_check_at(case: CaseFacts, steps: Mapping[CaseStep, Step], now: datetime) -> datetime:
    """When time alone may change something, aware UTC. New facts wake the case by themselves."""
    today = case.day(now)
    days = [day for day in _days(case, steps) if day > today]
    return case.start_of(min(days, default=today + timedelta(days=case.limits.long_days)))


def _days(case: CaseFacts, steps: Mapping[CaseStep, Step]) -> Iterator[date]:
    yield _month_over(case)
    limits, opened = case.limits, case.day(case.opened_at)
    for nth in range(1, MOST_REMINDERS + 1):
        yield opened + timedelta(days=nth * limits.long_days)
        if CaseStep.RETURNED in steps:
            returned = case.day(steps[CaseStep.RETURNED].at)
            yield _after_workdays(case, returned, nth * limits.credit_working_days)
    if CaseStep.CANCELLED in steps:
        asked = case.day(steps[CaseStep.CANCELLED].at)
        yield _after_workdays(case, asked, limits.cancel_working_days)


def _after_workdays(case: CaseFacts, day: date, count: int) -> date:
    """The day on which so many full working days after `day` are over."""
    return case.workdays.add_workdays(day, count) + timedelta(days=1)


def _month_over(case: CaseFacts) -> date:
    return case.order.pv_month.plus(1).first_day
