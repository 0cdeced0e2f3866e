"""What is fuzzed of the files that users hand in: CSV, XLSX, invoices."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from types import FrameType

from hypothesis import given
from hypothesis import strategies as st

from tasks.orders.files.columns import read_heading
from tasks.orders.files.csv_file import open_csv
from tasks.orders.files.invoice_text import read_invoice
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.rows import RowReader
from tasks.orders.files.unpack import Refused, pdf_text, xlsx_rows
from tests.fuzz import spoil
from tests.fuzz.samples import DE, invoice, invoice_text, workbook
from tests.shipments.answers import NUMBER

_LONGEST_LINE = 1_000
#: The child process that unpacks files is ended after some seconds; here it is not a child.
_PATIENCE_SECONDS = 10


def one_line(error: Exception) -> None:
    """Holds when a user could read it."""
    said = str(error)
    assert said
    assert "\n" not in said
    assert len(said) < _LONGEST_LINE


_HEADING = "order_number;order_date;customer_id;customer_name;order_type;pv;total;currency;paid"
_CSV = (
    f"{_HEADING};tracking_url;items\n"
    f"184145362;05.10.2026;1234567;Berg, Anna;AS;45,50;1.045,63;EUR;ja;{NUMBER};60204657x2\n"
    '184145363;2026-10-06;1234568;"O\'Neill ""x""";IO;57;61.90;;nein;;60204656x1; 60204657x1\n',
    "Bestellnummer,Bestelldatum,Kundennummer,Quelle,PV,Rechnungsnummer,Versanddatum\n"
    "184145364,05.10.2026,1234567,SO,57.00,77001234,06.10.2026\n",
)
_ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])


@given(spoil.texts(*_CSV), _ENCODINGS)
def _csv(text: str, encoding: str) -> None:
    """An order file: each order stood in it, or the row or the file is refused in a line."""
    errors = "surrogatepass" if encoding.startswith("utf") else "replace"
    try:
        with open_csv(BytesIO(text.encode(encoding, errors))) as table:
            reader = RowReader(read_heading(table.heading), "EUR")
            for row in table.rows:
                if not row.fault:
                    _csv_row(reader, row.cells, text)
    except FileRefused as error:
        one_line(error)


def _csv_row(reader: RowReader, cells: Sequence[str], text: str) -> None:
    try:
        order = reader.read(reader.spot(cells, 2), "line 2")
    except ValueError as error:
        one_line(error)
    else:
        assert order.number in text, f"order {order.number} was invented"


@given(st.deferred(lambda: spoil.texts(invoice_text())))
def _invoice_text(text: str) -> None:
    """An invoice's text: what is read stood in it."""
    try:
        with _in_time():
            facts = read_invoice(text, DE)
    except ValueError as error:
        one_line(error)
    else:
        assert facts.order is None or facts.order in text
        assert facts.invoice is None or facts.invoice in text


def _unpacked(
    sample: Callable[[], bytes], read: Callable[[BytesIO], Iterator[object]]
) -> Callable[[], None]:
    """A packed file: it is read, or refused in a line."""

    def check(content: bytes) -> None:
        try:
            with _in_time():
                for _ in read(BytesIO(content)):
                    pass
        except Refused as error:
            one_line(error)
        except _TooSlow:
            pass  # the child process would have been ended

    return given(st.deferred(lambda: spoil.files(sample())))(check)


class _TooSlow(Exception):
    """No answer in time."""


@contextmanager
def _in_time() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(_PATIENCE_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


FILES: dict[str, Callable[[], None]] = {
    "order file": _csv,
    "workbook": _unpacked(workbook, xlsx_rows),
    "invoice": _unpacked(invoice, pdf_text),
    "invoice text": _invoice_text,
}
