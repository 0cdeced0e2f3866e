"""The detail of one order, in the three layouts that the site has. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from markupsafe import Markup, escape

from worker.simulator.faults import PageChange
from worker.simulator.markup import german_amount, german_date, join, page, page_link
from worker.simulator.records import TAX_PERCENT, Line, Order

_ALWAYS = ("Artikel", "Menge versandt", "Menge bestellt", "Beschreibung")
_PRICES = ("Preis", "Preis gesamt")
_PV = {8: ("PV", "PV gesamt"), 7: ("PV",), 6: ()}
_NBSP = "\N{NO-BREAK SPACE}"


def layout(order: Order) -> int:
    """How many columns: 6 without PV, 7 with one PV column (single pieces only), else 8."""
    if not order.pv:
        return 6
    single = all(line.quantity == 1 for line in order.lines)
    return 7 if single and int(order.number) % 2 else 8


def _euros(value: Decimal) -> str:
    return german_amount(value) + _NBSP + "€"


def _description(line: Line) -> Markup:
    """With the `<sup>` and `<br>` that real descriptions hold."""
    name = str(escape(line.name))
    if name.startswith("On Guard"):
        name = name.replace("On Guard", "On Guard<sup>®</sup>", 1)
    return Markup(name.replace(" 15 ml", "<br>15 ml"))  # noqa: S704 - escaped above


def _cells(line: Line, order: Order, columns: int, shipped: bool) -> Markup:
    pv = (line.unit_pv, line.pv) if columns == 8 else (line.unit_pv,) if columns == 7 else ()
    texts: list[str] = [line.item, str(line.quantity if shipped else 0), str(line.quantity)]
    texts += [_description(line), *(german_amount(one) for one in pv)]
    texts += [_euros(line.unit_price), _euros(line.price)]
    return _tr(texts)


def _tr(texts: Sequence[str], css: str = "") -> Markup:
    attribute = Markup(' class="{}"').format(css) if css else Markup("")
    return Markup("<tr{}>{}</tr>\n").format(
        attribute, join(Markup("<td>{}</td>").format(text) for text in texts)
    )


def _subtotal(order: Order, columns: int) -> Markup:
    pv = Markup("<td>{}</td>").format(german_amount(order.pv)) if columns > 6 else Markup("")
    span = 5 if columns == 8 else 4
    blank = Markup("<td></td>")
    return Markup('<tr><td colspan="{}">Zwischensumme</td>{}{}<td>{}</td></tr>\n').format(
        span, pv, blank, _euros(order.subtotal)
    )


def _items(order: Order, now: datetime, changes: Sequence[PageChange]) -> Markup:
    columns = layout(order)
    labels = [*_ALWAYS, *_PV[columns], *_PRICES]
    for change in changes:
        labels = [change.to if label == change.label else label for label in labels]
    shipped = order.shipped(now)
    rows = join(_cells(line, order, columns, shipped) for line in order.lines)
    return Markup("<table>\n{}{}{}</table>").format(
        _tr(labels, "InvoiceHeader"), rows, _subtotal(order, columns)
    )


def _totals(order: Order) -> Markup:
    carrier = "DHL" if order.parcel and order.parcel.road == "dhl" else "Hermes"
    rows = (
        (f"Versand ({carrier} Standard)", order.shipping),
        (f"MwSt. ({TAX_PERCENT} %)", order.tax),
        ("Gesamt", order.total),
    )
    return _amounts("totals", rows)


def _payment(order: Order, now: datetime) -> Markup:
    zero, paid = Decimal("0.00"), order.paid(now)
    head = _tr(
        ("Zahlungsart", "Kreditkarte" if order.paid_at == order.placed_at else "Überweisung")
    )
    rows = (
        ("Erhaltener Betrag", order.total if paid else zero),
        ("Gesamt", order.total),
        ("Offener Betrag", zero if paid else order.total),
    )
    return _amounts("payment", rows, head)


def _amounts(css: str, rows: Sequence[tuple[str, Decimal]], head: str = "") -> Markup:
    body = join(_tr((label, _euros(value))) for label, value in rows)
    return Markup('<table class="{}">\n{}{}</table>').format(css, head, body)


def detail_page(order: Order, now: datetime, changes: Sequence[PageChange] = ()) -> str:
    """Lines, totals and payment of one order, with the link to its PDF once it is paid."""
    segment = Markup('<div class="ui basic segment tabledivnm">\n{}\n</div>')
    dropped = any(change.how == "drop-table" for change in changes)
    pdf = page_link("InvoicePDF", "Rechnung als PDF", ODHNumber=order.number)
    heading = Markup("<h3>Bestellung {}</h3>\n<p>Rechnung {} vom {}</p>\n{}\n").format(
        order.number,
        order.invoice_number if order.paid(now) else "",
        german_date(order.order_date),
        pdf if order.paid(now) else "",
    )
    items = Markup("") if dropped else segment.format(_items(order, now, changes))
    return page("Bestelldetails", heading + items + _totals(order) + _payment(order, now))
