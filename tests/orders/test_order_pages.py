"""Order tables are read by their labels: the right orders or none."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.months import PvMonth
from models.domain.values import OrderLine
from tasks.orders import profile
from tasks.orders.order_pages import order_history
from tasks.orders.profile import Profile
from tasks.ports import OrderRecord, PageChanged
from tests.orders.back_office_pages import (
    COLUMNS,
    LINK,
    history,
    order_cells,
)

DE = profile.load("de")
MARKETS = [profile.load(name) for name in profile.shipped()]
REQUIRED = ("number", "source", "order_date", "pv_month", "pv")


def _one(html: str, market: Profile = DE) -> OrderRecord:
    page = order_history(html, market).page
    assert not page.rejected
    assert len(page.orders) == 1
    return page.orders[0]


def _reasons(html: str) -> list[str]:
    return [row.reason for row in order_history(html, DE).page.rejected]


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
def test_every_field_of_an_order_is_read_in_every_market(market: Profile) -> None:
    """The same order gives the same facts in German, English and Portuguese."""
    assert _one(history(market, [order_cells(market)]), market) == OrderRecord(
        number="184145362",
        customer_id=None,
        customer_name="Erika Musterfrau",
        order_date=date(2026, 10, 5),
        pv_month=PvMonth(2026, 10),
        source="AS",
        pv=Decimal("57.00"),
        list_type="I",
        total=Decimal("1045.63"),
        currency=market.currency,
        ship_date=date(2026, 10, 6),
        tracking=LINK,
        paid=True,
        cancellable=False,
        lines=(OrderLine("60204657", 2), OrderLine("60204656", 1)),
        where="order-history, row 1",
    )


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
def test_each_accepted_label_finds_its_column(market: Profile) -> None:
    """Every label that the profile lists is one by which its column is found."""
    html = history(market, [order_cells(market)])
    expected = _one(html, market)
    tried = [(c, label) for c in COLUMNS for label in market.orders.columns[c]]
    for column, label in tried:
        shown = f"<th>{market.orders.columns[column][0]}</th>"
        assert shown in html
        assert _one(html.replace(shown, f"<th>{label}</th>"), market) == expected


@st.composite
def _variants(draw: st.DrawFn) -> str:
    """The same order, written in another way."""
    optional = [c for c in COLUMNS if c not in REQUIRED and c not in {"item", "quantity"}]
    dropped = draw(st.sets(st.sampled_from([c for c in optional if c in {"ship_to", "payment"}])))
    extra = [f"Neu {n}" for n in range(draw(st.integers(0, 3)))]
    columns = draw(st.permutations([c for c in COLUMNS if c not in dropped] + extra))
    cells = order_cells(DE)
    cells["pv"] = draw(st.sampled_from(["57", "57,0", "57.00", "\u00a057,00 ", "sort=57.0|ca. 57"]))
    cells["total"] = draw(
        st.sampled_from(["1,045.63", "1.045,63", "1&nbsp;045,63 &euro;", "sort=1045.63|viel"])
    )
    cells["pv_month"] = draw(st.sampled_from(["10/2026", " 10/2026\n", "2026-10"]))
    cells["item"] = draw(st.sampled_from(["60204657<br/>60204656", "<br>60204657 <br>\n60204656"]))
    cells["source"] = draw(st.sampled_from(["AS", "<b> A&#83; </b>", "<!-- x -->AS"]))
    cells |= dict.fromkeys(extra, "<a href='x'>1</a>")
    html = history(DE, [cells], columns)
    label = draw(st.sampled_from(["BESTELLNUMMER", " bestell&shy;nummer ", "Bestell nummer:"]))
    return html.replace("<th>Bestellnummer</th>", f"<th>{label}</th>")


@given(_variants())
def test_order_of_columns_extra_ones_and_spelling_change_nothing(html: str) -> None:
    """A column that moves, comes or goes must never turn into another order."""
    assert _one(html) == _one(history(DE, [order_cells(DE)]))


@given(st.sampled_from(REQUIRED), st.randoms(use_true_random=False))
def test_a_missing_required_column_is_always_a_changed_page(
    missing: str, chance: random.Random
) -> None:
    """Without the column for sure there is no order, and the message names what is missing."""
    columns = [column for column in COLUMNS if column != missing]
    chance.shuffle(columns)
    with pytest.raises(PageChanged) as error:
        order_history(history(DE, [order_cells(DE)], columns), DE)
    assert DE.orders.columns[missing][0] in str(error.value)
    assert error.value.sample


@given(st.sampled_from(COLUMNS))
def test_a_column_that_stands_twice_is_a_changed_page(column: str) -> None:
    """Which of the two is meant would be a guess."""
    with pytest.raises(PageChanged, match="two columns"):
        order_history(history(DE, [order_cells(DE)], [*COLUMNS, column]), DE)


@given(st.sampled_from([c for c in COLUMNS if c not in REQUIRED]))
def test_a_missing_optional_column_leaves_the_rest_as_it_is(missing: str) -> None:
    """What the market does not show is unknown; everything else is read."""
    full = _one(history(DE, [order_cells(DE)]))
    columns = [column for column in COLUMNS if column != missing]
    assert _one(history(DE, [order_cells(DE)], columns)) == replace(
        full,
        ship_date=None if missing == "ship_date" else full.ship_date,
        tracking=None if missing == "tracking" else full.tracking,
        total=None if missing == "total" else full.total,
        lines=None if missing in {"item", "quantity"} else full.lines,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"order_date": "2026-10-05"}, "not a date as DD.MM.YYYY"),
        ({"pv": "viel"}, "not a number"),
        ({"pv": ""}, "not a number"),
        ({"total": "sort=1.045,63|1.045,63"}, "not a plain decimal"),
        ({"pv_month": "13/2026"}, "no such month"),
        ({"source": ""}, "no order source"),
        ({"number": "12345"}, "no single number"),
        ({"number": '<a href="?ODHNumber=184145362">184145363</a>'}, "no single number"),
        ({"quantity": "2"}, "2 item numbers but 1 quantities"),
        ({"item": "60204657<br><br>60204656"}, "3 item numbers but 2 quantities"),
        ({"quantity": "2<br>viele"}, "not a quantity"),
        ({"total": "sort=45.123|45,12"}, "not a plain decimal"),
        ({"source": "Treuebestellung 17"}, "no order source"),
        ({"list_type": "Ersatzlieferung"}, "longer than 8 characters"),
        ({"tracking": "9" * 501}, "longer than 500 characters"),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_the_others_stay(
    changes: dict[str, str], reason: str
) -> None:
    """One odd row must not hide the rest, nor be stored as something it is not."""
    rows = [order_cells(DE, order="184145361"), order_cells(DE) | changes]
    page = order_history(history(DE, rows), DE).page
    assert [order.number for order in page.orders] == ["184145361"]
    assert [row.where for row in page.rejected] == ["order-history, row 2"]
    assert reason in page.rejected[0].reason


def test_a_row_with_fewer_cells_is_refused() -> None:
    """A shifted row would read every value from its neighbour."""
    html = history(DE, [order_cells(DE)]).replace("</tbody>", "<tr><td>184145363</td></tr></tbody>")
    assert _reasons(html) == ["1 cells where the header has 14"]


def test_when_no_row_can_be_read_the_page_has_changed() -> None:
    """A new date format refuses every row: that is for the operator, not a list of bad rows."""
    rows = [order_cells(DE, order_date="5 okt 2026"), order_cells(DE, order_date="6 okt 2026")]
    with pytest.raises(PageChanged, match=r"no row can be read .*DD\.MM\.YYYY"):
        order_history(history(DE, rows), DE)


def test_dates_in_another_order_are_noticed_before_half_of_them_are_read_wrongly() -> None:
    """An English profile on a day-first page would turn 5 October into 10 May."""
    english = profile.load("en")
    rows = [
        order_cells(english, order_date="05/10/2026", ship_date=""),
        order_cells(english, order_date="25/10/2026", ship_date=""),
    ]
    with pytest.raises(PageChanged, match="dates look like DD/MM/YYYY, not MM/DD/YYYY"):
        order_history(history(english, rows), english)
    with pytest.raises(PageChanged, match="dates look like DD/MM/YYYY"):
        order_history(history(english, rows[:1]), english)


def test_the_pv_month_is_a_field_of_its_own() -> None:
    """An order of the 1st may count for the month before."""
    order = _one(history(DE, [order_cells(DE, order_date="01.11.2026", ship_date="")]))
    assert (order.order_date, order.pv_month) == (date(2026, 11, 1), PvMonth(2026, 10))


@pytest.mark.parametrize(
    ("changes", "paid", "cancellable"),
    [
        ({}, True, False),
        ({"payment": '<a href="https://pay.example/1">Boleto</a>'}, False, False),
        ({"cancel": '<a class="OrderCancelLink" href="#">X</a>'}, False, True),
    ],
)
def test_an_order_with_a_payment_or_cancel_link_is_unpaid(
    changes: dict[str, str], paid: bool, cancellable: bool
) -> None:
    """The list shows unpaid orders too; only their links tell them apart."""
    order = _one(history(DE, [order_cells(DE) | changes]))
    assert (order.paid, order.cancellable) == (paid, cancellable)


def test_an_order_not_yet_shipped_has_no_date_and_no_parcel() -> None:
    """Empty cells are unknown, not errors."""
    order = _one(history(DE, [order_cells(DE, ship_date="", tracking="-", total="")]))
    assert (order.ship_date, order.tracking, order.total) == (None, None, None)


def test_the_currency_shown_beats_the_profiles() -> None:
    """Reais on a German page stay reais."""
    assert _one(history(DE, [order_cells(DE, total="R$ 7,00")])).currency == "BRL"


def test_an_empty_history_is_no_error() -> None:
    """A header without rows, or with a notice, means that there are no orders."""
    notice = '<tr><td colspan="14">Keine Einträge vorhanden</td></tr></tbody>'
    for html in (history(DE, []), history(DE, []).replace("</tbody>", notice)):
        page = order_history(html, DE).page
        assert (page.orders, page.rejected, page.cursor) == ((), (), "202608")


def test_tables_inside_cells_and_the_foot_are_no_rows() -> None:
    """Only the table's own rows are orders."""
    inner = "Erika <table><tr><td>x</td></tr></table>"
    html = history(DE, [order_cells(DE, ship_to=inner)])
    html = html.replace(
        "</tbody></table>", "</tbody><tfoot><tr><td>Summe</td></tr></tfoot></table>"
    )
    assert _one(html).number == "184145362"


def test_a_page_without_the_table_has_changed() -> None:
    """A maintenance page is not an empty history."""
    with pytest.raises(PageChanged, match="no table '#OrderHistoryTable'"):
        order_history("<html><body>Wartung</body></html>", DE)
