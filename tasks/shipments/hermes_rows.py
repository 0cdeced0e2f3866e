"""Hermes' answer (decoded JSON) -> its rows, each with its meaning. Pure.

- Rows may hold nulls and unknown keys; a row without a time says nothing and is dropped.
- A wrong type where the state is read from is a schema break: CarrierUnavailable, one line.
- A row's text is kept only when it is a sentence of the carrier's catalogue, which names nobody.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.domain.values import ParcelEvent, ParcelState
from tasks.ports import CarrierUnavailable
from tasks.shipments import status_table as table
from tasks.shipments.events import read_time
from tasks.shipments.status_table import CODES, Status

Json = dict[str, Any]
"""A decoded JSON object of the carrier, not yet trusted."""

_CODE = re.compile(r"[A-Z0-9_]{1,64}")
UNREADABLE_CODE = "UNREADABLE"
"""Stands for a code that is no word of capitals and digits: it could be anything."""

#: States of which the carrier's sentence tells the cause, which the code does not.
_CAUSE_IN_TEXT = frozenset(
    {ParcelState.DELIVERY_FAILED, ParcelState.EXCEPTION, ParcelState.RETURNING}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `parcelProgress` that says something, with its meaning."""

    at: datetime
    code: str
    status: Status
    stop: bool | None
    """True: its text says that the delivery is stopped; False: the stop was taken back."""
    text: str

    @property
    def unlisted(self) -> bool:
        """Whether its code is one that the table does not hold."""
        return bool(self.code) and self.code not in CODES and not self.code.startswith("EDL_")

    @property
    def event(self) -> ParcelEvent:
        """The row as it is stored and shown."""
        return ParcelEvent(self.at, self.code, self.status.state or ParcelState.UNKNOWN, self.text)


def _broken(what: str) -> CarrierUnavailable:
    return CarrierUnavailable(f"Hermes' answer no longer looks as expected: {what}")


def entries_of(body: object) -> list[Json]:
    """The parcels of an answer. Raises CarrierUnavailable when it is no list of parcels."""
    if not isinstance(body, list):
        raise _broken("a list of parcels was expected, not one single value")
    if not all(isinstance(entry, dict) for entry in body):
        raise _broken("a list of parcels was expected, not of other things")
    if not all(isinstance(entry.get("barcode"), str | None) for entry in body):
        raise _broken("a barcode is no text")
    if body and not any(entry.get("barcode") for entry in body):
        raise _broken("no parcel in it has a barcode")
    return body


def rows_of(entry: Json, now: datetime) -> list[Row]:
    """The rows up to `now` that say something, in any order, doubles and bookings included."""
    if "parcelProgress" not in entry:
        raise _broken("parcelProgress is missing")
    progress = [] if entry["parcelProgress"] is None else entry["parcelProgress"]
    if not isinstance(progress, list) or not all(isinstance(r, dict | None) for r in progress):
        raise _broken("parcelProgress is no list of rows")
    timed = [
        (row, _time(row)) for row in progress if row and row.get("timestamp") not in (None, "")
    ]
    if timed and not any(at for _, at in timed):
        raise _broken("no timestamp can be read")
    rows = [_row(row, at) for row, at in timed if at and at <= now]
    return [row for row in rows if row is not None]


def _time(row: Json) -> datetime | None:
    if not isinstance(row["timestamp"], str):
        raise _broken("a timestamp is no text")
    return read_time(row["timestamp"])


def _row(row: Json, at: datetime) -> Row | None:
    """One row with its meaning; None when it holds neither a code nor a text."""
    raw, told = row.get("parcelStatus"), row.get("historyText")
    if not isinstance(raw, str | None):
        raise _broken("a parcelStatus is no text")
    text = " ".join(told.split()) if isinstance(told, str) else ""
    if not raw and not text:
        return None
    code = raw if not raw or _CODE.fullmatch(raw) else UNREADABLE_CODE
    known = table.by_code(code) if code else None
    status = known or table.by_text(text) or table.UNKNOWN
    return Row(at, code or "", status, table.stop_in(text), _cause(status, text) or status.text)


def _cause(status: Status, text: str) -> str | None:
    """The carrier's sentence on why, when it agrees with the known code; it names nobody."""
    told = table.by_text(text) if text and status.state in _CAUSE_IN_TEXT else None
    return told.text if told and told.state is status.state else None


def part_of(entry: Json, name: str) -> Json:
    """A part of the parcel that decides its state: an object, or absent."""
    part = entry.get(name) or {}
    if not isinstance(part, dict):
        raise _broken(f"{name} is no object")
    return part
