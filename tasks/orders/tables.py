"""Tables read by their header's labels, never by a column's position. Pure.

Case, accents, blanks and punctuation of a label do not matter; columns that the profile does not
name are ignored. What is missing or ambiguous raises PageChanged, so no wrong value is ever read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tasks.orders import document
from tasks.ports import PageChanged

#: Rows above the header (a title, a filter) that are looked through.
_HEADER_WITHIN = 5


@dataclass(frozen=True, slots=True)
class Header:
    """Where each known column stands, and how many columns a row has."""

    columns: Mapping[str, int]
    width: int
    twice: tuple[str, ...] = ()
    """Columns that two cells claim."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its place (from 1, below the header) and its cells by column."""

    place: int
    cells: Sequence[LexborNode]
    header: Header

    @property
    def whole(self) -> bool:
        """Whether the row has exactly the header's columns."""
        return len(self.cells) == self.header.width

    def cell(self, column: str) -> LexborNode | None:
        """The cell of a column; None when the table does not show that column."""
        place = self.header.columns.get(column)
        return None if place is None else self.cells[place]

    def text(self, column: str) -> str:
        """The cell's text; empty when the column or the text is missing."""
        cell = self.cell(column)
        return "" if cell is None else document.text(cell)


def same_label(text: str) -> str:
    """A label as it is compared: letters and digits only, no case, no accents."""
    plain = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text.casefold())
    return "".join(filter(str.isalnum, plain))


def find_table(root: LexborHTMLParser, selector: str, page: str) -> LexborNode:
    """The table of a selector (or the one inside it). Raises PageChanged when it is missing."""
    found = document.first(root, selector)
    table = found if found is None or found.tag == "table" else document.first(found, "table")
    if table is None:
        raise PageChanged(page, f"no table {selector!r}", document.sample(root.html or ""))
    return table


def find_header(
    table: LexborNode, labels: Mapping[str, Sequence[str]], required: Iterable[str], page: str
) -> Header:
    """The header by its labels. Raises PageChanged: a required one missing, or one twice."""
    header, wanted = best_header(table, labels, page), list(required)
    missing = [column for column in wanted if column not in header.columns]
    if missing:
        names = ", ".join(f"{' / '.join(labels.get(c, ())) or c}" for c in missing)
        raise PageChanged(page, f"no column {names}", document.sample(table.html or ""))
    return header


def best_header(table: LexborNode, labels: Mapping[str, Sequence[str]], page: str) -> Header:
    """The row among the first that knows most labels; without any, a header of no columns."""
    headers = [_header(row, labels) for row in list(table_rows(table))[:_HEADER_WITHIN]]
    best = max(headers, key=lambda header: len(header.columns), default=Header({}, 0))
    if best.twice:
        names = ", ".join(best.twice)
        raise PageChanged(page, f"two columns for {names}", document.sample(table.html or ""))
    return best


def body_rows(table: LexborNode, header: Header, labels: Mapping[str, Sequence[str]]) -> list[Row]:
    """The rows below the header; repeated headers, the foot and empty rows are left out."""
    known = {same_label(label) for accepted in labels.values() for label in accepted}
    found = [cells for row in table_rows(table) if (cells := row_cells(row))]
    data = [cells for cells in found if not _is_header(cells, known)]
    return [Row(place, cells, header) for place, cells in enumerate(data, 1)]


def table_rows(table: LexborNode) -> Iterator[LexborNode]:
    """The table's own rows, not those of tables inside its cells, without its foot."""
    for child in document.children(table, "thead", "tbody", "tr"):
        if child.tag == "tr":
            yield child
        else:
            yield from document.children(child, "tr")


def row_cells(row: LexborNode) -> list[LexborNode]:
    """The cells of a row; one that spans several columns stands once for each."""
    return [cell for cell in document.children(row, "td", "th") for _ in range(_span(cell))]


def is_notice(row: Row, texts: Iterable[str]) -> bool:
    """Whether the row is one cell that says, in the profile's words, that there are no rows."""
    distinct = {cell.mem_id for cell in row.cells}
    said = same_label(document.text(row.cells[0]))
    return len(distinct) == 1 and said in {same_label(text) for text in texts}


def _span(cell: LexborNode) -> int:
    value = document.attribute(cell, "colspan")
    return min(int(value), 100) if re.fullmatch(r"[1-9][0-9]{0,3}", value) else 1


def _header(row: LexborNode, labels: Mapping[str, Sequence[str]]) -> Header:
    accepted = {same_label(label): column for column in labels for label in labels[column]}
    cells = row_cells(row)
    named = [accepted.get(same_label(document.text(cell))) for cell in cells]
    columns = {column: place for place, column in enumerate(named) if column is not None}
    twice = tuple(column for column in columns if named.count(column) > 1)
    return Header(columns, len(cells), twice)


def _is_header(cells: Sequence[LexborNode], known: set[str]) -> bool:
    """A row is a header when its cells are `th`, or when two or more of them are labels."""
    labels = sum(same_label(document.text(cell)) in known for cell in cells)
    return all(cell.tag == "th" for cell in cells) or labels >= 2
