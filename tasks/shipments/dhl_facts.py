"""DHL's answer (decoded JSON of "Shipment Tracking - Unified") -> what is known of a parcel. Pure.

- Five status codes; what is finer stands only in the German text (reference page on Hermes,
  "Other carriers"; the sentences are those of the samples, the other phrases are inferred).
- Events come in no order; times without an offset are German local time.
- A text is stored only when it is one of the known sentences: others can name a neighbour.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.domain.tracking import clean_number
from models.domain.values import CarrierName, ParcelEvent, ParcelFacts, ParcelState, Problem
from tasks.ports import CarrierAnswer, CarrierUnavailable, NotKnown, OtherParcel
from tasks.shipments.events import first_movement, newest_first, read_time
from tasks.shipments.status_table import STATE_TEXTS

_BERLIN = ZoneInfo("Europe/Berlin")

_CODES = {
    "pre-transit": ParcelState.ANNOUNCED,
    "transit": ParcelState.IN_TRANSIT,
    "delivered": ParcelState.DELIVERED,
    "failure": ParcelState.DELIVERY_FAILED,
    "unknown": ParcelState.UNKNOWN,
}
_CODE = re.compile(r"[a-z-]{1,32}")
UNREADABLE_CODE = "unreadable"

#: What a text adds to a code, tried in this order: (the code's state, phrase, finer state).
_FINER = (
    (ParcelState.DELIVERED, r"(?:an den|dem) Absender|[Rr]ücksendung", ParcelState.RETURNED),
    (ParcelState.IN_TRANSIT, r"an den Absender zurück|[Rr]ücksendung", ParcelState.RETURNING),
    (ParcelState.DELIVERY_FAILED, r"an den Absender zurück|[Rr]ücksendung", ParcelState.RETURNING),
    (ParcelState.DELIVERY_FAILED, r"[Bb]eschädig|Schaden", ParcelState.EXCEPTION),
    (
        ParcelState.IN_TRANSIT,
        r"zur Abholung bereit|abholbereit|abgeholt werden",
        ParcelState.READY_FOR_PICKUP,
    ),
    (
        ParcelState.IN_TRANSIT,
        r"in das Zustellfahrzeug geladen|In Zustellung",
        ParcelState.OUT_FOR_DELIVERY,
    ),
)
_FINER_BY_STATE = {
    state: tuple((re.compile(phrase), finer) for of, phrase, finer in _FINER if of is state)
    for state in ParcelState
}

_KNOWN_SENTENCES = frozenset(
    {
        "Die Sendung wurde zugestellt.",
        "Die Sendung wurde in das Zustellfahrzeug geladen.",
        "Die Sendung wurde in das Zustellfahrzeug geladen. "
        "Die Zustellung erfolgt voraussichtlich heute.",
        "Die Sendung wurde zurückgestellt. Die Zustellung erfolgt vrs. am nächsten Werktag.",
        "Die Sendung ist in der Region des Empfängers angekommen und wird im nächsten Schritt "
        "zur Zustellbasis transportiert.",
        "Die Sendung wurde für den Weitertransport vorbereitet.",
        "Die Sendung wurde elektronisch angekündigt. Sobald die Sendung von uns bearbeitet "
        "wurde, erhalten Sie weitere Informationen.",
        "Die Sendung wurde vom Absender in der Filiale eingeliefert.",
    }
)

_PROBLEMS = {
    ParcelState.READY_FOR_PICKUP: Problem.INFO,
    ParcelState.UNKNOWN: Problem.INFO,
    ParcelState.DELIVERY_FAILED: Problem.MEDIUM,
    ParcelState.EXCEPTION: Problem.HIGH,
    ParcelState.RETURNING: Problem.HIGH,
    ParcelState.RETURNED: Problem.HIGH,
}
_AWAITED = frozenset(
    {
        ParcelState.ANNOUNCED,
        ParcelState.IN_TRANSIT,
        ParcelState.OUT_FOR_DELIVERY,
        ParcelState.DELIVERY_FAILED,
        ParcelState.UNKNOWN,
    }
)

_Json = dict[str, Any]


def facts(body: object, number: str, now: datetime) -> CarrierAnswer:
    """What DHL says of the parcel `number` at `now` (aware UTC); `stop` is always None.

    Raises CarrierUnavailable with one line when the answer is no object with `shipments`.
    """
    shipments = _shipments(body)
    if not shipments:
        return NotKnown()
    wanted = clean_number(number)
    match = next((s for s in shipments if wanted in _numbers(s)), None)
    return _parcel(match, wanted, now) if match else OtherParcel()


def _broken(what: str) -> CarrierUnavailable:
    return CarrierUnavailable(f"DHL's answer no longer looks as expected: {what}")


def _shipments(body: object) -> list[_Json]:
    shipments = body.get("shipments") if isinstance(body, dict) else None
    if not isinstance(shipments, list) or not all(isinstance(s, dict) for s in shipments):
        raise _broken("an object with a list of shipments was expected")
    return shipments


def _numbers(shipment: _Json) -> set[str]:
    """The numbers that name this shipment: its own, and its pieces'."""
    details = shipment.get("details")
    pieces = details.get("pieceIds") if isinstance(details, dict) else None
    named = [shipment.get("id"), *(pieces if isinstance(pieces, list) else [])]
    return {clean_number(number) for number in named if isinstance(number, str)}


def _parcel(shipment: _Json, number: str, now: datetime) -> ParcelFacts:
    rows = _rows(shipment)
    read = ((_event(row), row) for row in rows)
    events = newest_first(event for event, _ in read if event and event.at <= now)
    state = _state(shipment, events)
    expected = _window(shipment) if state in _AWAITED else (None, None)
    unlisted = {_code(row) for row in rows} - {"", *_CODES}
    return ParcelFacts(
        carrier=CarrierName.DHL,
        number=number,
        state=state,
        problem=_PROBLEMS.get(state, Problem.NONE),
        stop=None,
        events=events,
        shipped_at=first_movement(events),
        last_event_at=events[0].at if events else None,
        expected_from=expected[0],
        expected_to=expected[1],
        unknown_code=max(unlisted, default=None),
    )


def _rows(shipment: _Json) -> list[_Json]:
    """The current status and the events, all of one shape; doubles are dropped later."""
    status, events = shipment.get("status"), shipment.get("events")
    if not isinstance(status, dict):
        raise _broken("status is no object")
    if not isinstance(events, list | None):
        raise _broken("events is no list")
    return [status, *(row for row in events or [] if isinstance(row, dict))]


def _code(row: _Json) -> str:
    raw = row.get("statusCode")
    if not isinstance(raw, str | None):
        raise _broken("a statusCode is no text")
    if not raw:
        return ""
    return raw if _CODE.fullmatch(raw) else UNREADABLE_CODE


def _judged(row: _Json) -> ParcelState:
    """The state of one row: its code's, made finer by its text."""
    state = _CODES.get(_code(row), ParcelState.UNKNOWN)
    text = " ".join(t for t in (row.get("status"), row.get("description")) if isinstance(t, str))
    found = (finer for phrase, finer in _FINER_BY_STATE[state] if phrase.search(text))
    return next(found, state)


def _event(row: _Json) -> ParcelEvent | None:
    at, code = read_time(row.get("timestamp"), _BERLIN), _code(row)
    if at is None or not code:
        return None
    state, text = _judged(row), row.get("description")
    if not isinstance(text, str) or text not in _KNOWN_SENTENCES:
        text = STATE_TEXTS[state]
    return ParcelEvent(at, code, state, text)


def _state(shipment: _Json, events: tuple[ParcelEvent, ...]) -> ParcelState:
    """The current status; where it says nothing, the newest event."""
    state = _judged(shipment["status"])
    if state is ParcelState.UNKNOWN and not _code(shipment["status"]) and events:
        return events[0].state
    return state


def _window(shipment: _Json) -> tuple[datetime | None, datetime | None]:
    """The delivery window; a bare estimated day counts to its end."""
    frame = shipment.get("estimatedDeliveryTimeFrame")
    if isinstance(frame, dict):
        return (
            read_time(frame.get("estimatedFrom"), _BERLIN),
            read_time(frame.get("estimatedThrough"), _BERLIN),
        )
    expected = read_time(shipment.get("estimatedTimeOfDelivery"), _BERLIN)
    if expected and expected.astimezone(_BERLIN).time() == time(0):
        return expected, expected + timedelta(days=1)
    return None, expected
