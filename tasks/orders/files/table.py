"""A table as a file holds it: heading cells, and rows with their line numbers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class TableRow(NamedTuple):
    """The cells of one row. `line`: as an editor counts, from 1; a row that can't be told apart
    into cells has a `fault` instead."""

    line: int
    cells: Sequence[str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The rows come once, as they are asked for."""

    heading: Sequence[str]
    rows: Iterator[TableRow]
