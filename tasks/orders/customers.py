"""Writes what a source shows of customers; what the user told is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from models import stop_list
from models.customer import Customer, CustomerVolume
from models.domain.months import PvMonth
from models.domain.names import name_key
from models.stop_list import StopList

_SYNCED = ("name", "email", "phone", "kind", "enrolled_on", "enroller", "sponsor")


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
    wanted = {record.member_id: record for record in records}
    known = _known(session, wanted)
    if stopped := stop_list.load(session):
        wanted = _allowed(wanted, known, stopped)
    fresh = [_new_row(record, now) for key, record in wanted.items() if key not in known]
    if fresh:
        session.execute(insert(Customer), fresh)
        known |= _known(session, {row["member_id"] for row in fresh})
    _update(session, wanted, known)
    new = {row["member_id"] for row in fresh}
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
    name = record.name or record.member_id or "Inhaberin"
    row = {field: getattr(record, field) for field in _SYNCED} | {"name": name}
    return row | {
        "member_id": record.member_id,
        "is_owner": record.is_owner,
        "name_key": name_key(name),
        "first_seen_at": now,
        "baseline": True,
    }


def _update(
    session: Session, wanted: Mapping[str | None, CustomerRecord], known: Mapping[str | None, Any]
) -> None:
    for key, record in wanted.items():
        row = known[key]
        changes = {
            field: value
            for field in _SYNCED
            if (value := getattr(record, field)) is not None and value != getattr(row, field)
        }
        if "name" in changes:
            changes["name_key"] = name_key(changes["name"])
        if record.is_owner and not row.is_owner:
            changes["is_owner"] = True
        if changes:
            session.execute(update(Customer).where(Customer.id == row.id).values(changes))


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
