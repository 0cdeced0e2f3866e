"""Long lists of IDs in portions: databases bound how many values one statement may name. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

#: SQLite takes 32,766 of them, PostgreSQL 65,535; small ones are planned well by both.
AT_ONCE = 500

Item = TypeVar("Item")


def portions(items: Collection[Item]) -> Iterator[list[Item]]:
    """The items in lists of at most AT_ONCE."""
    every = list(items)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]
