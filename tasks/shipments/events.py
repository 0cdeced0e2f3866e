"""Order, doubles and first movement of parcel events, and reading times. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from models.domain.values import ParcelEvent, ParcelState

#: Decides between scans of the same moment, so that the order of rows never matters.
_ADVANCE = {
    state: rank
    for rank, state in enumerate(
        (
            ParcelState.ANNOUNCED,
            ParcelState.IN_TRANSIT,
            ParcelState.OUT_FOR_DELIVERY,
            ParcelState.UNKNOWN,
            ParcelState.DELIVERY_FAILED,
            ParcelState.READY_FOR_PICKUP,
            ParcelState.EXCEPTION,
            ParcelState.CANCELLED,
            ParcelState.DELIVERED,
            ParcelState.RETURNING,
            ParcelState.RETURNED,
        )
    )
}
#: Label data, an unknown word or a cancellation do not show that the parcel has moved.
_NO_MOVEMENT = frozenset({ParcelState.ANNOUNCED, ParcelState.UNKNOWN, ParcelState.CANCELLED})


def recency(event: ParcelEvent) -> tuple[datetime, int, str, str]:
    """Sort key: the later, and in the same moment the further advanced, event is greater."""
    return event.at, _ADVANCE[event.state], event.code, event.text


def newest_first(events: Iterable[ParcelEvent]) -> tuple[ParcelEvent, ...]:
    """The events without exact doubles, newest first, whatever order they came in."""
    return tuple(sorted(set(events), key=recency, reverse=True))


def first_movement(events: Iterable[ParcelEvent]) -> datetime | None:
    """When the carrier first had the parcel in hand (aware UTC)."""
    return min((e.at for e in events if e.state not in _NO_MOVEMENT), default=None)


def read_time(value: object, zone: tzinfo = UTC) -> datetime | None:
    """An ISO 8601 time as aware UTC; `zone` is meant where it has no offset. None: unreadable."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
