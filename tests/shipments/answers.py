"""Answers for the tests of this room: the samples, and small ones made to measure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).with_name("samples")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NUMBER = "99000000000011"


def sample(name: str) -> Any:
    """A sample by its path below `samples/`, without `.json`."""
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


def utc(text: str) -> datetime:
    """`2026-10-05 13:05` as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row(code: str | None, at: str | None = "2026-10-05T08:00:00Z", text: str | None = None) -> Any:
    """One row of `parcelProgress`."""
    return {"timestamp": at, "status": "HAPPY", "parcelStatus": code, "historyText": text}


def parcel(*rows: Any, number: str = NUMBER, **parts: Any) -> list[Any]:
    """An answer with one parcel; `parts` are its other objects."""
    return [{"barcode": number, "parcelProgress": list(rows), **parts}]
