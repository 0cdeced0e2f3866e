"""One thing shown to a person: labelled lines, and words that can't harm a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def plain(text: Any) -> str:
    """Outside text as one printable line: no control characters, no terminal commands."""
    line = " ".join(str(text).split())
    return "".join(character for character in line if character.isprintable())


def print_card(title: str, rows: Iterable[tuple[str, Any]]) -> None:
    """The title, and a line for each value that is known."""
    print(plain(title))
    known = [(label, value) for label, value in rows if value not in (None, "", [])]
    width = max((len(label) for label, _ in known), default=0)
    for label, value in known:
        print(f"  {label.ljust(width)}  {plain(value)}")


def yes_no(value: bool | None) -> str | None:
    """A truth as a word, None when it is not known."""
    return None if value is None else "yes" if value else "no"


def money(amount: str | None, currency: str) -> str:
    """An amount with its currency; empty when it is not known."""
    return f"{amount} {currency}" if amount is not None else ""


def span(start: str, end: str) -> str:
    """Two local moments as a window; the day is said once: `2026-10-20 08:00-10:00`."""
    if not start or not end:
        return start or end
    same_day = start[:10] == end[:10]
    return f"{start}-{end[11:]}" if same_day else f"{start} to {end}"


def parcel_state(row: dict[str, Any]) -> str:
    """A parcel's state in a list; one without says whether its carrier is going to be asked."""
    return row["state"] or ("not known yet" if row["next_poll_at"] else "not followed")


#: What is counted, and one of it. Other words (new, sent, parked) are the same for one.
_ONE = {"people": "person", "copies": "copy", "pieces": "piece", "invoices": "invoice",
        "cards": "card", "beats": "beat", "texts": "text", "credits": "credit", "runs": "run",
        "customers": "customer", "orders": "order", "lines": "line", "parcels": "parcel",
        "shipments": "shipment", "alerts": "alert", "mails": "mail", "cases": "case",
        "steps": "step", "files": "file", "rows": "row", "events": "event"}  # fmt: skip


def counted(number: int, noun: str) -> str:
    """A number and what it counts, given in the plural: `1 mail`, `2 mails`, `1 parked mail`."""
    words = noun.replace("_", " ").split()
    return f"{number:,} {' '.join(_ONE.get(w, w) if number == 1 else w for w in words)}"
