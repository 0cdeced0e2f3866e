"""What each Hermes status code and each known German phrase means. Pure.

- `hermes_status_codes.json`: the 51 `parcelStatus` values, each with the evidence for it.
- `hermes_sentences.json`: sentences of the carrier's own event catalogue that tell of trouble or
  of a booking; none of them names a person or a place, so they may be stored.
- Exact code first, then prefixes, never substrings: NOT_DELIVERED contains DELIVERED.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.domain.values import ParcelState, Problem, Stop


@dataclass(frozen=True, slots=True)
class Status:
    """The meaning of a code or phrase. `state` None = a booking, no movement: ignored."""

    state: ParcelState | None
    problem: Problem
    stop: Stop | None
    text: str
    """German, names nobody and no place: safe to store."""


UNKNOWN = Status(ParcelState.UNKNOWN, Problem.INFO, Stop.MAYBE, "Unbekannter Status.")
"""An unknown code without a known phrase. Never taken for transit: that hides new failures."""

#: One fixed text a state, where the table has none or its text leaves a gap for a name.
STATE_TEXTS = {
    ParcelState.ANNOUNCED: "Die Sendung wurde angekündigt.",
    ParcelState.IN_TRANSIT: "Die Sendung ist unterwegs.",
    ParcelState.OUT_FOR_DELIVERY: "Die Sendung ist in der Zustellung.",
    ParcelState.READY_FOR_PICKUP: "Die Sendung liegt zur Abholung bereit.",
    ParcelState.DELIVERED: "Die Sendung wurde zugestellt.",
    ParcelState.DELIVERY_FAILED: "Die Sendung konnte nicht zugestellt werden.",
    ParcelState.EXCEPTION: "Bei der Sendung ist ein Problem aufgetreten.",
    ParcelState.RETURNING: "Die Sendung wird an den Auftraggeber zurückgeführt.",
    ParcelState.RETURNED: "Die Sendung ist beim Auftraggeber eingegangen.",
    ParcelState.CANCELLED: "Die Sendung wurde storniert.",
    ParcelState.UNKNOWN: UNKNOWN.text,
}

#: Codes of which the carrier's sample text would say too much or too little.
_OWN_TEXTS = {
    "TAKEN_OVER_BY_HERMES": "Die Sendung wurde von Hermes übernommen.",
    "DELIVERED_NEIGHBOUR": "Die Sendung wurde bei einem Nachbarn abgegeben.",
    "DELIVERY_FAILED": "Die Sendung konnte nicht zugestellt werden.",
    "PARCELSHOP_COLLECTED_BY_CUSTOMER": "Die Sendung wurde im PaketShop abgeholt.",
    "PICKED_UP_BY_RECIPIENT": "Die Sendung wurde abgeholt.",
    "COLLECTED": "Die Sendung wurde abgeholt.",
    "UNKNOWN_WHEREABOUTS": "Der Verbleib der Sendung ist unklar.",
    "NOT_DELIVERABLE": "Die Sendung ist nicht zustellbar.",
}


def _rows(file: str) -> list[dict[str, Any]]:
    path = Path(__file__).with_name(file)
    entries: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["entries"]
    return entries


def _status(row: dict[str, Any]) -> Status:
    state = None if row["normalised"] == "ignore" else ParcelState(row["normalised"])
    stop = None if row["stop_still_possible"] == "na" else Stop(row["stop_still_possible"])
    text = _OWN_TEXTS.get(row.get("code") or "") or row["text_de"] or ""
    if not text or "<" in text or "…" in text:
        text = STATE_TEXTS[state] if state else "Die Zustellung wurde vorgemerkt."
    return Status(state, Problem(row["problem_severity"]), stop, text)


CODES: dict[str, Status] = {row["code"]: _status(row) for row in _rows("hermes_status_codes.json")}
SENTENCES: dict[str, Status] = {
    row["text_de"]: _status(row) for row in _rows("hermes_sentences.json")
}

BOOKING = Status(None, Problem.NONE, None, "Die Zustellung wurde vorgemerkt.")
_CANCELLED = Status(
    ParcelState.CANCELLED, Problem.HIGH, Stop.DONE, STATE_TEXTS[ParcelState.CANCELLED]
)
_STOPPED = replace(CODES["RETURN"], stop=Stop.DONE, text="Die Auslieferung wurde gestoppt.")

#: Longest first, so that an ambiguous code stays ambiguous when it grows a suffix.
_PREFIXES: tuple[tuple[str, Status], ...] = (
    ("DELIVERED_PARCELSHOP", CODES["DELIVERED_PARCELSHOP"]),
    ("DELIVERED_PARCELBOX", CODES["DELIVERED_PARCELBOX"]),
    ("DELIVERED_", CODES["DELIVERED"]),
    ("DELIVERY_FAILED", CODES["DELIVERY_FAILED"]),
    ("RETURN", CODES["RETURN"]),
    ("RETOURE", CODES["RETURN"]),
    ("EDL_", BOOKING),
)

#: The first phrase found decides: what says more of the end stands before its cause.
_PHRASES: tuple[tuple[re.Pattern[str], Status], ...] = (
    (re.compile("Auslieferung (?:wurde )?gestoppt|Sendungsstopp"), _STOPPED),
    (re.compile("Rückweg zum Auftraggeber"), CODES["RETURN"]),
    (re.compile("zur Abholung bereit"), CODES["READY_FOR_PICKUP"]),
    (
        re.compile("Schaden"),
        Status(
            ParcelState.EXCEPTION,
            Problem.HIGH,
            Stop.MAYBE,
            "Die Sendung ist möglicherweise beschädigt.",
        ),
    ),
    (re.compile("Verbleib(?!t)"), CODES["UNKNOWN_WHEREABOUTS"]),
    (re.compile("Anschrift"), CODES["DELIVERY_FAILED_ADDRESS_PROBLEM"]),
    (
        re.compile("[Nn]icht angetroffen"),
        replace(CODES["DELIVERY_FAILED"], text="Der Empfänger wurde nicht angetroffen."),
    ),
)

_STOP_SPOKEN_OF = re.compile(
    "Auslieferung (?:wurde )?gestoppt|Sendungsstopp|[Ss]torniert|Stornierung der Sendung"
)
#: What else the catalogue calls "storniert": a booking, a wrong scan, the way back.
_OTHER_THING_CANCELLED = re.compile(r"Wunsch[A-ZÄÖÜ]|Status|Rückversand")


def stop_in(text: str) -> bool | None:
    """Whether a row's text says that the delivery is stopped; None = it says nothing of it.

    False: the stop was taken back (catalogue 9399).
    """
    found = _STOP_SPOKEN_OF.search(text)
    if found is None:
        return None
    if found[0].startswith("Stornierung"):
        return False if "gelöscht" in text else None
    if found[0].endswith("torniert") and _OTHER_THING_CANCELLED.search(text):
        return None
    return True


def by_code(code: str) -> Status | None:
    """The meaning of a code: exactly, else by its prefix; None = unknown."""
    exact = CODES.get(code)
    if exact is not None:
        return exact
    return next((status for prefix, status in _PREFIXES if code.startswith(prefix)), None)


def by_text(text: str) -> Status | None:
    """What a German text says: a cancellation, a sentence of the catalogue, else a phrase."""
    if stop_in(text) and "torniert" in text:
        return _CANCELLED
    sentence = SENTENCES.get(text)
    if sentence is not None:
        return sentence
    return next((status for phrase, status in _PHRASES if phrase.search(text)), None)
