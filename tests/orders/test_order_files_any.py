"""Order files under hypothesis: whatever their form, the same orders; never a wrong one."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.months import PvMonth
from models.domain.values import OrderLine
from tasks.orders.files.columns import COLUMNS, REQUIRED, read_heading
from tasks.orders.files.csv_file import open_csv
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.rows import RowReader
from tasks.ports import OrderRecord

_CENTS = st.integers(-999_999, 9_999_999).map(lambda cents: Decimal(cents).scaleb(-2))
_DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
_BLANKS = st.sampled_from(["", " ", "\u00a0", "  "])

ORDERS = st.builds(
    OrderRecord,
    number=st.integers(100_000_000, 999_999_999).map(str),
    customer_id=st.integers(100_000, 99_999_999).map(str),
    customer_name=st.none() | st.sampled_from(["O'Neill <script>", "Jörg Müller", "=1+1"]),
    order_date=_DAYS,
    pv_month=_DAYS.map(PvMonth.of),
    source=st.sampled_from(["AS", "IO", "SO", "IN", "VO", "X9"]),
    pv=_CENTS,
    list_type=st.sampled_from(["I", "R", "D"]),
    total=st.none() | _CENTS,
    currency=st.sampled_from(["EUR", "CHF"]),
    invoice_number=st.none() | st.just("77001234"),
    ship_date=st.none() | _DAYS,
    tracking=st.none() | st.just("https://www.myhermes.de/?trackID=99000000000017"),
    paid=st.booleans(),
    lines=st.none()
    | st.lists(
        st.builds(OrderLine, st.just("60204657") | st.just("6020"), st.integers(1, 99)),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@st.composite
def files(draw: st.DrawFn, order: OrderRecord, missing: str | None = None) -> bytes:
    """The order as some program would write it."""
    shown = [name for name in COLUMNS if name != missing]
    shown = draw(st.permutations([*shown, "Bemerkung"]))
    delimiter, german = draw(st.sampled_from(",;")), draw(st.booleans())
    heading = [_heading(draw, name, german) for name in shown]
    row = [draw(_BLANKS) + _cell(draw, order, name) + draw(_BLANKS) for name in shown]
    text = io.StringIO()
    quoting: Any = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(
        [heading, row]
    )
    return text.getvalue().encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252"])))


def _heading(draw: st.DrawFn, name: str, german: bool) -> str:
    text = COLUMNS.get(name, name) if german else name
    return draw(st.sampled_from([text, text.upper(), f" {text} ", text.replace("_", " ")]))


def _cell(draw: st.DrawFn, order: OrderRecord, name: str) -> str:
    day = draw(st.sampled_from(["%Y-%m-%d", "%d.%m.%Y"]))
    wanted: dict[str, Any] = {
        "order_number": order.number,
        "order_date": order.order_date.strftime(day),
        "pv_month": draw(st.sampled_from([str(order.pv_month), _slashed(order.pv_month)])),
        "customer_id": order.customer_id,
        "customer_name": order.customer_name,
        "order_type": draw(st.sampled_from([order.source, order.source.lower()])),
        "list_type": order.list_type,
        "pv": _number(draw, order.pv),
        "total": order.total if order.total is None else _number(draw, order.total),
        "currency": order.currency,
        "invoice_number": order.invoice_number,
        "ship_date": order.ship_date and order.ship_date.strftime(day),
        "tracking_url": order.tracking,
        "paid": draw(st.sampled_from(["yes", "JA", "true"] if order.paid else ["no", "Nein", "0"])),
        "items": "; ".join(f"{line.item}x{line.quantity}" for line in order.lines or ()),
    }
    return wanted.get(name) or ""


def _slashed(month: PvMonth) -> str:
    return f"{month.month}/{month.year}"


def _number(draw: st.DrawFn, value: Decimal) -> str:
    english = f"{value:,.2f}" if draw(st.booleans()) else f"{value:.2f}"
    swapped = english.translate(str.maketrans(",.", ".,"))
    return draw(st.sampled_from([english, swapped]))


def _read(content: bytes) -> list[OrderRecord]:
    with open_csv(io.BufferedReader(io.BytesIO(content))) as table:
        reader = RowReader(read_heading(table.heading), "EUR")
        return [reader.read(reader.spot(row.cells, row.line), "") for row in table.rows]


@given(st.data())
def test_whatever_its_form_it_is_the_same_order(data: st.DataObject) -> None:
    """Order of columns, language, blanks, number formats, quotes, encoding: nothing changes it."""
    order = data.draw(ORDERS)
    assert _read(data.draw(files(order))) == [order]


@given(st.data(), st.sampled_from([name for name in COLUMNS if name not in REQUIRED]))
def test_a_missing_optional_column_changes_nothing_else(data: st.DataObject, name: str) -> None:
    """What a file does not show is unknown, or its default; all the rest is the same."""
    order = data.draw(ORDERS)
    (read,) = _read(data.draw(files(order, missing=name)))
    fields = {"number", "customer_id", "order_date", "source", "pv"}
    assert all(getattr(read, field) == getattr(order, field) for field in fields)


@given(st.data(), st.sampled_from(REQUIRED))
def test_a_missing_required_column_always_refuses(data: st.DataObject, name: str) -> None:
    """Never an order that was made up from the columns beside it."""
    content = data.draw(files(data.draw(ORDERS), missing=name))
    with pytest.raises(FileRefused, match=name):
        _read(content)


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_text_breaks_the_reader(junk: bytes) -> None:
    """Whatever follows a heading is an order, a reason or a refusal, never a crash."""
    heading = ";".join(COLUMNS.values()).encode("cp1252")
    content = io.BufferedReader(io.BytesIO(heading + b"\n" + junk))
    with suppress(FileRefused), open_csv(content) as table:
        reader = RowReader(read_heading(table.heading), "EUR")
        for row in table.rows:
            with suppress(ValueError):
                spotted = reader.spot(row.cells, row.line)
                assert spotted.number.isdigit()
