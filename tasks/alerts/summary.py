"""The first-sync summary: one mail about what was found when customers were first seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, exists, func, or_, select, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.customer import Customer
from models.domain.values import OPEN_PARCEL_STATES, AlertState, MailKind, Severity
from models.finding_facts import finding_facts
from models.mark import RESTORED, find_mark
from models.order import Order
from models.outbox import Desk, queue_mail
from models.session import Database
from models.shipment import Shipment
from models.source import Source
from tasks.alerts.notices import record_notices
from tasks.alerts.reminders import Reminding
from tasks.alerts.rules import MOST_IN_ONE_MAIL, urgency


def summary_is_due(session: Session, now: datetime) -> bool:
    """Whether a summary is owed, and everybody who was first seen has been looked at."""
    return bool(_owing(session, now)) and not session.scalar(select(exists().where(_unseen())))


def _owing(session: Session, now: datetime) -> Sequence[Source]:
    """The sources that owe a summary, were read to the end once, and are not being read now."""
    idle = or_(Source.busy_until.is_(None), Source.busy_until <= now)
    whole = Source.baseline_at.is_not(None)
    owing = select(Source).where(Source.summary_due_at.is_not(None), whole, idle)
    return session.scalars(owing).all()


def _unseen() -> ColumnElement[bool]:
    return Customer.baseline & Customer.next_review_at.is_not(None)


def send_summaries(
    db: Database, desk: Desk, now: datetime, reminding: Reminding, *, at_once: bool = False
) -> int:
    """Queue the summary of each source that owes one. Returns how many mails that made.

    `at_once`: without waiting for the first news of the parcels.
    """
    with db.write() as session:
        if not at_once and not summary_is_due(session, now):
            return 0
        owing = _owing(session, now)
        return sum(_send(session, desk, source, now, reminding) for source in owing)


def _send(session: Session, desk: Desk, source: Source, now: datetime, reminding: Reminding) -> int:
    owed = source.summary_due_at
    if owed is None:
        return 0
    won = session.execute(
        update(Source)
        .where(Source.name == source.name, Source.summary_due_at == owed)
        .values(summary_due_at=None)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(won, CursorResult) or not won.rowcount:
        return 0
    alerts = _found(session)
    running = source.baseline_at is not None and source.baseline_at < owed
    if not alerts and running:
        return 0  # new customers in a running account, and nothing to say about them
    facts = _totals(session) | {"findings": finding_facts(session, alerts[:MOST_IN_ONE_MAIL])}
    facts |= {
        "more": len(alerts[MOST_IN_ONE_MAIL:]),
        "running": running and not _is_restored(session, owed),
    }
    key = f"{MailKind.FIRST_SYNC_SUMMARY}:{source.name}:{owed:%Y-%m-%dT%H:%M:%S}"
    mail_id = queue_mail(
        session, desk, MailKind.FIRST_SYNC_SUMMARY, desk.consultant, facts, key, now
    )
    if alerts:
        record_notices(session, alerts, mail_id)
    for alert in alerts:
        alert.next_notice_at = reminding.next_after(
            now, alert.rule, alert.severity, 1, alert.deadline
        )
    return 1


def _is_restored(session: Session, owed: datetime) -> bool:
    """Whether the summary is that of a restore: it is about everybody."""
    restored = find_mark(session, RESTORED)
    return restored is not None and restored.at == owed


def _found(session: Session) -> list[Alert]:
    query = select(Alert).where(
        Alert.summary,
        Alert.stage == 0,
        Alert.state == AlertState.OPEN,
        Alert.severity != Severity.INFO,
    )
    found = session.scalars(query.order_by(Alert.id))
    return sorted(found, key=lambda alert: urgency(alert.severity, alert.deadline))


def _totals(session: Session) -> dict[str, Any]:
    first, last = session.execute(select(func.min(Order.pv_month), func.max(Order.pv_month))).one()
    under_way = Shipment.state.in_(OPEN_PARCEL_STATES)
    return {
        "customers": session.scalar(select(func.count()).select_from(Customer)),
        "orders": session.scalar(select(func.count()).select_from(Order)),
        "months": [str(month) for month in (first, last) if month],
        "parcels_open": session.scalar(select(func.count()).select_from(Shipment).where(under_way)),
    }
