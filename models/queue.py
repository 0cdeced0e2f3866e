"""What a queue is: a table whose rows are work, and which of them are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from models.claimable import Claimable


@dataclass(frozen=True)
class Queue:
    """A table whose rows are work: the model, its due column, and which of its rows belong.

    `first`: what is claimed first of all that is due; without it, and within it, the most overdue.
    """

    model: type[Claimable]
    due: InstrumentedAttribute[datetime | None]
    where: tuple[ColumnElement[bool], ...] = ()
    first: tuple[ColumnElement[Any], ...] = ()

    def due_ids(self, now: datetime) -> Select[int]:
        """The rows that are due, in the order in which they are claimed."""
        due = select(self.model.id).where(self.due <= now, *self.where)
        return due.order_by(*self.first, self.due)

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether anything is due. Cheap: one look into an index."""
        return session.scalar(self.due_ids(now).limit(1)) is not None

    def count_due(self, session: Session, now: datetime, most: int) -> int:
        """How many rows are due; `most` when there are more."""
        some = self.due_ids(now).order_by(None).limit(most).subquery()
        return session.scalar(select(func.count()).select_from(some)) or 0

    def next_due_at(self, session: Session) -> datetime | None:
        """When the first row becomes due (UTC), None when none will."""
        # SQLite would walk over all rows that have no time before it comes to the first one.
        timed = self.due.is_not(None)
        return session.scalar(select(func.min(self.due)).where(timed, *self.where))
