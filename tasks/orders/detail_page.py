"""The detail page of one order: item lines in three layouts, and totals. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from models.domain.values import OrderLine
from tasks.orders import document, numbers
from tasks.orders.cells import decimal_in, item_number
from tasks.orders.profile_values import Detail, Profile
from tasks.orders.redaction import without_quotes
from tasks.orders.tables import Header, Row, row_cells, same_label, table_rows
from tasks.ports import OrderDetail, PageChanged

#: The page's name in messages.
DETAIL: Final = "order-detail"

#: So many characters of a product's name are stored.
LONGEST_DESCRIPTION = 300


def order_detail(html: str, profile: Profile, number: str | None = None) -> OrderDetail:
    """Read an order's lines and totals.

    `number` is the order that was asked for; None for a saved page, which then tells it itself.
    Raises PageChanged, also when the page is another order's or an item row can't be read.
    """
    root = document.open_page(html, DETAIL)
    lines = _lines(root, profile)
    totals = _totals(root, profile.detail)
    return OrderDetail(
        number=_number(html, root, profile, number),
        lines=lines,
        total=totals.get("total"),
        shipping=totals.get("shipping"),
        outstanding=totals.get("outstanding"),
        received=totals.get("received"),
        invoice_number=_invoice_number(root, profile),
    )


def _number(html: str, root: LexborHTMLParser, profile: Profile, asked: str | None) -> str:
    if asked is not None:
        if not re.search(rf"(?<![0-9]){re.escape(asked)}(?![0-9])", html):
            raise PageChanged(DETAIL, f"it is not about order {asked}", document.sample(html))
        return asked
    found = set(re.findall(rf"(?i)ODHNumber=({profile.order_number})(?![0-9])", html))
    said = document.text(root.body) if root.body else ""
    found = found or set(re.findall(rf"(?<![0-9])(?:{profile.order_number})(?![0-9])", said))
    if len(found) != 1:
        raise PageChanged(DETAIL, "it does not show one order number", document.sample(html))
    return str(found.pop())


def _invoice_number(root: LexborHTMLParser, profile: Profile) -> str | None:
    """The number beside the profile's words for an invoice; two different ones tell nothing."""
    said = document.text(root.body) if root.body else ""
    found = {n for pattern in profile.detail.invoice for n in re.findall(pattern, said)}
    return str(found.pop()) if len(found) == 1 else None


def _lines(root: LexborHTMLParser, profile: Profile) -> tuple[OrderLine, ...]:
    """The lines of every item table: bundles stand in one of their own."""
    tables = document.select(root, profile.detail.table)
    headed = [t for t in tables if document.first(t, profile.detail.header) is not None]
    found = [(t, h) for t in headed if (h := _header(t, profile.detail)) is not None]
    if not found:
        raise PageChanged(DETAIL, "no table of items", document.sample(root.html or ""))
    return tuple(line for table, header in found for line in _table_lines(table, header, profile))


def _header(table: LexborNode, detail: Detail) -> Header | None:
    """The columns by their labels, or by the known layout of that width; None: no item table.

    Raises PageChanged when labels and layout contradict each other.
    """
    cells = row_cells(document.select(table, detail.header)[0])
    accepted = {same_label(label): c for c, names in detail.columns.items() for label in names}
    named = [accepted.get(same_label(document.text(cell))) for cell in cells]
    if {"item", "quantity"} <= set(named):
        return _by_labels(named, table)
    layout = next((layout for layout in detail.layouts if len(layout) == len(cells)), None)
    if layout is None and "item" not in named:
        return None
    if layout is None or any(n and n != c for n, c in zip(named, layout, strict=True)):
        raise PageChanged(DETAIL, "unknown columns of items", document.sample(table.html or ""))
    return Header({column: place for place, column in enumerate(layout)}, len(cells))


def _by_labels(named: Sequence[str | None], table: LexborNode) -> Header:
    known = [column for column in named if column is not None]
    if len(set(known)) != len(known):
        raise PageChanged(DETAIL, "two columns of one meaning", document.sample(table.html or ""))
    return Header({c: place for place, c in enumerate(named) if c is not None}, len(named))


def _table_lines(table: LexborNode, header: Header, profile: Profile) -> Iterator[OrderLine]:
    heads = {node.mem_id for node in document.select(table, profile.detail.header)}
    data = [tr for tr in table_rows(table) if tr.mem_id not in heads and not _spans(tr)]
    for place, tr in enumerate(data, 1):
        row = Row(place, row_cells(tr), header)
        try:
            yield _line(row)
        except ValueError as error:
            raise PageChanged(
                DETAIL, f"item row {place}: {without_quotes(str(error))}", tr.html or ""
            ) from None


def _spans(row: LexborNode) -> bool:
    """The subtotal, and every other row that is no item, spans columns or has no cells."""
    cells = list(document.children(row, "td", "th"))
    return not cells or any(document.attribute(cell, "colspan") not in {"", "1"} for cell in cells)


def _line(row: Row) -> OrderLine:
    if not row.whole:
        raise ValueError(f"{len(row.cells)} cells where the header has {row.header.width}")
    quantity = numbers.quantity(row.text("quantity"))
    return OrderLine(
        item=item_number(row.text("item")),
        quantity=quantity,
        description=row.text("description")[:LONGEST_DESCRIPTION] or None,
        pv=_of_line(row, "pv_total", "pv", quantity),
        price=_of_line(row, "price_total", "price", quantity),
    )


def _of_line(row: Row, whole: str, single: str, quantity: int) -> Decimal | None:
    """The value of the whole line. A single column says it for sure for one piece, or for 0."""
    if row.text(whole):
        return decimal_in(row, whole)
    value = decimal_in(row, single) if row.text(single) else None
    return value if quantity == 1 or value == 0 else None


def _totals(root: LexborHTMLParser, detail: Detail) -> dict[str, Decimal]:
    """Amounts by their labels. A label with two different amounts tells nothing for sure."""
    accepted = {same_label(label): key for key, names in detail.totals.items() for label in names}
    found: dict[str, set[Decimal]] = {}
    for label, cell in _labelled(root):
        key = accepted.get(same_label(re.sub(r"\([^)]*\)", " ", label)))
        if key is not None and (value := _amount(cell)) is not None:
            found.setdefault(key, set()).add(value)
    return {key: values.pop() for key, values in found.items() if len(values) == 1}


def _labelled(root: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    """Rows of exactly two filled cells: a label and an amount."""
    for row in root.css("tr"):
        filled = [t for c in document.children(row, "td", "th") if (t := document.text(c))]
        if len(filled) == 2:
            yield filled[0], filled[1]


def _amount(text: str) -> Decimal | None:
    try:
        return numbers.amount(text)
    except ValueError:
        return None
