"""The customers that a file names: stored when they are new, brought up to date at its end.

Rows of one customer may differ; what her newest order says counts. So the same file changes
nothing the second time, whatever the order of its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from tasks.orders.files.rows import Person, Spotted


class People:
    """The customers of one file. `owner` is the consultant's own ID, None = unknown."""

    def __init__(self, owner: str | None) -> None:
        self._owner = owner
        self._said: dict[str, tuple[date, Person]] = {}
        self._refs: dict[str | None, CustomerRef] = {}
        self._written: dict[str, Person | None] = {}

    def hear(self, rows: Iterable[Spotted]) -> None:
        """Remember of each customer what her newest order says."""
        for row in rows:
            person = row.person
            known = self._said.get(person.member_id)
            if known is None:
                self._said[person.member_id] = row.ordered, person
            elif known[1] is not person:
                newer, older = (known[1], person) if known[0] > row.ordered else (person, known[1])
                self._said[person.member_id] = max(row.ordered, known[0]), _over(older, newer)
            elif row.ordered > known[0]:
                self._said[person.member_id] = row.ordered, person

    def meet(
        self, session: Session, persons: Iterable[Person], now: datetime
    ) -> tuple[Mapping[str | None, CustomerRef], list[CustomerRef]]:
        """The stored customers by member ID, and those of them who were met just now.

        Who is not among them was erased.
        """
        strangers = {p.member_id: self._said[p.member_id][1] for p in persons}
        strangers = {key: p for key, p in strangers.items() if key not in self._written}
        records = [self._record(person) for person in strangers.values()]
        met = insert_customers(session, records, now) if records else {}
        self._refs |= met
        for key, person in strangers.items():
            ref = met.get(key)
            self._written[key] = person if ref is None or ref.is_new else None
        return self._refs, list(met.values())

    def update(self, intake: Intake) -> None:
        """Write what the newest orders say of those whose orders were written."""
        said = ((self._said[key][1], written) for key, written in self._written.items())
        other = (self._record(person) for person, written in said if person is not written)
        for chunk in in_chunks(other):
            with intake.step() as (session, _):
                update_customers(session, chunk)

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
