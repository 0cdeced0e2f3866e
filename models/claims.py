"""Claim, renew, finish, give back: the only file that knows leases.

A row is due when its due column is past. `claim` moves that column to the lease's end, raises
`attempts` (just before the work, so that a crash counts too) and writes a token. Whoever finishes
compares the token: a worker that was away for longer than its lease writes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Select, Update, bindparam, func, select, update
from sqlalchemy.orm import Session

from models.base import Base
from models.claimable import Claimable
from models.portions import portions
from models.queue import Queue

#: Back-off after a failed attempt: doubles from the first to the longest.
FIRST_BACK_OFF = timedelta(minutes=1)
LONGEST_BACK_OFF = timedelta(hours=24)

#: Rows whose worker died so often in a row are taken alone: one of them may have killed it.
SUSPECT_AFTER = 2


class ClaimLost(Exception):
    """The lease ended and somebody else has taken the row over; nothing was written."""


@dataclass(frozen=True)
class Claim:
    """What one worker holds: rows under a token until the lease ends. `parked` gave up trying."""

    token: str
    ids: tuple[int, ...]
    parked: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lease:
    """For how long rows are claimed, and after how many attempts they are parked."""

    length: timedelta
    max_attempts: int


def claim(session: Session, queue: Queue, lease: Lease, now: datetime, limit: int) -> Claim:
    """Take up to `limit` due rows. Those among them with no attempts left are parked instead."""
    parked: tuple[int, ...] = ()
    while True:
        # Only those that would be taken: a search for exhausted ones reads all that are due.
        rows = _next_rows(session, queue, now, limit)
        exhausted = [row_id for row_id, attempts in rows if attempts >= lease.max_attempts]
        _park_exhausted(session, queue, exhausted, now)
        parked += tuple(exhausted)
        ids = tuple(row_id for row_id, attempts in rows if attempts < lease.max_attempts)
        if ids or not exhausted:
            break
    held = Claim(uuid.uuid4().hex, ids, parked)
    if ids:
        attempts = queue.model.attempts + 1
        _write(session, queue, ids, now + lease.length, claim_token=held.token, attempts=attempts)
    return held


def claim_along(
    session: Session, queue: Queue, lease: Lease, held: Claim, now: datetime, rows: Select[int]
) -> Claim:
    """The claim, and those of `rows` that are work and that nobody holds: one piece of work."""
    # Not `IS NULL`: SQLite would take the index of the tokens, in which nearly all rows have none.
    free = (queue.due.is_not(None), func.coalesce(queue.model.claim_token, "") == "")
    more = tuple(session.scalars(rows.where(*free).with_for_update(skip_locked=True)))
    if more:
        attempts = queue.model.attempts + 1
        _write(session, queue, more, now + lease.length, claim_token=held.token, attempts=attempts)
    return Claim(held.token, held.ids + more, held.parked)


def _next_rows(session: Session, queue: Queue, now: datetime, limit: int) -> list[tuple[int, int]]:
    """The rows to take, with their attempts: those that did no harm together, then the suspects
    one by one.

    A row that kills its process would otherwise take its whole batch along, until all are parked.
    """
    suspect = queue.model.claim_token.is_not(None) & (queue.model.attempts >= SUSPECT_AFTER)
    due = queue.due_ids(now).add_columns(queue.model.attempts)
    for next_rows in (due.where(~suspect).limit(limit), due.limit(1)):
        rows = session.execute(next_rows.with_for_update(skip_locked=True)).all()
        if rows:
            return [(row.id, row.attempts) for row in rows]
    return []


def make_due(session: Session, queue: Queue, ids: Collection[int], at: datetime) -> None:
    """New facts: the rows are due at `at`, and whoever works on older facts loses the claim."""
    fresh = {"claim_token": None, "attempts": 0, "parked_at": None, "error": None}
    for some in portions(ids):
        _write(session, queue, some, at, **fresh)


def set_due(queue: Queue, row: Claimable, at: datetime | None) -> None:
    """The same for one row that is being written; None = there is nothing more to do for now."""
    setattr(row, queue.due.key, at)
    row.claim_token, row.attempts, row.parked_at, row.error = None, 0, None, None


def _park_exhausted(session: Session, queue: Queue, ids: Collection[int], now: datetime) -> None:
    if ids:
        reason = func.coalesce(queue.model.error, "its process died again and again")
        _write(session, queue, ids, None, parked_at=now, error=reason, claim_token=None)


def renew(session: Session, queue: Queue, held: Claim, lease: Lease, now: datetime) -> None:
    """Hold on for another lease. Raises ClaimLost when somebody else has taken over."""
    _keep(session, queue, held, held.ids, {queue.due.key: now + lease.length})


def still_held(session: Session, queue: Queue, held: Claim) -> frozenset[int]:
    """Which of the claimed rows are still ours, locked until this transaction ends."""
    rows = select(queue.model.id).where(queue.model.claim_token == held.token).with_for_update()
    return frozenset(session.scalars(rows))


def write_held(
    session: Session, queue: Queue, held: Claim, rows: Mapping[int, dict[str, Any]]
) -> frozenset[int]:
    """Write columns, the same of each row, and keep the claim. Returns the rows still ours."""
    if not rows:
        return frozenset()
    values = [row | {"row_id": row_id, "held": held.token} for row_id, row in rows.items()]
    result = session.execute(_row_of_claim(queue.model.__tablename__), values)
    assert isinstance(result, CursorResult)
    if result.rowcount == len(rows):
        return frozenset(rows)
    return still_held(session, queue, held) & rows.keys()


@cache
def _row_of_claim(table_name: str) -> Update:
    """Built once: that takes longer than the database takes to answer."""
    table = Base.metadata.tables[table_name]
    held = table.c.claim_token == bindparam("held")
    return update(table).where(table.c.id == bindparam("row_id"), held)


def finish(
    session: Session,
    queue: Queue,
    held: Claim,
    ids: Collection[int],
    next_at: datetime | None,
    **values: Any,
) -> None:
    """Write results and the next due time, and end the claim. Raises ClaimLost."""
    done = {queue.due.key: next_at, "claim_token": None, "attempts": 0, "error": None}
    _keep(session, queue, held, ids, done | values)


def finish_each(
    session: Session, queue: Queue, held: Claim, rows: Sequence[dict[str, Any]]
) -> frozenset[int]:
    """Finish many rows, each with its own results (`id`, the due column, further columns).

    All rows name the same columns. Rows that were lost meanwhile are left out; returns the IDs
    that were written.
    """
    ours = still_held(session, queue, held)
    done = {"claim_token": None, "attempts": 0, "error": None}
    kept = [done | row for row in rows if row["id"] in ours]
    if kept:
        session.execute(update(queue.model), kept)
    return frozenset(row["id"] for row in kept)


def give_back(
    session: Session, queue: Queue, held: Claim, ids: Collection[int], next_at: datetime
) -> None:
    """End the claim without counting it as an attempt: the work was not these rows' fault."""
    attempts = queue.model.attempts - 1
    ended = {queue.due.key: next_at, "claim_token": None, "attempts": attempts}
    _keep(session, queue, held, ids, ended)


def fail(
    session: Session, queue: Queue, held: Claim, row_id: int, now: datetime, error: str
) -> None:
    """End the claim; the row is due again after a back-off that grows with its attempts."""
    attempts = session.scalar(select(queue.model.attempts).where(queue.model.id == row_id)) or 1
    ended = {queue.due.key: now + back_off(attempts), "claim_token": None, "error": error}
    _keep(session, queue, held, (row_id,), ended)


def park(
    session: Session, queue: Queue, held: Claim, row_id: int, now: datetime, reason: str
) -> None:
    """End the claim for good: the row waits for a human."""
    _keep(
        session,
        queue,
        held,
        (row_id,),
        {queue.due.key: None, "claim_token": None, "parked_at": now, "error": reason},
    )


def back_off(attempts: int) -> timedelta:
    """How long to wait after the given number of attempts: 1, 2, 4 … minutes, a day at most."""
    doubled: timedelta = FIRST_BACK_OFF * 2 ** min(max(attempts - 1, 0), 20)
    return min(doubled, LONGEST_BACK_OFF)


def _keep(
    session: Session, queue: Queue, held: Claim, ids: Collection[int], values: dict[str, Any]
) -> None:
    if not ids:
        return
    result = session.execute(
        update(queue.model)
        .where(queue.model.id.in_(ids), queue.model.claim_token == held.token)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != len(ids):
        raise ClaimLost(f"{queue.model.__name__} {list(ids)[:5]}: the lease ended meanwhile")


def _write(
    session: Session, queue: Queue, ids: Collection[int], due: datetime | None, **values: Any
) -> None:
    session.execute(
        update(queue.model)
        .where(queue.model.id.in_(ids))
        .values({queue.due.key: due} | values)
        .execution_options(synchronize_session=False)
    )
