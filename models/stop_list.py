"""The stop-list: who was erased and must not come back with the next sync or import.

Neither number nor name is stored: a mark is their slow, salted hash (member IDs have 6 to 8
digits, so a fast one could be tried out). Erasing calls `add`, everything that stores customers
asks `load`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, UtcTime
from models.domain.names import name_key
from models.upsert import insert_or_ignore

#: Some 10 ms a hash: nothing for the few people who are new, weeks for all possible numbers.
_COST = 2**12


class StopMark(Base):
    """One number or name of an erased person. The marks of one database share a salt; those of a
    backup that was restored over it may have another.
    """

    __tablename__ = "stop_marks"

    mark: Mapped[str] = mapped_column(String(64), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    erased_at: Mapped[datetime] = mapped_column(UtcTime)


@dataclass(frozen=True)
class StopList:
    """The marks, to be asked about people. An empty list costs nothing."""

    marks: frozenset[str]
    salts: tuple[bytes, ...] = ()
    _asked: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.marks)

    def holds(self, member_id: str | None) -> bool:
        """Whether the person with this member ID was erased."""
        return member_id is not None and self._holds(_number(member_id))

    def holds_name(self, name: str | None) -> bool:
        """Whether an erased person had this name: it may stand on the cards of others."""
        return name is not None and self._holds(_name(name))

    def _holds(self, text: str) -> bool:
        if not self.marks:
            return False
        if text not in self._asked:
            self._asked[text] = any(_mark(text, salt) in self.marks for salt in self.salts)
        return self._asked[text]


def load(session: Session) -> StopList:
    """The stop-list as it is in this transaction."""
    rows = session.execute(select(StopMark.mark, StopMark.salt)).all()
    salts = sorted({row.salt for row in rows})
    return StopList(frozenset(row.mark for row in rows), tuple(salts))


def add(session: Session, member_id: str | None, name: str | None, now: datetime) -> None:
    """Put a person on the list, in the transaction that erases her; twice changes nothing."""
    salts = load(session).salts
    salt = salts[0] if salts else secrets.token_bytes(16)
    texts = [_number(member_id)] if member_id else []
    texts += [_name(name)] if name and name_key(name) else []
    rows = [{"mark": _mark(text, salt), "salt": salt, "erased_at": now} for text in texts]
    insert_or_ignore(session, StopMark, rows)


def _number(member_id: str) -> str:
    return f"number {member_id.strip()}"


def _name(name: str) -> str:
    return f"name {name_key(name)}"


def _mark(text: str, salt: bytes) -> str:
    return hashlib.scrypt(text.encode(), salt=salt, n=_COST, r=8, p=1, dklen=32).hex()
