"""Writes what a source shows of customers; what the user told is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import String, or_, select, update
from sqlalchemy.orm import Session

from models import stop_list
from models.customer import Customer, CustomerVolume
from models.domain.months import PvMonth
from models.domain.names import name_key
from models.stop_list import StopList
from models.upsert import insert_many

_SYNCED = ("name", "email", "phone", "kind", "enrolled_on", "enroller", "sponsor")
#: So many characters of a text are stored.
_LONGEST: dict[str, int] = {
    column.name: column.type.length for column in Customer.__table__.columns
    if isinstance(column.type, String) and column.type.length
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """A customer as a source shows her. None = the source does not show that field."""

    member_id: str | None
    name: str | None
    email: str | None = None
    phone: str | None = None
    kind: str | None = None
    enrolled_on: date | None = None
    enroller: str | None = None
    sponsor: str | None = None
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """A stored customer: her row, and whether she has never been reviewed (first sight)."""

    row_id: int
    first_sight: bool
    is_new: bool = False
    """She was stored just now for the first time."""


def store_customers(
    session: Session, records: Iterable[CustomerRecord], now: datetime
) -> dict[str | None, CustomerRef]:
    """Insert the new, update the changed. Returns the rows by member ID (None = the owner).

    Who was erased is not stored again, nor named on anybody's card; she is not in the result.
    """
    wanted, known, new = _insert(session, records, now)
    _update(session, wanted, known)
    return _refs(known, new)


def insert_customers(
    session: Session, records: Iterable[CustomerRecord], now: datetime
) -> dict[str | None, CustomerRef]:
    """Insert the new and leave the others as they are; else like `store_customers`."""
    _, known, new = _insert(session, records, now)
    return _refs(known, new)


def update_customers(session: Session, records: Iterable[CustomerRecord]) -> None:
    """Update those who are stored, where a record says something else."""
    wanted = {record.member_id: record for record in records}
    known = _known(session, wanted)
    _update(session, {key: record for key, record in wanted.items() if key in known}, known)


_Records = Mapping[str | None, CustomerRecord]
_Rows = dict[str | None, Any]


def _insert(
    session: Session, records: Iterable[CustomerRecord], now: datetime
) -> tuple[_Records, _Rows, set[str | None]]:
    """Returns what may be stored, the rows that are stored now, and who of them is new."""
    wanted: _Records = {record.member_id: record for record in records}
    known = _known(session, wanted)
    if stopped := stop_list.load(session):
        wanted = _allowed(wanted, known, stopped)
    fresh = [_new_row(record, now) for key, record in wanted.items() if key not in known]
    # Somebody who reads another source may have stored the same customer a moment ago.
    insert_many(session, Customer, fresh)
    new = {row["member_id"] for row in fresh}
    return wanted, known | _known(session, new) if new else known, new


def _refs(known: _Rows, new: set[str | None]) -> dict[str | None, CustomerRef]:
    return {key: CustomerRef(row.id, row.baseline, key in new) for key, row in known.items()}


def _allowed(
    wanted: Mapping[str | None, CustomerRecord], known: Mapping[str | None, Any], stopped: StopList
) -> dict[str | None, CustomerRecord]:
    """Without the erased; asking the list is slow, and nobody who is known was erased."""
    return {
        key: replace(
            record,
            enroller=None if stopped.holds_name(record.enroller) else record.enroller,
            sponsor=None if stopped.holds_name(record.sponsor) else record.sponsor,
        )
        for key, record in wanted.items()
        if key in known or not stopped.holds(key)
    }


def _known(session: Session, keys: Iterable[str | None]) -> dict[str | None, Any]:
    ids = [key for key in keys if key is not None]
    nameless = Customer.member_id.is_(None) & Customer.is_owner
    table = Customer.__table__
    rows = session.execute(select(*table.columns).where(or_(Customer.member_id.in_(ids), nameless)))
    return {row.member_id: row for row in rows if row.member_id in keys}


def _new_row(record: CustomerRecord, now: datetime) -> dict[str, Any]:
    row = _shown(record)
    name = row["name"] = row["name"] or record.member_id or "Inhaberin"
    return row | {
        "member_id": record.member_id,
        "is_owner": record.is_owner,
        "name_key": _name_key(name),
        "first_seen_at": now,
        "baseline": True,
    }


def _update(session: Session, wanted: _Records, known: Mapping[str | None, Any]) -> None:
    changed = [_changed_row(record, known[key]) for key, record in wanted.items()]
    rows = [row for row in changed if row is not None]
    if rows:
        session.execute(update(Customer), rows)


def _changed_row(record: CustomerRecord, row: Any) -> dict[str, Any] | None:
    """The row's new values under its ID, None when the record says nothing new."""
    known = {field: getattr(row, field) for field in _SYNCED}
    shown = _shown(record)
    merged = known | {field: value for field, value in shown.items() if value is not None}
    is_owner = row.is_owner or record.is_owner
    if merged == known and is_owner == row.is_owner:
        return None
    return merged | {"id": row.id, "is_owner": is_owner, "name_key": _name_key(merged["name"])}


def _shown(record: CustomerRecord) -> dict[str, Any]:
    """What is stored of a record: a text that is too long is cut, such an address is none."""
    shown = {field: getattr(record, field) for field in _SYNCED}
    for field, value in shown.items():
        if isinstance(value, str) and len(value) > _LONGEST[field]:
            shown[field] = None if field == "email" else value[: _LONGEST[field]]
    return shown


def _name_key(name: str) -> str:
    return name_key(name)[: _LONGEST["name_key"]]


def known_volume(session: Session, member_id: str) -> dict[PvMonth, Decimal]:
    """The PV by month that the card showed last."""
    rows = session.execute(
        select(CustomerVolume.month, CustomerVolume.pv)
        .join(Customer, Customer.id == CustomerVolume.customer_id)
        .where(Customer.member_id == member_id)
    )
    return {row.month: row.pv for row in rows}


def store_volume(session: Session, row_id: int, volume: Sequence[tuple[PvMonth, Decimal]]) -> None:
    """Write the card's PV by month; months that it no longer shows stay."""
    known = {
        row.month: row
        for row in session.scalars(
            select(CustomerVolume).where(CustomerVolume.customer_id == row_id)
        )
    }
    for month, pv in volume:
        if month not in known:
            session.add(CustomerVolume(customer_id=row_id, month=month, pv=pv))
        elif known[month].pv != pv:
            known[month].pv = pv


def mark_read(session: Session, row_id: int, list_hash: str) -> None:
    """Remember that all of this customer was read while the team list showed `list_hash`."""
    session.execute(
        update(Customer)
        .where(Customer.id == row_id, Customer.list_hash.is_distinct_from(list_hash))
        .values(list_hash=list_hash)
    )
