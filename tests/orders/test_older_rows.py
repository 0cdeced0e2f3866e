"""Fragments of older rows: read by the right header, followed to their end."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tasks.orders import profile
from tasks.orders.order_pages import older_rows, order_history
from tasks.ports import PageChanged
from tests.orders.back_office_pages import (
    COLUMNS,
    fragment,
    history,
    order_cells,
)

DE = profile.load("de")


def test_older_rows_without_a_header_are_read_by_the_first_pages() -> None:
    """A fragment holds rows like the first page's, in that page's order of columns."""
    columns = tuple(reversed(COLUMNS))
    first = order_history(history(DE, [], columns), DE)
    html = fragment(DE, [order_cells(DE)], "202605", columns)
    page = older_rows(html, DE, first, "202608")
    assert [order.number for order in page.orders] == ["184145362"]
    assert (page.cursor, page.owner_name) == ("202605", "Erika Musterfrau")
    assert page.orders[0].where == "older-orders 202608, row 1"


def test_older_rows_with_a_header_of_their_own_are_read_by_it() -> None:
    """Should the site repeat the header, it is the one that counts."""
    first = order_history(history(DE, []), DE)
    columns = tuple(reversed(COLUMNS))
    html = fragment(DE, [order_cells(DE)], "202605", columns, header=True)
    assert older_rows(html, DE, first, "202608").orders[0].pv == Decimal("57.00")


def test_an_empty_fragment_with_a_moved_cursor_goes_on() -> None:
    """The rows come with the next call: stopping here would lose them."""
    first = order_history(history(DE, []), DE)
    page = older_rows(fragment(DE, [], "202605"), DE, first, "202608")
    assert (page.orders, page.cursor) == ((), "202605")


@pytest.mark.parametrize("cursor", ["202608", None])
def test_a_cursor_that_stands_still_or_is_missing_is_the_end(cursor: str | None) -> None:
    """The last rows are still read, and nothing is asked after them."""
    first = order_history(history(DE, []), DE)
    page = older_rows(fragment(DE, [order_cells(DE)], cursor), DE, first, "202608")
    assert (len(page.orders), page.cursor) == (1, None)


@pytest.mark.parametrize("cursor", ["202611", "gestern", "202613"])
def test_a_cursor_that_cannot_be_followed_is_a_changed_page(cursor: str) -> None:
    """One that moves ahead would never end."""
    first = order_history(history(DE, []), DE)
    with pytest.raises(PageChanged, match="cursor"):
        older_rows(fragment(DE, [], cursor), DE, first, "202608")


def test_a_fragment_that_is_none_is_a_changed_page() -> None:
    """An empty answer must not pass as the end of the history."""
    first = order_history(history(DE, []), DE)
    cursor_alone = '<input type="hidden" class="startdate" value="202605">'
    for html in ("", "<p>Fehler</p>", cursor_alone):
        with pytest.raises(PageChanged, match="ajaxrowstable"):
            older_rows(html, DE, first, "202608")


def test_a_fragment_with_another_number_of_columns_is_refused() -> None:
    """Rows that do not fit the first page's header are never read by position."""
    first = order_history(history(DE, []), DE)
    html = fragment(DE, [order_cells(DE), order_cells(DE)], "202605", COLUMNS[1:])
    with pytest.raises(PageChanged, match="13 cells where the header has 14") as error:
        older_rows(html, DE, first, "202608")
    assert error.value.page == "older-orders"
