"""`orderwatch jobs parked` and `unpark`: work that was given up, and another chance for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.cards import counted
from worker.cli.output import (
    LARGEST_ID,
    Json,
    Problem,
    WrongUse,
    local,
    open_house,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from models.queue import Queue
    from worker.bootstrap import House


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog="Example: orderwatch jobs parked")(parked)
    app.command(epilog="Example: orderwatch jobs unpark mails:12")(unpark)


def parked(as_json: Json = False) -> None:
    """What was given up after too many attempts, and why."""
    with open_house() as house:
        rows = _parked(house)
        zone = house.settings.timezone
    if as_json:
        print_json(rows)
        return
    table = [(row["id"], row["job"], local(row["parked_at"], zone), row["reason"]) for row in rows]
    print_table("Parked", ("id", "job", "since", "reason"), table)


def unpark(
    parked_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="As `jobs parked` shows it.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that is parked.")] = False,
) -> None:
    """Give parked work another chance, now: one piece of it, or all."""
    if every == (parked_id is not None):
        raise WrongUse("one ID such as mails:12, or --all, would be right")
    if parked_id is None:
        _unpark_all()
    else:
        _unpark_one(parked_id)


def _unpark_all() -> None:
    with open_house() as house:
        ids = [row["id"] for row in _parked(house)]
        left = [one for one in ids if not _try(house, one)]
    done = counted(len(ids) - len(left), "pieces")
    print(f"due now: {done} of work" if ids else "nothing is parked")
    if left:
        raise Problem(f"left as they were, since they may have arrived: {', '.join(left)}")


def _try(house: House, parked_id: str) -> bool:
    """Unpark it; a mail of which nobody knows whether it arrived needs a decision of its own."""
    table, _, number = parked_id.partition(":")
    queue = next(q for q in _queues().values() if q.model.__tablename__ == table)
    try:
        _unpark(house, queue, int(number))
    except Problem:
        return False
    return True


def _unpark_one(parked_id: str) -> None:
    table, _, number = parked_id.partition(":")
    queues = {queue.model.__tablename__: queue for queue in _queues().values()}
    if table not in queues or not number.isdecimal() or int(number) > LARGEST_ID:
        raise WrongUse(f"{parked_id!r} is no parked work; an ID such as mails:12 would be right")
    with open_house() as house:
        _unpark(house, queues[table], int(number))
    print(f"{parked_id} is due now")


def _queues() -> dict[str, Queue]:
    from models.queues import QUEUE_OF, SLOTS

    return {**QUEUE_OF, "scheduled": SLOTS}


def _parked(house: House) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from models.finding_facts import utc_text

    rows = []
    with house.db.read() as session:
        for job, queue in _queues().items():
            model = queue.model
            found = select(model).where(model.parked_at.is_not(None)).order_by(model.parked_at)
            rows += [
                {
                    "id": f"{model.__tablename__}:{row.id}",
                    "job": job,
                    "parked_at": utc_text(row.parked_at),
                    "reason": row.error,
                }
                for row in session.scalars(found)
            ]
    return rows


def _unpark(house: House, queue: Queue, row_id: int) -> None:
    from models import claims
    from models.domain.values import MailState
    from models.mail import Mail
    from models.parking import end_if_none
    from tasks.housekeeping.restore import WAITED
    from tasks.mail.outcomes import UNDECIDED

    with house.db.write() as session:
        row = session.get(queue.model, row_id)
        if row is None or row.parked_at is None:
            raise Problem(f"nothing with the ID {queue.model.__tablename__}:{row_id} is parked")
        if isinstance(row, Mail):
            if row.error and (row.error == WAITED or row.error.endswith(UNDECIDED)):
                raise Problem("that mail may have arrived: `mail resend` or `mail mark-sent`")
            row.state = MailState.QUEUED
        session.flush()
        now = house.clock.now()
        claims.make_due(session, queue, [row_id], now)
        end_if_none(session, queue, now)
