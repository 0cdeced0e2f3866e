"""Marks: what happened to the database as a whole, by name (`restored`, `moved`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UtcTime

#: It was restored from a backup: what was mailed after the backup is not known here.
RESTORED = "restored"
#: All of it was copied elsewhere, and works there from now on.
MOVED = "moved"


class Mark(Base):
    """One thing that happened: when, and a word on it."""

    __tablename__ = "marks"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    text: Mapped[str] = mapped_column(String(300))


def set_mark(session: Session, name: str, at: datetime, text: str) -> None:
    """Set it, over an older one of that name."""
    session.merge(Mark(name=name, at=at, text=text))


def find_mark(session: Session, name: str) -> Mark | None:
    """The mark, None when there is none."""
    return session.get(Mark, name)


def remove_mark(session: Session, name: str) -> None:
    """Remove it, if it is there."""
    session.execute(delete(Mark).where(Mark.name == name))
