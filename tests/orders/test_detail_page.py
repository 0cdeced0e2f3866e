"""The detail page in its three layouts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from models.domain.values import OrderLine
from tasks.orders import profile
from tasks.orders.detail_page import order_detail
from tasks.ports import PageChanged

DE = profile.load("de")
NUMBER = "184145362"
LAYOUTS = {len(layout): layout for layout in DE.detail.layouts}


def _page(
    rows: Sequence[Sequence[str]], labels: Sequence[str] | None = None, width: int = 8
) -> str:
    labels = labels or [f"Spalte {n}" for n in range(width)]
    head = "".join(f"<td>{label}</td>" for label in labels)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    items = (
        f'<div class="ui basic segment tabledivnm"><table><tr class="InvoiceHeader">{head}</tr>'
        f'{body}<tr><td colspan="{len(labels) - 1}">Zwischensumme</td><td>81,00</td></tr>'
        "</table></div>"
    )
    totals = (
        "<table><tr><td>Versand (Hermes):</td><td></td><td>5,95&nbsp;€</td></tr>"
        "<tr><td>MwSt. (19 %)</td><td>13,88</td></tr>"
        "<tr><td>Gesamt:</td><td>1.045,63</td></tr>"
        "<tr><td>Zahlungsart</td><td>Visa</td></tr><tr><td>Offen</td><td>0,00</td></tr></table>"
    )
    return f"<html><body><h2>Bestellung {NUMBER}</h2>{items}{totals}</body></html>"


EIGHT = ("60204657", "2", "2", "Lavender<sup>®</sup><br>15 ml", "23,00", "46,00", "27,00", "54,00")


def test_eight_columns_give_the_lines_values() -> None:
    """PV and price are for the whole line; the subtotal is no line."""
    detail = order_detail(_page([EIGHT]), DE, NUMBER)
    assert detail.lines == (
        OrderLine("60204657", 2, "Lavender® 15 ml", Decimal("46.00"), Decimal("54.00")),
    )
    assert (detail.number, detail.total) == (NUMBER, Decimal("1045.63"))
    assert (detail.shipping, detail.outstanding) == (Decimal("5.95"), Decimal(0))


def test_seven_columns_tell_a_lines_pv_only_where_it_is_sure() -> None:
    """A single PV column may be per piece or per line: for one piece both are the same."""
    rows = [
        ("60204657", "1", "1", "Lavender", "23,00", "27,00", "27,00"),
        ("60204656", "2", "2", "Lemon", "11,00", "12,00", "24,00"),
    ]
    detail = order_detail(_page(rows, width=7), DE, NUMBER)
    assert [line.pv for line in detail.lines] == [Decimal("23.00"), None]
    assert [line.price for line in detail.lines] == [Decimal("27.00"), Decimal("24.00")]


def test_six_columns_have_no_pv() -> None:
    """Bundles and replacements; a line at 0,00 with a 4-digit code is normal."""
    detail = order_detail(
        _page([("1234", "1", "1", "Gratis", "0,00", "0,00")], width=6), DE, NUMBER
    )
    assert detail.lines == (OrderLine("1234", 1, "Gratis", None, Decimal("0.00")),)


def test_labels_beat_positions() -> None:
    """Columns that say what they hold are found wherever they stand."""
    labels = ["Beschreibung", "Menge bestellt", "Neu", "PV gesamt", "Artikelnummer", "Gesamtpreis"]
    detail = order_detail(_page([("Lavender", "2", "x", "46", "60204657", "54,00")], labels), DE)
    assert detail.lines == (OrderLine("60204657", 2, "Lavender", Decimal(46), Decimal("54.00")),)


@pytest.mark.parametrize(
    ("html", "message"),
    [
        (_page([EIGHT[:5]], width=5), "no table of items"),
        (_page([EIGHT[:5]], ["Artikel", "a", "b", "c", "d"]), "unknown columns"),
        (_page([EIGHT], ["PV", *"bcdefgh"]), "unknown columns"),
        (_page([("Summe", *EIGHT[1:])]), "item row 1: not an item number"),
        (_page([("60204657", "2", "viele", *EIGHT[3:])]), "item row 1: not a quantity"),
        (_page([EIGHT[:7]]), "item row 1: 7 cells where the header has 8"),
        (_page([EIGHT]).replace(NUMBER, "184145363"), "not about order 184145362"),
        ("<html><body>184145362</body></html>", "no table of items"),
    ],
)
def test_a_detail_page_that_cannot_be_read_for_sure_has_changed(html: str, message: str) -> None:
    """Lines decide about duplicates: none are better than wrong ones."""
    with pytest.raises(PageChanged, match=message):
        order_detail(html, DE, NUMBER)


def test_two_totals_that_differ_tell_nothing() -> None:
    """The payment block has a total too; only an agreed one is a fact."""
    html = _page([EIGHT]).replace("</body>", "<table><tr><td>Gesamt</td><td>9,00</td></tr></table>")
    assert order_detail(html, DE, NUMBER).total is None


def test_a_saved_detail_page_tells_its_number_itself() -> None:
    """One order number on the page is its own; several are not."""
    assert order_detail(_page([EIGHT]), DE).number == NUMBER
    with pytest.raises(PageChanged, match="one order number"):
        order_detail(_page([EIGHT]).replace("</h2>", " 184145363</h2>"), DE)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("Rechnung 77001234 vom 05.10.2026", "77001234"),
        ("Rechnungsnummer: 77001234", "77001234"),
        ("Rechnung Nr. 77001234", "77001234"),
        ("Rechnung vom 05.10.2026", None),
        ("Rechnung 77001234, Rechnung 77001235", None),
        ("Rechnung 770012341234567", None),
    ],
)
def test_the_invoices_number_is_read_where_it_is_sure(said: str, number: str | None) -> None:
    """An order history does not show it; two of them tell nothing."""
    html = _page([EIGHT]).replace("</h2>", f"</h2><p>{said}</p>")
    assert order_detail(html, DE, NUMBER).invoice_number == number


def test_the_payment_tells_what_was_received_and_what_is_open() -> None:
    """In all markets, by the profile's labels."""
    paid = "<table><tr><td>Erhaltener Betrag</td><td>1.000,00 €</td></tr></table>"
    html = _page([EIGHT]).replace("<td>Offen</td><td>0,00</td>", "<td>Offen</td><td>45,63</td>")
    detail = order_detail(html.replace("</body>", paid + "</body>"), DE, NUMBER)
    assert (detail.received, detail.outstanding) == (Decimal(1000), Decimal("45.63"))
