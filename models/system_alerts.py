"""Alerts about the program itself (sync-failing, source-changed, …): one per outage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.claims import set_due
from models.domain.values import AlertState, Severity
from models.queues import NOTICES
from models.upsert import insert_or_ignore

SYSTEM_RULES = frozenset(
    {
        "sync-failing",
        "source-changed",
        "tracking-unavailable",
        "mail-failing",
        "job-parked",
        "unknown-status-code",
    }
)

_LIVE = (AlertState.OPEN, AlertState.ACKED, AlertState.SNOOZED)


def open_system_alert(
    session: Session,
    rule: str,
    subject: str,
    detail: str,
    now: datetime,
    *,
    anew: bool = False,
    **details: Any,
) -> bool:
    """Open the alert of `rule` about `subject`, unless it is open. Returns whether it is new.

    `anew`: also when it is open or was dismissed, since the same has happened once more.
    """
    key = f"{rule}:{subject}"
    # Processes that notice an outage together must not break each other's transaction.
    insert_or_ignore(session, Alert, [_blank(key, rule, now)])
    alert = session.scalars(select(Alert).where(Alert.key == key).with_for_update()).one()
    if not anew and alert.state in (*_LIVE, AlertState.DISMISSED):
        return False
    alert.state, alert.severity = AlertState.OPEN, Severity.HIGH
    alert.episode, alert.stage = alert.episode + 1, 0
    alert.opened_at, alert.resolved_at = now, None
    set_due(NOTICES, alert, now)
    alert.details = {"subject": subject, "detail": detail} | details
    return True


def find_system_alert(session: Session, rule: str, subject: str) -> Alert | None:
    """The alert of `rule` about `subject` while it is not resolved, locked; None otherwise."""
    key = Alert.key == f"{rule}:{subject}"
    alert = session.scalar(select(Alert).where(key).with_for_update())
    return alert if alert is not None and alert.state is not AlertState.RESOLVED else None


def is_open(session: Session, rule: str) -> bool:
    """Whether any alert of `rule` stands."""
    standing = select(Alert.id).where(Alert.rule == rule, Alert.state.in_(_LIVE))
    return session.scalar(standing.limit(1)) is not None


def is_standing(session: Session, rule: str, subject: str) -> bool:
    """Whether the alert of `rule` about `subject` has not ended; a dismissed one has not either."""
    theirs = (Alert.key == f"{rule}:{subject}") & (Alert.state != AlertState.RESOLVED)
    return bool(session.scalar(select(exists().where(theirs))))


def _blank(key: str, rule: str, now: datetime) -> dict[str, Any]:
    blank = {"key": key, "rule": rule, "episode": 0, "fingerprint": "", "opened_at": now}
    return blank | {"state": AlertState.RESOLVED, "severity": Severity.HIGH}


def close_system_alert(session: Session, rule: str, subject: str, now: datetime) -> bool:
    """Resolve it; one that was mailed gets a notice that says how long it lasted."""
    alert = find_system_alert(session, rule, subject)
    if alert is None:
        return False
    alert.state, alert.resolved_at = AlertState.RESOLVED, now
    set_due(NOTICES, alert, now if alert.stage else None)
    return True
