"""The customers that a file names: stored when they are new, brought up to date at its end.

Rows of one customer may differ; what her newest order says counts. So the same file changes
nothing the second time, whatever the order of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from tasks.orders.customers import (
    CustomerRecord,
    CustomerRef,
    insert_customers,
    update_customers,
)
from tasks.orders.files.intake import Intake, in_chunks
from tasks.orders.files.rows import Entry, Person


class People:
    """The customers of one file. `owner` is the consultant's own ID, None = unknown."""

    def __init__(self, owner: str | None) -> None:
        self._owner = owner
        self._said: dict[str, tuple[date, Person]] = {}
        self._refs: dict[str | None, CustomerRef] = {}
        self._asked: set[str] = set()

    def meet(
        self, session: Session, entries: Iterable[Entry], now: datetime
    ) -> tuple[Mapping[str | None, CustomerRef], list[CustomerRef]]:
        """The stored customers by member ID, and those of them who were met just now.

        Who is not among them was erased.
        """
        for entry in entries:
            self._hear(entry)
        strangers = self._said.keys() - self._asked
        records = [self._record(self._said[member_id][1]) for member_id in sorted(strangers)]
        met = insert_customers(session, records, now) if records else {}
        self._asked |= strangers
        self._refs |= met
        return self._refs, list(met.values())

    def _hear(self, entry: Entry) -> None:
        person, day = entry.person, entry.order.order_date
        known = self._said.get(person.member_id)
        if known is None:
            self._said[person.member_id] = day, person
        elif known[1] is not person:
            newer, older = (known[1], person) if known[0] > day else (person, known[1])
            self._said[person.member_id] = max(day, known[0]), _over(older, newer)
        elif day > known[0]:
            self._said[person.member_id] = day, person

    def update(self, intake: Intake) -> None:
        """Write what the newest orders say of customers who were known."""
        for chunk in in_chunks(self._records()):
            with intake.step() as (session, _):
                update_customers(session, chunk)

    def _records(self) -> Iterator[CustomerRecord]:
        return (
            self._record(person) for key, (_, person) in self._said.items() if key in self._refs
        )

    def _record(self, person: Person) -> CustomerRecord:
        return CustomerRecord(
            person.member_id,
            person.name,
            person.email,
            enrolled_on=person.enrolled_on,
            is_owner=person.member_id == self._owner,
        )


def _over(older: Person, newer: Person) -> Person:
    """What the newer row says; where it says nothing, the older one counts."""
    return replace(
        newer,
        name=newer.name or older.name,
        email=newer.email or older.email,
        enrolled_on=newer.enrolled_on or older.enrolled_on,
    )
