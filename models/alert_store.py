"""Writes what findings do to alerts; the decisions are `models.domain.alerting`'s."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.case_store import TAKEN_OVER
from models.claims import set_due
from models.domain.alerting import (
    LAPSES_AT,
    Change,
    KnownAlert,
    fingerprint,
    reconcile,
)
from models.domain.values import AlertState, Finding, Severity
from models.queues import NOTICES
from models.system_alerts import SYSTEM_RULES

#: Alerts below this urgency never cause a mail: info waits for the digest, low for the next mail.
_MAILED = (Severity.MEDIUM, Severity.HIGH)


@dataclass(frozen=True)
class Subject:
    """Whose findings are written: her row, her orders and parcels by number, first sight or not.

    `accepted`: rows of orders that the user called fine herself; she needs no all-clear for them.
    `in_hand` are the numbers of her orders that have an open case.
    """

    customer_row: int
    orders: Mapping[str, int]
    shipments: Mapping[str, int]
    first_sight: bool
    accepted: frozenset[int] = frozenset()
    in_hand: Collection[str] = ()


def known_alerts(session: Session, customer_rows: Iterable[int]) -> dict[int, list[Alert]]:
    """All alerts about the customers, ended ones too, by her row."""
    found: dict[int, list[Alert]] = {row: [] for row in customer_rows}
    query = select(Alert).where(Alert.customer_id.in_(found), Alert.rule.not_in(SYSTEM_RULES))
    for alert in session.scalars(query):
        found[alert.customer_id or 0].append(alert)
    return found


def write_findings(
    session: Session,
    subject: Subject,
    findings: Iterable[Finding],
    alerts: Iterable[Alert],
    now: datetime,
) -> list[str]:
    """Make the alerts say what the findings say. Returns the kinds of the changes made."""
    by_key = {alert.key: alert for alert in alerts}
    changes = reconcile(findings, [_known(alert) for alert in by_key.values()], now)
    for change in changes:
        alert = by_key.get(change.key)
        if alert is None:
            alert = Alert(key=change.key, episode=0, state=AlertState.RESOLVED, stage=0)
            session.add(alert)
        _apply(alert, change, subject, now)
    return [change.kind for change in changes]


def _known(alert: Alert) -> KnownAlert:
    lapses = alert.details.get(LAPSES_AT)
    return KnownAlert(
        alert.key,
        alert.rule,
        alert.state,
        alert.severity,
        alert.episode,
        alert.fingerprint,
        datetime.fromisoformat(lapses) if isinstance(lapses, str) else None,
    )


def _apply(alert: Alert, change: Change, subject: Subject, now: datetime) -> None:
    if change.finding is None:
        hers = alert.shipment_id is None and alert.order_id in subject.accepted
        _resolve(alert, now, all_clear=not change.lapsed and not hers)
        return
    _copy(alert, change.finding, subject)
    if change.kind in ("open", "worsen", "reopen"):
        _begin_episode(alert, subject.first_sight and change.kind == "open", now)
        if change.finding.order in subject.in_hand and alert.rule in TAKEN_OVER:
            _acknowledge(alert)
    elif alert.severity not in _MAILED:
        set_due(NOTICES, alert, None)


def _copy(alert: Alert, finding: Finding, subject: Subject) -> None:
    alert.rule, alert.severity = finding.rule, finding.severity
    alert.customer_id = subject.customer_row
    alert.order_id = subject.orders.get(finding.order or "")
    alert.shipment_id = subject.shipments.get(finding.shipment or "")
    alert.month, alert.deadline = finding.month, finding.deadline
    alert.details, alert.fingerprint = dict(finding.details), fingerprint(finding)


def _begin_episode(alert: Alert, first_sight: bool, now: datetime) -> None:
    alert.state = AlertState.OPEN
    alert.episode, alert.stage = alert.episode + 1, 0
    alert.opened_at, alert.resolved_at, alert.snoozed_until = now, None, None
    alert.summary = first_sight
    mailed = alert.severity in _MAILED and not first_sight
    set_due(NOTICES, alert, now if mailed else None)


def _acknowledge(alert: Alert) -> None:
    """A case stands for it: whatever becomes of it is seen already."""
    alert.state, alert.summary = AlertState.ACKED, False
    set_due(NOTICES, alert, None)


def _resolve(alert: Alert, now: datetime, all_clear: bool) -> None:
    # Whoever was told of something urgent is told that it is over; the rest just ends.
    owed = all_clear and alert.stage > 0 and alert.severity is Severity.HIGH
    alert.state, alert.resolved_at = AlertState.RESOLVED, now
    set_due(NOTICES, alert, now if owed else None)
