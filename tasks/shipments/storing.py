"""Writes what a batch of answers changed, in bulk: parcels, their scans, codes nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import claims
from models.claims import Claim
from models.domain.values import CarrierName
from models.order import Order
from models.queue import Queue
from models.shipment import Shipment, ShipmentEvent
from models.system_alerts import open_system_alert
from models.upsert import insert_or_ignore
from tasks.shipments.answers import Asked, Written


def same_numbers(session: Session, held: Claim) -> Select[int]:
    """All rows of the claimed parcels: one parcel can carry several orders."""
    numbers = session.scalars(select(Shipment.number).where(Shipment.id.in_(held.ids))).all()
    return select(Shipment.id).where(Shipment.number.in_(numbers))


def load_parcels(session: Session, held: Claim) -> list[Asked]:
    """What the meaning of an answer depends on, for all claimed parcels, in the claim's order."""
    table = Shipment
    rows = session.execute(
        select(
            table.id, table.number, table.carrier, Order.customer_id, table.state,
            table.state_since, table.shipped_at, table.last_event_at, table.expected_from,
            table.expected_to, table.facts_hash, table.misses, table.first_seen_at, table.asked_at,
            table.polls, table.windows, table.error.is_not(None),
        )
        .join(Order, Order.id == table.order_id)
        .where(table.id.in_(held.ids))
    )  # fmt: skip
    parcels = {row[0]: Asked(*row) for row in rows}  # type: ignore[call-arg,arg-type]
    return [parcels[row_id] for row_id in held.ids if row_id in parcels]


def store(
    session: Session, queue: Queue, held: Claim, written: Mapping[int, Written]
) -> frozenset[int]:
    """Write the batch in bulk. Returns the parcels that are news."""
    changed = [each.row for each in written.values() if each.news]
    same = [each.row for each in written.values() if not each.news]
    kept: frozenset[int] = frozenset()
    for rows in _alike(changed):
        kept |= claims.finish_each(session, queue, held, rows)
    for rows in _alike(same):
        claims.finish_each(session, queue, held, rows)
    events = [event for row_id in sorted(kept) for event in written[row_id].events]
    insert_or_ignore(session, ShipmentEvent, events)
    return kept


def _alike(rows: Sequence[dict[str, object]]) -> list[list[dict[str, object]]]:
    """The rows grouped by their columns, so that each group is one bulk statement."""
    groups: dict[frozenset[str], list[dict[str, object]]] = {}
    for row in rows:
        groups.setdefault(frozenset(row), []).append(row)
    return list(groups.values())


def report_codes(
    session: Session, name: CarrierName, written: Collection[Written], now: datetime
) -> None:
    """Tell the operator, once a code, of what the table does not hold."""
    for code in sorted({each.unknown_code for each in written if each.unknown_code}):
        detail = f"{name.value} sent the status code {code}, which is not in the table"
        open_system_alert(
            session, "unknown-status-code", f"{name.value} {code}", detail, now, code=code
        )
