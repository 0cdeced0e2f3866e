"""docs/performance.md, made from bench.json and storm.json: `python -m tests.bench.page`."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.growth_page import PREFIX as GROWTH
from tests.bench.growth_page import growth_part
from tests.bench.parts_page import PREFIX as PART
from tests.bench.parts_page import parts_part

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

#: How a figure's name ends that was measured on PostgreSQL.
_POSTGRES = "_postgresql"


@dataclass(frozen=True)
class Entry:
    """What a figure of bench.json says: what is compared with what, in which unit."""

    what: str
    against: str
    unit: str
    at_least: float | None = None
    at_most: float | None = None
    stores: bool = True
    """Whether it depends on the database, SQLite or PostgreSQL."""

    @property
    def promise(self) -> str:
        """What the ratio has to be."""
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""


ENTRIES = {
    "poll_new": Entry(
        "parcels polled, each with news", "a bare HTTP client", "a second", at_least=0.75
    ),
    "poll_unchanged": Entry(
        "parcels polled, unchanged", "a bare HTTP client", "a second", at_least=0.85
    ),
    "poll_vs_urlwatch": Entry(
        "parcels polled, unchanged, 50 in flight", "urlwatch, same addresses, its 10 in flight",
        "a second", at_least=3,
    ),
    "import": Entry("rows imported", "bare SQLAlchemy Core upserts", "a second", at_least=0.5),
    "import_again": Entry(
        "the same file again", "its first import", "rows a second", at_least=2.5
    ),
    "mail": Entry(
        "mails composed and sent", "bare smtplib, ready-made mails", "a second", at_least=0.3
    ),
    "tick_growth": Entry(
        "a tick among 1,000,000 finished rows", "among 1,000", "seconds", at_most=1.5
    ),
    "review_growth": Entry(
        "a review of 100 orders among 1,000,000", "among 1,000", "milliseconds", at_most=1.5
    ),
    "review_linear": Entry(
        "a review of 1,000 orders of 100,000", "of 10,000", "milliseconds"
    ),
    "latency": Entry(
        "order visible until its alert is mailed, 95 of 100", "what is promised", "seconds",
        at_most=1,
    ),
    "start_seconds": Entry(
        "start of `orderwatch run`", "what is allowed", "seconds", at_most=1, stores=False
    ),
    "idle_cpu_percent": Entry(
        "one core, idle", "what is allowed", "percent", at_most=1, stores=False
    ),
    "idle_memory_mb": Entry(
        "memory, idle", "what is allowed", "MB", at_most=1, stores=False
    ),
    "sync_second_requests": Entry(
        "a second sync, 10 new orders", "the first of 500 customers", "requests", at_most=0.05
    ),
    "sync_second_seconds": Entry(
        "a second sync, 10 new orders", "the first of 500 customers", "seconds"
    ),
}  # fmt: skip


def entry_of(name: str) -> tuple[Entry, str]:
    """What a name means, and the database at its end; an unknown name speaks for itself."""
    stem = name.removesuffix(_POSTGRES)
    entry = ENTRIES.get(stem, Entry(stem, "", ""))
    if stem != name:
        return entry, "PostgreSQL"
    return entry, "SQLite" if entry.stores else ""


def page(bench: dict[str, Any], storms: dict[str, Any]) -> str:
    """The whole page."""
    parts = [_HEAD.format(machine=machine()), _table(bench)]
    parts += [growth_part(bench, DATABASES), parts_part(bench)]
    if storms:
        parts += [_STORMS, _storm_table(storms), *map(_parked, storms.values())]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def machine() -> str:
    """Where it was measured, without a name."""
    cores = os.cpu_count() or 1
    return f"{cores} shared cores ({platform.machine()}), Python {platform.python_version()}"


_HEAD = """# Speed, and what survives a storm

Measured on {machine}. Absolute figures drift with the machine; the ratios are taken
side by side in one run, as medians, and are what counts. Renewed with

    make bench                                  # writes bench.json
    make storm                                  # writes storm.json
    .venv/bin/python -m tests.bench.page        # writes this page

## Speed

| what | against | database | ratio | promised | ours | theirs | unit |
|---|---|---|---:|---|---:|---:|---|"""

_STORMS = """
## Storms

Real processes under `kill -9`, SIGSTOP beyond their leases, wrong clocks, a killed database and
Redis, locks, a full disk, wires that refuse, stall or hang up, wrong answers and changed pages.
Afterwards the books are balanced from outside: the back office's orders, the carrier's parcels,
the mailbox and the database. A seed replays a storm: `make storm SEED=1 DB=sqlite SECONDS=60`.
"""


def _table(bench: dict[str, Any]) -> str:
    lines = []
    for name, row in bench.items():
        # `idle` is the worst of the three figures beside it; the others have tables of their own.
        if name == "idle" or name.startswith((GROWTH, PART)):
            continue
        entry, database = entry_of(name)
        cells = [entry.what, entry.against, database, f"{row['ratio']:.2f}", entry.promise]
        cells += [_number(row["ours"]), _number(row["baseline"]), entry.unit]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


_STORM_ROWS = {
    "seed": "seed",
    "seconds": "seconds",
    "faults_in_all": "faults",
    "orders": "orders",
    "parcels": "new parcels",
    "alerts_expected": "alerts that had to be told",
    "mails_expected": "mails",
    "lost": "lost",
    "copies_doubled": "customers' copies doubled",
    "alerts_doubled": "our own mails doubled (undecided, sent again)",
    "parked": "parked for a human",
    "seconds_to_recover": "seconds until all was balanced",
}


def _storm_table(storms: dict[str, Any]) -> str:
    names = [DATABASES.get(name, name) for name in storms]
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for key, label in _STORM_ROWS.items():
        values = (one[key] for one in storms.values())
        shown = (str(len(v)) if isinstance(v, list) else f"{v:,g}" for v in values)
        lines.append(f"| {label} | " + " | ".join(shown) + " |")
    kinds = sorted({kind for one in storms.values() for kind in one["faults"]})
    for kind in kinds:
        counts = (str(one["faults"].get(kind, 0)) for one in storms.values())
        lines.append(f"| fault: {kind} | " + " | ".join(counts) + " |")
    return "\n".join(lines)


def _parked(storm: dict[str, Any]) -> str:
    if not storm["parked"]:
        return ""
    lines = "\n".join(f"- {line}" for line in storm["parked"])
    return f"\nParked on {DATABASES[storm['database']]}:\n\n{lines}"


def _read(name: str) -> dict[str, Any]:
    path = ROOT / name
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


if __name__ == "__main__":
    PAGE.write_text(page(_read("bench.json"), _read("storm.json")), encoding="utf-8")
