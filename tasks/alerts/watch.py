"""The job `send-alerts`: puts alerts that are due into mails, those of one moment into one mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import claims
from models.alert import Alert
from models.claims import Claim, Lease
from models.domain.hours import QuietHours
from models.domain.values import AlertState, MailKind, Severity
from models.finding_facts import finding_facts, utc_text
from models.outbox import Desk, queue_mail
from models.queues import NOTICES
from models.session import Database
from models.system_alerts import SYSTEM_RULES
from tasks.alerts.few import full_until
from tasks.alerts.notices import first_message, record_notices
from tasks.alerts.reminders import Reminding
from tasks.alerts.rules import MOST_AT_ONCE, MOST_IN_ONE_MAIL, mail_kind, urgency
from tasks.alerts.summary import send_summaries
from tasks.ports import Clock
from tasks.run import Counts, Run
from tasks.taking import take

#: The urgent before the pleasant: the mails that an hour has room for are written in this order.
_ORDER = (MailKind.ALERT, MailKind.REMINDER, MailKind.ALL_CLEAR)

_TOLD_AGAIN = (MailKind.ALERT, MailKind.REMINDER)


@dataclass(frozen=True)
class AlertOptions:
    """Who hears of alerts, when nobody does, how often again, and at most how often an hour."""

    desk: Desk
    quiet: QuietHours | None
    lease: Lease
    reminding: Reminding
    per_hour: int
    summary_at_once: bool = False
    """Write the first-sync summary without waiting for the first news of the parcels."""


def send_alerts(db: Database, clock: Clock, options: AlertOptions, run: Run) -> Counts:
    """Queue the mails that alerts owe; quiet hours hold the mail, never the check."""
    counts = Counts()
    now = clock.now()
    quiet_until = options.quiet.until(now) if options.quiet else None
    if quiet_until is None:
        at_once = options.summary_at_once
        counts["mails"] += send_summaries(db, options.desk, now, options.reminding, at_once=at_once)
    while not run.stopping():
        held = take(db, clock, NOTICES, options.lease, MOST_AT_ONCE)
        if not held.ids:
            break
        counts["alerts"] += len(held.ids)
        with db.write() as session:
            counts["mails"] += _Notices(session, held, options, now, quiet_until).write()
    return +counts


class _Notices:
    """The notices of one claim, in one transaction."""

    def __init__(
        self,
        session: Session,
        held: Claim,
        options: AlertOptions,
        now: datetime,
        quiet_until: datetime | None,
    ) -> None:
        self.session, self.held, self.options = session, held, options
        self.now, self.quiet_until = now, quiet_until

    def write(self) -> int:
        """Queue the mails, hold what has to wait. Returns how many mails that made."""
        groups = self._groups()
        solved, groups[MailKind.ALL_CLEAR] = groups[MailKind.ALL_CLEAR], []
        for alert in solved:
            followed = _is_followed(alert.shipment_id, groups[MailKind.ALERT])
            groups[None if followed else MailKind.ALL_CLEAR].append(alert)
        self._end(groups.pop(None, []))
        system = groups.pop(MailKind.OPERATOR, [])
        mails = sum(self._operator(alert) for alert in system)
        return mails + sum(self._consultant(kind, groups[kind]) for kind in _ORDER if groups[kind])

    def _groups(self) -> defaultdict[MailKind | None, list[Alert]]:
        ours = claims.still_held(self.session, NOTICES, self.held)
        alerts = self.session.scalars(select(Alert).where(Alert.id.in_(ours)))
        groups: defaultdict[MailKind | None, list[Alert]] = defaultdict(list)
        for alert in sorted(alerts, key=lambda a: (urgency(a.severity, a.deadline), a.id)):
            _wake(alert, self.now)
            groups[mail_kind(alert.rule in SYSTEM_RULES, alert.state, alert.stage)].append(alert)
        return groups

    def _operator(self, alert: Alert) -> int:
        """The operator's own trouble goes at any hour, a mail each."""
        if until := self._full_until(MailKind.OPERATOR):
            return self._hold([alert], until)
        self._end([alert])
        desk = self.options.desk
        return self._tell(MailKind.OPERATOR, desk.operator, [alert], _system_facts(alert))

    def _consultant(self, kind: MailKind, group: list[Alert]) -> int:
        if until := self.quiet_until or self._full_until(kind):
            return self._hold(group, until)
        self._end(group, again=kind in _TOLD_AGAIN)
        if kind is MailKind.ALERT:
            group = group + _waiting(self.session)
        findings = self._findings(group[:MOST_IN_ONE_MAIL], kind)
        facts = {"findings": findings, "more": len(group[MOST_IN_ONE_MAIL:])}
        return self._tell(kind, self.options.desk.consultant, group, facts)

    def _full_until(self, kind: MailKind) -> datetime | None:
        return full_until(self.session, kind, self.options.per_hour, self.now)

    def _hold(self, group: Sequence[Alert], until: datetime) -> int:
        ids = [alert.id for alert in group]
        claims.give_back(self.session, NOTICES, self.held, ids, until)
        return 0

    def _end(self, group: Sequence[Alert], *, again: bool = False) -> None:
        """End the claims, each with the time of its reminder if it is to be told again."""
        later: defaultdict[datetime | None, list[int]] = defaultdict(list)
        for alert in group:
            later[self._reminder(alert) if again else None].append(alert.id)
        for next_at, ids in later.items():
            claims.finish(self.session, NOTICES, self.held, ids, next_at)

    def _reminder(self, alert: Alert) -> datetime | None:
        notices = alert.stage + 1
        return self.options.reminding.next_after(
            self.now, alert.rule, alert.severity, notices, alert.deadline
        )

    def _findings(self, group: list[Alert], kind: MailKind) -> list[dict[str, Any]]:
        found = finding_facts(self.session, group)
        if kind is MailKind.REMINDER:
            for facts, alert in zip(found, group, strict=True):
                facts |= {"since": utc_text(alert.opened_at), "stage": alert.stage}
        return found

    def _tell(
        self, kind: MailKind, recipient: str, group: list[Alert], facts: dict[str, Any]
    ) -> int:
        first, desk = group[0], self.options.desk
        key = f"{kind}:{first.key}:{first.episode}.{first.stage + 1}"
        answered = first_message(self.session, group)
        mail_id = queue_mail(
            self.session, desk, kind, recipient, facts, key, self.now, in_reply_to=answered
        )
        record_notices(self.session, group, mail_id)
        return 1


def _is_followed(shipment_id: int | None, opened: Sequence[Alert]) -> bool:
    """Whether the next trouble of the same parcel has just been found: then nothing is solved."""
    return shipment_id is not None and shipment_id in {alert.shipment_id for alert in opened}


def _wake(alert: Alert, now: datetime) -> None:
    """A snoozed alert whose time has come is open again, and reminds."""
    if alert.state is AlertState.SNOOZED and alert.snoozed_until and alert.snoozed_until <= now:
        alert.state, alert.snoozed_until = AlertState.OPEN, None


def _waiting(session: Session) -> list[Alert]:
    """Alerts too small for a mail of their own go along with the next one."""
    query = select(Alert).where(
        Alert.severity == Severity.LOW,
        Alert.state == AlertState.OPEN,
        Alert.stage == 0,
        Alert.summary.is_(False),
    )
    # Another worker may be taking the same ones along.
    query = query.with_for_update(skip_locked=True)
    return list(session.scalars(query.order_by(Alert.id).limit(MOST_IN_ONE_MAIL)))


def _system_facts(alert: Alert) -> dict[str, Any]:
    return {
        "rule": alert.rule,
        "title": alert.details.get("subject", ""),
        "detail": alert.details.get("detail", ""),
        "files": alert.details.get("files"),
        "since": alert.details.get("since") or utc_text(alert.opened_at),
        "until": utc_text(alert.resolved_at),
    }
