"""The job `send-alerts`: puts alerts that are due into mails, those of one moment into one mail."""

from __future__ import annotations

from collections import defaultdict
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
from tasks.alerts.notices import record_notices
from tasks.alerts.rules import MOST_IN_ONE_MAIL, mail_kind
from tasks.alerts.summary import send_summaries
from tasks.ports import Clock
from tasks.run import Counts, Run
from tasks.taking import take


@dataclass(frozen=True)
class AlertOptions:
    """Who hears of alerts, and when nobody does."""

    desk: Desk
    quiet: QuietHours | None
    lease: Lease
    summary_at_once: bool = False
    """Write the first-sync summary without waiting for the first news of the parcels."""


def send_alerts(db: Database, clock: Clock, options: AlertOptions, run: Run) -> Counts:
    """Queue the mails that alerts owe; quiet hours hold the mail, never the check."""
    counts = Counts()
    now = clock.now()
    quiet_until = options.quiet.until(now) if options.quiet else None
    if quiet_until is None:
        counts["mails"] += send_summaries(db, options.desk, now, at_once=options.summary_at_once)
    while not run.stopping():
        held = take(db, clock, NOTICES, options.lease, MOST_IN_ONE_MAIL)
        if not held.ids:
            break
        counts["alerts"] += len(held.ids)
        counts["mails"] += _notice(db, held, options.desk, now, quiet_until)
    return +counts


def _notice(
    db: Database, held: Claim, desk: Desk, now: datetime, quiet_until: datetime | None
) -> int:
    with db.write() as session:
        ours = claims.still_held(session, NOTICES, held)
        alerts = session.scalars(select(Alert).where(Alert.id.in_(ours)).order_by(Alert.id)).all()
        groups: defaultdict[MailKind | None, list[Alert]] = defaultdict(list)
        for alert in alerts:
            _wake(alert, now)
            kind = mail_kind(alert.rule in SYSTEM_RULES, alert.state, alert.stage)
            groups[kind].append(alert)
        if quiet_until is not None:
            _hold(session, held, groups, quiet_until)
        return sum(
            _queue(session, held, desk, kind, group, now) for kind, group in groups.items() if group
        )


def _wake(alert: Alert, now: datetime) -> None:
    """A snoozed alert whose time has come is open again, and reminds."""
    if alert.state is AlertState.SNOOZED and alert.snoozed_until and alert.snoozed_until <= now:
        alert.state, alert.snoozed_until = AlertState.OPEN, None


def _hold(
    session: Session,
    held: Claim,
    groups: dict[MailKind | None, list[Alert]],
    until: datetime,
) -> None:
    """Leave the consultant's mails for the morning; the operator's own go at any hour."""
    for kind, group in groups.items():
        if kind not in (None, MailKind.OPERATOR):
            claims.give_back(session, NOTICES, held, [alert.id for alert in group], until)
            group.clear()


def _queue(
    session: Session,
    held: Claim,
    desk: Desk,
    kind: MailKind | None,
    group: list[Alert],
    now: datetime,
) -> int:
    claims.finish(session, NOTICES, held, [alert.id for alert in group], None)
    if kind is None:
        return 0
    if kind is MailKind.OPERATOR:
        for alert in group:
            _tell(session, desk, kind, desk.operator, [alert], _system_facts(alert), now)
        return len(group)
    if kind is MailKind.ALERT:
        group = group + _waiting(session)
    facts = {"findings": _findings(session, group, kind)}
    _tell(session, desk, kind, desk.consultant, group, facts, now)
    return 1


def _findings(session: Session, group: list[Alert], kind: MailKind) -> list[dict[str, Any]]:
    found = finding_facts(session, group)
    if kind is MailKind.REMINDER:
        for facts, alert in zip(found, group, strict=True):
            facts |= {"since": utc_text(alert.opened_at), "stage": alert.stage + 1}
    return found


def _waiting(session: Session) -> list[Alert]:
    """Alerts too small for a mail of their own go along with the next one."""
    query = select(Alert).where(
        Alert.severity == Severity.LOW,
        Alert.state == AlertState.OPEN,
        Alert.stage == 0,
        Alert.summary.is_(False),
    )
    return list(session.scalars(query.order_by(Alert.id).limit(MOST_IN_ONE_MAIL)))


def _system_facts(alert: Alert) -> dict[str, Any]:
    return {
        "rule": alert.rule,
        "title": alert.details.get("subject", ""),
        "detail": alert.details.get("detail", ""),
        "since": alert.details.get("since") or utc_text(alert.opened_at),
        "until": utc_text(alert.resolved_at),
    }


def _tell(
    session: Session,
    desk: Desk,
    kind: MailKind,
    recipient: str,
    group: list[Alert],
    facts: dict[str, Any],
    now: datetime,
) -> None:
    first = group[0]
    key = f"{kind}:{first.key}:{first.episode}.{first.stage + 1}"
    mail_id = queue_mail(session, desk, kind, recipient, facts, key, now)
    record_notices(session, group, mail_id)
