"""The clock was set back: what was written while it was ahead is brought back to the present.

A machine whose clock was hours ahead (set to local time instead of UTC, say) and is put right has
written times that lie hours ahead: parcels would not be polled and mails not be sent until then.
A job run that began in the future betrays it. What is then brought forward wrongly costs a look.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.claims import Lease
from models.domain.values import AlertState
from models.heartbeat import BEATS
from models.job import JobRun
from models.queue import Queue
from models.queues import ALL_QUEUES, NOTICES
from models.source import Source

#: Smaller steps are nothing to speak of.
TOLERANCE = timedelta(minutes=1)

#: What a run writes as its next time lies mostly within this.
REACH = timedelta(hours=1)

#: A snoozed alert waits for its own date, a reminder for its own day.
_OWED_NOW = or_(Alert.stage == 0, Alert.state == AlertState.RESOLVED)
_NOTICES_OWED = (Alert.state != AlertState.SNOOZED) & _OWED_NOW


def ahead_by(session: Session, now: datetime) -> timedelta | None:
    """How far the newest job run lies in the future, None when it does not. Cheap."""
    newest = session.scalar(select(func.max(JobRun.started_at)))
    return newest - now if newest and newest > now + TOLERANCE else None


def bring_back(session: Session, lease: Lease, now: datetime) -> None:
    """Make due what may have been due, end leases that no clock would give, free the sources."""
    ahead = ahead_by(session, now)
    if ahead is None:
        return
    for queue in (*ALL_QUEUES, BEATS):
        where = _NOTICES_OWED if queue is NOTICES else None
        _bring_back_rows(session, queue, where, lease, now, now + ahead + REACH)
    for source in session.scalars(select(Source).with_for_update()):
        _bring_back_source(source, now, ahead)
    _bring_back_runs(session, lease, now)


def _bring_back_runs(session: Session, lease: Lease, now: datetime) -> None:
    late = now + TOLERANCE
    _write(session, JobRun, JobRun.finished_at > late, finished_at=now)
    until = now + lease.length
    _write(session, JobRun, JobRun.started_at > late, started_at=now, alive_until=until)


def _bring_back_rows(
    session: Session,
    queue: Queue,
    where: ColumnElement[bool] | None,
    lease: Lease,
    now: datetime,
    until: datetime,
) -> None:
    free = [queue.model.claim_token.is_(None), queue.due > now, queue.due <= until]
    if where is not None:
        free.append(where)
    _write(session, queue.model, *free, **{queue.due.key: now})
    # Whoever holds them may still finish: the token counts, not the time.
    too_long = queue.due > now + 2 * lease.length
    held = queue.model.claim_token.is_not(None)
    _write(session, queue.model, held, too_long, **{queue.due.key: now + lease.length})


def _bring_back_source(source: Source, now: datetime, ahead: timedelta) -> None:
    if source.next_request_at and source.next_request_at > now + TOLERANCE:
        source.next_request_at = now
    if source.paused_until and source.paused_until > now + ahead:
        source.paused_until -= ahead
    if source.busy_until and source.busy_until > now + ahead:
        source.busy_until -= ahead


def _write(session: Session, table: type, *where: ColumnElement[bool], **values: object) -> None:
    session.execute(
        update(table).where(*where).values(values).execution_options(synchronize_session=False)
    )
