"""What a carrier's answers change: the rows to write for a batch, without writing them. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from models.domain.values import (
    FINAL_PARCEL_STATES,
    CarrierName,
    ParcelFacts,
    ParcelState,
)
from tasks.ports import CarrierAnswer, CarrierError, NotKnown, NumberRefused
from tasks.shipments.pace import Pace, next_poll_at

#: So many announced delivery windows of a parcel are kept, the newest last.
MOST_WINDOWS = 20

#: A hiccup is over in minutes, and the parcel's next turn may be an hour away: it is asked for once
#: more, then at its pace.
AFTER_HICCUP = timedelta(minutes=5)

#: What may still follow an end: a delivered parcel comes back, or the cancelled one arrived.
_AFTER_THE_END = {
    ParcelState.DELIVERED: {ParcelState.RETURNED},
    ParcelState.RETURNED: set[ParcelState](),
    ParcelState.CANCELLED: {ParcelState.DELIVERED, ParcelState.RETURNED},
}


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
    polls: int = 0
    windows: tuple[dict[str, Any], ...] | list[dict[str, Any]] | None = None
    failed: bool = False
    """The carrier had no answer about it the last time."""


@dataclass(frozen=True, slots=True)
class Written:
    """What to write of one parcel: its columns, new events, and whether it is news to review."""

    row: dict[str, Any]
    events: tuple[dict[str, Any], ...] = ()
    news: bool = False
    unknown_code: str | None = None


def facts_hash(facts: ParcelFacts) -> str:
    """Of all that an answer says: equal means that there is nothing to write."""
    told = [getattr(facts, name) for name in _PLAIN_FACTS]
    told += [part for e in facts.events for part in (e.at, e.code, e.state, e.text)]
    return hashlib.sha256("\x1f".join(map(str, told)).encode()).hexdigest()


#: What is no list; by hand, because `repr` of the whole is a tenth of a poll's work.
_PLAIN_FACTS = tuple(field.name for field in fields(ParcelFacts) if field.name != "events")


def judge_answer(
    asked: Asked, answer: CarrierAnswer | CarrierError, now: datetime, pace: Pace
) -> Written:
    """The meaning of one answer. NotKnown and answers about others never overwrite a state.

    An error is taken for this one parcel's: the carrier answers about others.
    """
    if isinstance(answer, NumberRefused):
        row = _unchanged(asked, now, None) | {"number_refused": True}
        return Written(row, news=True)
    if isinstance(answer, ParcelFacts):
        return _judge_facts(asked, answer, now, pace)
    next_at = _next(asked, now, pace)
    row = _unchanged(asked, now, next_at)
    if isinstance(answer, CarrierError):
        if next_at is not None and not asked.failed:
            row["next_poll_at"] = min(next_at, now + AFTER_HICCUP)
        return Written(row | {"error": str(answer)})
    misses = asked.misses + 1 if isinstance(answer, NotKnown) else asked.misses
    given_up = asked.state is None and next_at is None
    return Written(row | {"misses": misses}, news=given_up)


def _unchanged(asked: Asked, now: datetime, next_at: datetime | None) -> dict[str, Any]:
    return {
        "id": asked.row_id, "asked_at": now, "next_poll_at": next_at, "polls": asked.polls + 1,
    }  # fmt: skip


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
    if asked.state in FINAL_PARCEL_STATES and not _may_follow(asked.state, facts.state):
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


def _may_follow(end: ParcelState, state: ParcelState) -> bool:
    return state is end or state in _AFTER_THE_END[end]


def _columns(asked: Asked, facts: ParcelFacts, digest: str, now: datetime) -> dict[str, Any]:
    return {
        "misses": 0,
        "number_refused": False,
        "state": facts.state,
        "state_since": _since(asked, facts, now),
        "problem": facts.problem,
        "stop": facts.stop,
        "text": facts.events[0].text if facts.events else None,
        # The carrier drops old scans; the first real movement stays what it was.
        "shipped_at": asked.shipped_at or facts.shipped_at,
        "last_event_at": facts.last_event_at or asked.last_event_at,
        "expected_from": facts.expected_from,
        "expected_to": facts.expected_to,
        "pickup_point": asdict(facts.pickup_point) if facts.pickup_point else None,
        "windows": _windows(asked, facts, now),
        "facts_hash": digest,
    }


def _since(asked: Asked, facts: ParcelFacts, now: datetime) -> datetime:
    """When its state began: with the first scan that says so; one that lasts keeps its time."""
    known = asked.state_since if facts.state is asked.state else None
    if known and not any(e.at > known and e.state is not facts.state for e in facts.events):
        return known
    lasting = [*takewhile(lambda event: event.state is facts.state, facts.events)]
    return lasting[-1].at if lasting else facts.last_event_at or now


def _windows(asked: Asked, facts: ParcelFacts, now: datetime) -> list[dict[str, Any]] | None:
    """The delivery windows so far, as JSON; one more when the carrier names another one."""
    known = list(asked.windows or ())
    window = {"from": _text(facts.expected_from), "to": _text(facts.expected_to)}
    last = {name: known[-1][name] for name in window} if known else None
    if any(window.values()) and window != last:
        known.append({"told_at": _text(now)} | window)
    return known[-MOST_WINDOWS:] or None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _event(row_id: int, facts: ParcelFacts) -> list[dict[str, Any]]:
    return [
        {"shipment_id": row_id, "at": e.at, "code": e.code, "state": e.state, "text": e.text}
        for e in facts.events
    ]


def is_answer(result: CarrierAnswer | CarrierError) -> bool:
    """Whether the carrier answered about the parcel, be it to refuse its number."""
    return not isinstance(result, CarrierError) or isinstance(result, NumberRefused)
