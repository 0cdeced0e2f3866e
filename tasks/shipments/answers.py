"""What a carrier's answers change: the rows to write for a batch, without writing them. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from models.domain.values import FINAL_PARCEL_STATES, CarrierName, ParcelFacts, ParcelState
from tasks.ports import CarrierAnswer, CarrierError, NotKnown, NumberRefused
from tasks.shipments.pace import Pace, next_poll_at


@dataclass(frozen=True, slots=True)
class Asked:
    """A parcel before it is asked for, as far as the answer's meaning depends on it."""

    row_id: int
    number: str
    carrier: CarrierName
    customer_row: int
    state: ParcelState | None
    state_since: datetime | None
    shipped_at: datetime | None
    last_event_at: datetime | None
    expected_from: datetime | None
    expected_to: datetime | None
    facts_hash: str | None
    misses: int
    first_seen_at: datetime
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What to write of one parcel: its columns, new events, and whether it is news to review."""

    row: dict[str, Any]
    events: tuple[dict[str, Any], ...] = ()
    news: bool = False
    unknown_code: str | None = None


def facts_hash(facts: ParcelFacts) -> str:
    """Of all that an answer says: equal means that there is nothing to write."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def judge_answer(
    asked: Asked, answer: CarrierAnswer | NumberRefused, now: datetime, pace: Pace
) -> Written:
    """The meaning of one answer. NotKnown and answers about others never overwrite a state."""
    if isinstance(answer, NumberRefused):
        row = _unchanged(asked, now, None) | {"number_refused": True}
        return Written(row, news=True)
    if isinstance(answer, ParcelFacts):
        return _judge_facts(asked, answer, now, pace)
    misses = asked.misses + 1 if isinstance(answer, NotKnown) else asked.misses
    return Written(_unchanged(asked, now, _next(asked, now, pace)) | {"misses": misses})


def _unchanged(asked: Asked, now: datetime, next_at: datetime | None) -> dict[str, Any]:
    return {"id": asked.row_id, "asked_at": now, "next_poll_at": next_at}


def _next(asked: Asked, now: datetime, pace: Pace) -> datetime | None:
    return next_poll_at(
        asked.state,
        now,
        pace,
        number=asked.number,
        first_seen_at=asked.first_seen_at,
        last_event_at=asked.last_event_at,
        expected_from=asked.expected_from,
        expected_to=asked.expected_to,
    )


def _judge_facts(asked: Asked, facts: ParcelFacts, now: datetime, pace: Pace) -> Written:
    next_at = next_poll_at(
        facts.state,
        now,
        pace,
        number=asked.number,
        first_seen_at=asked.first_seen_at,
        last_event_at=facts.last_event_at,
        expected_from=facts.expected_from,
        expected_to=facts.expected_to,
    )
    digest = facts_hash(facts)
    if digest == asked.facts_hash:
        return Written(_unchanged(asked, now, next_at) | {"misses": 0})
    if asked.state in FINAL_PARCEL_STATES and facts.state not in FINAL_PARCEL_STATES:
        return Written(_unchanged(asked, now, None))
    if asked.state is not None and facts.state is ParcelState.UNKNOWN and not facts.events:
        # An answer that tells nothing takes nothing away.
        return Written(_unchanged(asked, now, _next(asked, now, pace)) | {"misses": asked.misses})
    return Written(
        _unchanged(asked, now, next_at) | _columns(asked, facts, digest, now),
        tuple(_event(asked.row_id, facts)),
        news=True,
        unknown_code=facts.unknown_code,
    )


def _columns(asked: Asked, facts: ParcelFacts, digest: str, now: datetime) -> dict[str, Any]:
    since = asked.state_since if facts.state is asked.state else facts.last_event_at or now
    return {
        "misses": 0,
        "state": facts.state,
        "state_since": since,
        "problem": facts.problem,
        "stop": facts.stop,
        "text": facts.events[0].text if facts.events else None,
        # The carrier drops old scans; the first real movement stays what it was.
        "shipped_at": asked.shipped_at or facts.shipped_at,
        "last_event_at": facts.last_event_at or asked.last_event_at,
        "expected_from": facts.expected_from,
        "expected_to": facts.expected_to,
        "pickup_point": asdict(facts.pickup_point) if facts.pickup_point else None,
        "facts_hash": digest,
    }


def _event(row_id: int, facts: ParcelFacts) -> list[dict[str, Any]]:
    return [{"shipment_id": row_id} | asdict(event) for event in facts.events]


def is_answer(result: CarrierAnswer | CarrierError) -> bool:
    """Whether the carrier answered about the parcel, be it to refuse its number."""
    return not isinstance(result, CarrierError) or isinstance(result, NumberRefused)
