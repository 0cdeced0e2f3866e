"""How docs/performance.md shows profiles: one table of parts, each beside its bare libraries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Each entry's name begins so; what follows is the part.
PREFIX = "part_"

_WIRE = "the ready mail wrapped for the wire"
_IMPORTS = "its libraries imported"

#: What is measured, and against what.
PARTS: Mapping[str, tuple[str, str]] = {
    "read_history": ("an order history of 500 rows read", "the page parsed"),
    "read_team": ("a team list of 1,000 rows read", "the page parsed"),
    "read_month": ("a month of 100 rows read", "the page parsed"),
    "read_hermes": ("an answer of Hermes read", "its JSON parsed"),
    "mail_alert": ("an alert composed", _WIRE),
    "mail_reminder": ("a reminder", _WIRE),
    "mail_all-clear": ("an all-clear", _WIRE),
    "mail_case-reminder": ("a case's reminder", _WIRE),
    "mail_first-sync-summary": ("a first-sync summary", _WIRE),
    "mail_digest": ("a digest", _WIRE),
    "mail_invoice-copy": ("an invoice copy", _WIRE),
    "mail_operator": ("a system alert", _WIRE),
    "mail_test": ("a test mail", _WIRE),
    "start_help": ("`orderwatch --help`", _IMPORTS),
    "start_list": ("`orderwatch orders list`", _IMPORTS),
    "start_status": ("`orderwatch status`", _IMPORTS),
    "start_run": ("`orderwatch run` until its first heartbeat", _IMPORTS),
}

HEAD = """
## Profiles

Milliseconds of the parts that everything else is made of, and of what the libraries below them need
alone. Mails are in German, text and HTML; commands look into an empty database.

| part | milliseconds | against | milliseconds | × |
|---|---:|---|---:|---:|"""


def parts_part(bench: Mapping[str, Any]) -> str:
    """The section; nothing when the parts were not measured."""
    known = {name: row for name in PARTS if (row := bench.get(PREFIX + name)) is not None}
    lines = [_line(name, row) for name, row in known.items()]
    return "\n".join([HEAD, *lines]) if lines else ""


def _line(name: str, row: Mapping[str, Any]) -> str:
    what, against = PARTS[name]
    ours, bare, ratio = (_short(row[key]) for key in ("ours", "baseline", "ratio"))
    return f"| {what} | {ours} | {against} | {bare} | {ratio} |"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
