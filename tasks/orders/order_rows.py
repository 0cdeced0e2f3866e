"""One row of an order table -> an order, or the reason why it cannot be read for sure. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import takewhile

from models.domain.months import PvMonth
from models.domain.values import OrderLine
from tasks.orders import document, numbers
from tasks.orders.cells import (
    decimal_in,
    item_number,
    number_in,
    optional_day,
    optional_text,
    short,
)
from tasks.orders.profile_values import Profile
from tasks.orders.redaction import without_quotes
from tasks.orders.tables import Row, is_notice
from tasks.ports import OrderRecord, PageChanged, Rejected

_SOURCE = re.compile(r"\S.{0,15}")
#: So many characters of them are stored (models.order).
_LONGEST_LIST_TYPE, _LONGEST_INVOICE, _LONGEST_TRACKING = 8, 64, 500


@dataclass(frozen=True, slots=True)
class Page:
    """What all rows of a page share: its name, its customer, its month and the market."""

    name: str
    profile: Profile
    cancel_link: str
    customer_id: str | None = None
    customer_name: str | None = None
    month: PvMonth | None = None
    part: str = ""
    """Which of several pages of that name, for messages about a row."""


def read_rows(
    rows: Sequence[Row], page: Page
) -> tuple[tuple[OrderRecord, ...], tuple[Rejected, ...]]:
    """The orders of the rows and the refused rows.

    Raises PageChanged when the dates prove another order of day and month than the profile's, or
    when none of several rows can be read: then the page has changed, not the rows.
    """
    orders: list[OrderRecord] = []
    rejected: list[Rejected] = []
    for row in (row for row in rows if not is_notice(row, page.profile.no_rows)):
        _check_date_order(row, page)
        where = f"{page.name} {page.part}".strip() + f", row {row.place}"
        try:
            orders.append(_order(row, page, where))
        except ValueError as error:
            rejected.append(Rejected(where, str(error)))
    if len(rejected) > 1 and not orders:
        reason = without_quotes(rejected[0].reason)
        raise PageChanged(page.name, f"no row can be read ({reason})", _sample(rows))
    return tuple(orders), tuple(rejected)


def _order(row: Row, page: Page, where: str) -> OrderRecord:
    if not row.whole:
        raise ValueError(f"{len(row.cells)} cells where the header has {row.header.width}")
    profile = page.profile
    ordered = numbers.day(row.text("order_date"), profile.date_format)
    payable = _payable(row)
    cancellable = _cancellable(row, page.cancel_link)
    return OrderRecord(
        number=number_in(row, "number", "ODHNumber", profile.order_number),
        customer_id=page.customer_id,
        customer_name=page.customer_name,
        order_date=ordered,
        pv_month=_pv_month(row, page, ordered),
        source=_source(row),
        pv=decimal_in(row, "pv"),
        list_type=short(row.text("list_type") or "I", _LONGEST_LIST_TYPE),
        total=_total(row),
        currency=numbers.currency(row.text("total")) or profile.currency,
        invoice_number=optional_text(short(row.text("invoice_number"), _LONGEST_INVOICE)),
        ship_date=optional_day(row.text("ship_date"), profile.date_format),
        tracking=_tracking(row),
        paid=not (payable or cancellable),
        cancellable=cancellable,
        lines=_lines(row),
        where=where,
    )


def _source(row: Row) -> str:
    source = row.text("source")
    if not _SOURCE.fullmatch(source):
        raise ValueError(f"no order source: {source[:40]!r} (AS or IO would be)")
    return source


def _pv_month(row: Row, page: Page, ordered: date) -> PvMonth:
    """The row's own month, else the page's, else (a saved page that names none) the date's."""
    if "pv_month" not in row.header.columns:
        return page.month or PvMonth.of(ordered)
    month = numbers.pv_month(row.text("pv_month"))
    if page.month not in (None, month):
        raise ValueError(f"PV month {month} on the page of {page.month}")
    return month


def _total(row: Row) -> Decimal | None:
    cell = row.cell("total")
    if cell is None or not (row.text("total") or document.attribute(cell, "data-sort-value")):
        return None
    return decimal_in(row, "total")


def _tracking(row: Row) -> str | None:
    cell = row.cell("tracking")
    if cell is None:
        return None
    web = [href for href in document.links(cell) if re.match(r"(?i)(https?:)?//", href)]
    return optional_text(short(web[0] if web else row.text("tracking"), _LONGEST_TRACKING))


def _payable(row: Row) -> bool:
    cell = row.cell("payment")
    return cell is not None and bool(document.links(cell))


def _cancellable(row: Row, selector: str) -> bool:
    """A cancel link anywhere in the row, or any link or button in the column for it."""
    cell = row.cell("cancel")
    if cell is not None and (cell.css_first("a, button, input") is not None):
        return True
    return any(document.select(cell, selector) for cell in row.cells)


def _lines(row: Row) -> tuple[OrderLine, ...] | None:
    """Item numbers and quantities, aligned; None when the table does not show both."""
    items, quantities = _parts(row, "item"), _parts(row, "quantity")
    if items is None or quantities is None:
        return None
    if len(items) != len(quantities):
        raise ValueError(f"{len(items)} item numbers but {len(quantities)} quantities")
    aligned = zip(items, quantities, strict=True)
    return tuple(OrderLine(item_number(item), numbers.quantity(count)) for item, count in aligned)


def _parts(row: Row, column: str) -> list[str] | None:
    """The lines of a cell without stray empty ones at its start and end.

    An empty line in between stays, so that it can't shift what follows.
    """
    cell = row.cell(column)
    if cell is None:
        return None
    found = document.lines(cell)
    start = sum(1 for _ in takewhile(lambda line: not line, found))
    end = sum(1 for _ in takewhile(lambda line: not line, reversed(found)))
    return found[start : len(found) - end]


def _check_date_order(row: Row, page: Page) -> None:
    """Refuse the whole page when its dates prove another order of day and month.

    With `MM/DD/YYYY` for `DD/MM/YYYY` half the dates would be read, and wrongly: either a date
    reads only when exchanged, or only the exchanged one fits its PV month.
    """
    order = page.profile.date_format
    other = numbers.swapped(order)
    if not row.whole:
        return
    for column in ("order_date", "ship_date"):
        text = row.text(column)
        read, exchanged = _read(text, order), _read(text, other)
        month = _known_month(row, page) if column == "order_date" else None
        if exchanged and (read is None or (month and _fits_only(month, exchanged, read))):
            raise PageChanged(page.name, f"dates look like {other}, not {order}", _sample([row]))


def check_date_orders(rows: Sequence[Row], column: str, page: str, order: str) -> None:
    """Raise PageChanged when a date of the column reads with day and month exchanged only."""
    for row in rows:
        text = row.text(column) if row.whole else ""
        if text and _read(text, order) is None and _read(text, numbers.swapped(order)):
            other = numbers.swapped(order)
            raise PageChanged(page, f"dates look like {other}, not {order}", _sample([row]))


def _read(text: str, order: str) -> date | None:
    try:
        return numbers.day(text, order)
    except ValueError:
        return None


def _known_month(row: Row, page: Page) -> PvMonth | None:
    try:
        return numbers.pv_month(row.text("pv_month"))
    except ValueError:
        return page.month


def _fits_only(month: PvMonth, exchanged: date, read: date) -> bool:
    """The exchanged date lies in the PV month, the read one more than a month beside it."""
    return PvMonth.of(exchanged) == month and abs(PvMonth.of(read).minus(month)) > 1


def _sample(rows: Sequence[Row]) -> str:
    parents = [row.cells[0].parent for row in rows]
    return document.sample("".join(parent.html or "" for parent in parents if parent))
