"""How docs/performance.md shows growth: a table per database, a column per size of the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Each entry's name begins so; what follows is the work.
PREFIX = "growth_"

#: The work, and how often it comes.
WORKS: Mapping[str, tuple[str, str]] = {
    "tick": ("looking whether anything is due", "each second"),
    "poll": ("15 parcels claimed, answered, written", "as parcels are due"),
    "review": ("100 new orders stored and reviewed", "as orders come"),
    "digest": ("gathering the digest", "once a day"),
    "housekeeping": ("housekeeping with nothing to clear", "once a day"),
    "status": ("`status`", "by hand"),
    "orders_list": ("`orders list`, the newest 500", "by hand"),
    "orders_show": ("`orders show`", "by hand"),
    "customers_find": ("`customers find`", "by hand"),
    "customers_show": ("`customers show`", "by hand"),
    "alerts_list": ("`alerts list`, 20 open", "by hand"),
}

HEAD = """
## Growth

Milliseconds among so many old orders; ten belong to one customer, and each has its line and its
parcel; scans, invoices, mails and alerts are as many as a year leaves. What is open stays the same:
500 parcels under way, 20 alerts. Commands are measured without the start of the program, which
"Profiles" has.
"""

FOOT = """
What reads only what is open or asked for stays flat. The others read more because there is more:
the digest adds up the PV of three months, which grow with the rest here, and looks for what is new
among all orders; housekeeping looks for scans and mails that are too old; `customers find` compares
each name, ID and address with a part of one. At a million orders, more than a hundred years of a
team of five hundred, the slowest of all takes {slowest:.1f} s ({which}, {where})."""


def growth_part(bench: Mapping[str, Any], databases: Mapping[str, str]) -> str:
    """The section; nothing when growth was not measured."""
    tables = [_table(bench, database, title) for database, title in databases.items()]
    found = [table for table in tables if table]
    return "\n".join([HEAD, "\n\n".join(found), _foot(bench, databases)]) if found else ""


def _foot(bench: Mapping[str, Any], databases: Mapping[str, str]) -> str:
    most = {
        (WORKS[name][0], title): row["curve"][-1][1]
        for database, title in databases.items()
        for name, row in _rows(bench, database).items()
    }
    which, where = max(most, key=lambda pair: most[pair])
    return FOOT.format(slowest=most[which, where] / 1000, which=which, where=where)


def _rows(bench: Mapping[str, Any], database: str) -> dict[str, Mapping[str, Any]]:
    end = "" if database == "sqlite" else f"_{database}"
    rows = {name: bench.get(f"{PREFIX}{name}{end}") for name in WORKS}
    return {name: row for name, row in rows.items() if row is not None}


def _table(bench: Mapping[str, Any], database: str, title: str) -> str:
    known = _rows(bench, database)
    if not known:
        return ""
    sizes = [size for size, _ in next(iter(known.values()))["curve"]]
    head = [title, "how often", *(f"{size:,}" for size in sizes), "×"]
    rule = ["---", "---", *("---:" for _ in sizes), "---:"]
    body = [_cells(name, row) for name, row in known.items()]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *body))


def _cells(name: str, row: Mapping[str, Any]) -> list[str]:
    what, often = WORKS[name]
    return [what, often, *(_short(ms) for _, ms in row["curve"]), _short(row["ratio"])]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.3g}"
