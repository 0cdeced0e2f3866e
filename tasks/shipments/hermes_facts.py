"""Hermes' answer (decoded JSON) -> what is known of one parcel. Pure.

The decision rules are those of the reference page on Hermes, "How to decide the state":
- rows without a time, in the future, and bookings (`EDL_*`) say nothing of where the parcel is;
- the newest row's code decides, a return comes before `delivered`, flags after terminal codes;
- an unknown code is never taken for transit;
- no text is stored that could name a neighbour, a drop-off place or a shop.
"""

from __future__ import annotations

from datetime import datetime

from models.domain.tracking import clean_number
from models.domain.values import (
    FINAL_PARCEL_STATES,
    CarrierName,
    ParcelFacts,
    ParcelState,
    PickupPoint,
    Problem,
    Stop,
)
from tasks.ports import CarrierAnswer, NotKnown, OtherParcel
from tasks.shipments.events import first_movement, newest_first, read_time, recency
from tasks.shipments.hermes_rows import Json, Row, entries_of, part_of, rows_of
from tasks.shipments.status_table import CODES, Status

_NO_ROWS = Status(ParcelState.UNKNOWN, Problem.NONE, None, "")
_ON_THE_WAY_BACK = frozenset({ParcelState.RETURNING, ParcelState.RETURNED})
_NO_LONGER_AWAITED = FINAL_PARCEL_STATES | {ParcelState.RETURNING, ParcelState.READY_FOR_PICKUP}


def facts(body: object, number: str, now: datetime) -> CarrierAnswer:
    """What Hermes says of the parcel `number` at `now` (aware UTC).

    NotKnown for an empty list, OtherParcel when no entry carries the number. Raises
    CarrierUnavailable with one line when the answer is no list of parcels.
    """
    entries = entries_of(body)
    if not entries:
        return NotKnown()
    wanted = clean_number(number)
    matching = [e for e in entries if clean_number(e.get("barcode") or "") == wanted]
    if not matching:
        return OtherParcel()
    return max((_parcel(entry, wanted, now) for entry in matching), key=_recency_of)


def _recency_of(parcel: ParcelFacts) -> tuple[bool, tuple[object, ...]]:
    return bool(parcel.events), recency(parcel.events[0]) if parcel.events else ()


def _parcel(entry: Json, number: str, now: datetime) -> ParcelFacts:
    rows = rows_of(entry, now)
    unlisted = max(((row.at, row.code) for row in rows if row.unlisted), default=None)
    moving = [row for row in rows if row.status.state is not None]
    moves = {row.event: row for row in sorted(moving, key=lambda row: row.stop is True)}
    events = newest_first(moves)
    newest = moves[events[0]].status if events else _NO_ROWS
    status = _judged(newest, entry)
    state = status.state or ParcelState.UNKNOWN
    window = _window(entry) if state not in _NO_LONGER_AWAITED else (None, None)
    return ParcelFacts(
        carrier=CarrierName.HERMES,
        number=number,
        state=state,
        problem=status.problem,
        stop=_stop(status, [moves[event] for event in events]),
        events=events,
        shipped_at=first_movement(events),
        last_event_at=events[0].at if events else None,
        expected_from=window[0],
        expected_to=window[1],
        pickup_point=_pickup_point(entry) if state is ParcelState.READY_FOR_PICKUP else None,
        unknown_code=unlisted[1] if unlisted else None,
    )


def _judged(newest: Status, entry: Json) -> Status:
    """The parcel's status: its newest row's, corrected by the flags that may (rules 3 to 5)."""
    attributes, views = part_of(entry, "parcelAttributes"), part_of(entry, "viewParameters")
    if newest.state in _ON_THE_WAY_BACK:
        return newest
    if "RETURN" in str(attributes.get("directionEnum")).upper():
        arrived = newest.state is ParcelState.DELIVERED
        return CODES["RETURN_DELIVERED_TO_SENDER" if arrived else "RETURN_TO_SENDER"]
    if attributes.get("delivered") is True and newest.state is not ParcelState.DELIVERED:
        return CODES["DELIVERED"]
    if newest.state in FINAL_PARCEL_STATES:
        return newest
    return _by_weak_flags(newest, attributes, views)


def _by_weak_flags(newest: Status, attributes: Json, views: Json) -> Status:
    """Flags that say more than a code which is not the end (rule 5)."""
    waiting = True in (views.get("readyForCollection"), views.get("readyForParcelBoxCollection"))
    if waiting and newest.state is not ParcelState.READY_FOR_PICKUP:
        return CODES["READY_FOR_COLLECTION"]
    if attributes.get("handedOverOnTour") is True and newest.state is ParcelState.IN_TRANSIT:
        return CODES["DELIVERY_TOUR_STARTED"]
    return newest


def _stop(status: Status, rows: list[Row]) -> Stop | None:
    """Whether it can still be stopped. Done once a row said so, unless it was delivered after."""
    told = rows[:1] if status.state is ParcelState.DELIVERED else rows
    stopped = next((row.stop for row in told if row.stop is not None), False)
    return Stop.DONE if stopped else status.stop


def _window(entry: Json) -> tuple[datetime | None, datetime | None]:
    """The delivery window. `staticForecast` is a word, not a date, and is not read."""
    forecast = entry.get("forecast")
    if not isinstance(forecast, dict):
        return None, None
    return read_time(forecast.get("deliveryTimeFromUTC")), read_time(
        forecast.get("deliveryTimeToUTC")
    )


def _pickup_point(entry: Json) -> PickupPoint | None:
    """The shop where the parcel waits. Any other address is the recipient's: never read."""
    address = entry.get("address")
    if not isinstance(address, dict) or address.get("addressType") != "PARCELSHOP":
        return None
    shop = {key: " ".join(v.split())[:120] for key, v in address.items() if isinstance(v, str)}
    return PickupPoint(
        shop.get("lastName") or "Hermes PaketShop",
        shop.get("street", ""),
        shop.get("zipCode", ""),
        shop.get("city", ""),
    )
