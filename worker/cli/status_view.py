"""The program's state as JSON: what `orderwatch status` shows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.alerting import STANDING_STATES
from models.domain.values import OPEN_PARCEL_STATES, AlertState, MailState, ParcelState, RunState
from models.finding_facts import utc_text
from models.heartbeat import last_beat
from models.job import JobRun
from models.mail import Mail
from models.shipment import Shipment
from models.source import Source
from models.system_alerts import SYSTEM_RULES

if TYPE_CHECKING:
    from worker.jobs import Jobs

View = dict[str, Any]

#: Where orders come from; the other sources are carriers and the mail server.
_ORDER_SOURCES = ("backoffice", "import")

#: A parcel that its carrier does not know yet has no state.
NOT_KNOWN_YET = "not_known_yet"


def status_view(session: Session, jobs: Jobs, silent: str | None, now: datetime) -> View:
    """Last sync, open parcels, alerts and mails by state, due rows by job, and health.

    `silent`: why the program is taken for dead, as `orderwatch health` says it.
    """
    mail = _mails(session)
    due = {name: _due(session, job.rows.due_ids(now)) for name, job in jobs.items()}
    return {
        "last_sync": utc_text(_last_sync(session)),
        "shipments": _open_parcels(session),
        "alerts": _alerts(session),
        "mail": mail,
        "running": _running(session, now),
        "last_heartbeat": utc_text(last_beat(session)),
        "backlog": sum(due.values()),
        "due": due,
        "health": "; ".join([*filter(None, [silent]), *_troubles(session, mail)]) or "ok",
    }


def _running(session: Session, now: datetime) -> list[View]:
    """What runs now, and where."""
    alive = (JobRun.state == RunState.RUNNING) & (JobRun.alive_until >= now)
    runs = session.scalars(select(JobRun).where(alive).order_by(JobRun.id))
    return [
        {
            "id": run.id,
            "job": run.job,
            "started_at": utc_text(run.started_at),
            "host": run.host,
            "pid": run.pid,
        }
        for run in runs
    ]


def _last_sync(session: Session) -> datetime | None:
    sources = session.scalars(select(Source).where(Source.name.in_(_ORDER_SOURCES)))
    moments = (source.last_ok_at for source in sources)
    return max(filter(None, moments), default=None)


def _open_parcels(session: Session) -> dict[str, int]:
    counts = _by_state(session, Shipment.state, Shipment.state.in_(OPEN_PARCEL_STATES))
    found = {state.value: counts[state] for state in ParcelState if state in counts}
    # A parcel without a state that nobody asks about is long gone, not on its way.
    asked = Shipment.next_poll_at.is_not(None) & Shipment.state.is_(None)
    new = session.scalar(select(func.count()).select_from(Shipment).where(asked))
    return found | ({NOT_KNOWN_YET: new} if new else {})


def _alerts(session: Session) -> dict[str, int]:
    counts = _by_state(session, Alert.state, Alert.state.in_(STANDING_STATES))
    return {s.value: counts.get(s, 0) for s in AlertState if s in STANDING_STATES}


def _mails(session: Session) -> dict[str, int]:
    counts = _by_state(session, Mail.state)
    return {state.value: counts.get(state, 0) for state in MailState}


def _by_state(session: Session, column: Any, *where: Any) -> dict[Any, int]:
    rows = session.execute(select(column, func.count()).where(*where).group_by(column))
    return {row[0]: row[1] for row in rows}


def _due(session: Session, ids: Any) -> int:
    return session.scalar(select(func.count()).select_from(ids.order_by(None).subquery())) or 0


def _troubles(session: Session, mail: dict[str, int]) -> list[str]:
    """Why the program needs somebody, in a few words each; nothing when it does not."""
    failing = session.scalars(
        select(Source).where(Source.failures > 0, Source.name.in_(_ORDER_SOURCES))
    )
    troubles = [f"reading {s.name} fails since {utc_text(s.failing_since)}" for s in failing]
    rules = session.scalars(
        select(Alert.rule)
        .where(Alert.rule.in_(SYSTEM_RULES), Alert.state == AlertState.OPEN)
        .group_by(Alert.rule)
        .order_by(Alert.rule)
    ).all()
    if rules:
        troubles.append(f"open system alerts: {', '.join(rules)}")
    if parked := mail[MailState.PARKED.value]:
        troubles.append(f"{parked} parked mail" + ("s" if parked > 1 else ""))
    return troubles
