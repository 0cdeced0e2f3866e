"""Searches the source for customers by a part of their name, e-mail or ID."""

from __future__ import annotations

from collections.abc import Iterator

from tasks.ports import OrderSource, TeamRow

#: Pages of 100: who finds more has to search for more.
MOST_PAGES = 5


def found_rows(source: OrderSource, text: str) -> Iterator[TeamRow]:
    """Everybody whom the source finds, page by page. Raises SourceError's children."""
    for number in range(1, MOST_PAGES + 1):
        page = source.search(text, number)
        yield from page.rows
        if not page.has_next:
            return
