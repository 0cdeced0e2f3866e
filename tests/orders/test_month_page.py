"""A customer's month: the right customer and month, or none."""

from __future__ import annotations

import pytest

from models.domain.months import PvMonth
from tasks.orders import profile
from tasks.orders.order_pages import month_orders
from tasks.orders.profile import Profile
from tasks.ports import PageChanged
from tests.orders.back_office_pages import (
    MONTH_COLUMNS,
    month_page,
    order_cells,
)

DE = profile.load("de")
MARKETS = [profile.load(name) for name in profile.shipped()]


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
def test_each_label_of_a_month_page_finds_its_column(market: Profile) -> None:
    """The month page has labels of its own, several for a column."""
    labels = market.month.columns
    html = month_page(market, [order_cells(market)])
    expected = month_orders(html, market).orders
    assert expected[0].invoice_number == "77001234"
    for column, label in [(c, label) for c in MONTH_COLUMNS for label in labels[c]]:
        shown = f"<th>{labels[column][0]}</th>"
        assert shown in html
        assert month_orders(html.replace(shown, f"<th>{label}</th>"), market).orders == expected


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Musterfrau, Erika (7654321)", "Erika Musterfrau"),
        ("Erika Musterfrau – 7654321", "Erika Musterfrau"),
        ("Erika Musterfrau, Kundennummer: 7654321, 10/2026", "Erika Musterfrau"),
        ("Bestellungen von Anne-Marie O’Hara (ID 7654321)", "Anne-Marie O’Hara"),
        ("7654321", None),
    ],
)
def test_a_month_page_belongs_to_the_customer_of_its_heading(
    heading: str, name: str | None
) -> None:
    """ID and name come from the page itself."""
    page = month_orders(
        month_page(DE, [order_cells(DE)], heading), DE, "7654321", PvMonth(2026, 10)
    )
    order = page.orders[0]
    assert (order.customer_id, order.customer_name) == ("7654321", name)
    assert (order.pv_month, order.invoice_number) == (PvMonth(2026, 10), "77001234")
    assert order.lines is None


@pytest.mark.parametrize("heading", ["Erika (7654322)", "Erika", "76543210"])
def test_somebody_elses_month_is_a_changed_page(heading: str) -> None:
    """Orders must never be booked on the wrong customer."""
    with pytest.raises(PageChanged, match="no heading with customer 7654321"):
        month_orders(month_page(DE, [], heading), DE, "7654321", PvMonth(2026, 10))


def test_another_month_than_asked_is_a_changed_page() -> None:
    """Monthly rules go by it."""
    html = month_page(DE, [], "Erika (7654321) 9/2026")
    with pytest.raises(PageChanged, match="it shows 2026-09, asked was 2026-10"):
        month_orders(html, DE, "7654321", PvMonth(2026, 10))


@pytest.mark.parametrize("number", ["00/0000", "24/2026", "13/2026"])
def test_a_number_in_a_heading_that_is_no_month_means_nothing(number: str) -> None:
    """A box number, a voucher: the orders are read all the same."""
    html = month_page(DE, [order_cells(DE)], f"Erika (7654321) {number}")
    page = month_orders(html, DE, "7654321", PvMonth(2026, 10))
    assert [order.number for order in page.orders] == ["184145362"]


def test_a_saved_month_page_tells_its_customer_and_month_itself() -> None:
    """The month is the heading's; without one it is the order date's."""
    named = month_orders(month_page(DE, [order_cells(DE)], "Erika (7654321) 9/2026"), DE)
    silent = month_orders(month_page(DE, [order_cells(DE)]), DE)
    below = month_page(DE, [order_cells(DE)]).replace("</h3>", "</h3><h4>9/2026</h4>")
    assert month_orders(below, DE).orders[0].pv_month == PvMonth(2026, 9)
    assert (named.orders[0].customer_id, named.orders[0].pv_month) == ("7654321", PvMonth(2026, 9))
    assert silent.orders[0].pv_month == PvMonth(2026, 10)
