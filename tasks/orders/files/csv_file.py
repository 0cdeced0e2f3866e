"""Reads CSV: its encoding and delimiter are found out, its rows handed on one by one."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from tasks.orders.files.columns import known_labels
from tasks.orders.files.refusal import FileRefused
from tasks.orders.files.table import Table, TableRow

#: Bytes of a line; a row of an order list has some hundred.
LONGEST_LINE = 1_000_000
#: Lines that one row may have: a quoted cell can hold line breaks.
MOST_LINES = 20

_CHUNK = 1 << 20
#: An umlaut in UTF-8; read as Windows-1252 it would be two letters that no name has.
_UTF8_UMLAUT = re.compile(rb"\xc3[\x80-\xbf]")
_SEP = re.compile(r"(?i)sep=([,;])\s*")


class _Line(NamedTuple):
    number: int
    text: str


@contextmanager
def open_csv(stream: BinaryIO) -> Iterator[Table]:
    """The heading and the rows, which are read as they are asked for. Raises FileRefused."""
    encoding = _encoding(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding)
    try:
        yield _table(text)
    finally:
        text.detach()


def _table(text: Iterable[str]) -> Table:
    lines = (_Line(number, line) for number, line in enumerate(text, 1))
    filled = (line for line in lines if line.text.strip())
    line, delimiter = next(filled, _Line(1, "")), None
    if match := _SEP.fullmatch(line.text):
        line, delimiter = next(filled, _Line(2, "")), match[1]
    if delimiter is None:
        delimiter = max(";,", key=lambda mark: known_labels(_heading(line.text, mark)))
    return Table(_heading(line.text, delimiter), _rows(lines, delimiter))


def _encoding(stream: BinaryIO) -> str:
    """`utf-8-sig` or `cp1252`, after a look at every byte. Raises FileRefused."""
    stream.seek(0)
    marked = stream.read(3) == codecs.BOM_UTF8
    _refuse_long_lines(stream)
    if _decodes(stream, "utf-8-sig"):
        return "utf-8-sig"
    if not marked and not _has_umlauts(stream) and _decodes(stream, "cp1252"):
        return "cp1252"
    raise FileRefused("neither UTF-8 nor Windows-1252 throughout; CSV UTF-8 would be right")


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        yield chunk


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in _chunks(stream):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _has_umlauts(stream: BinaryIO) -> bool:
    return any(_UTF8_UMLAUT.search(chunk) for chunk in _chunks(stream))


def _refuse_long_lines(stream: BinaryIO) -> None:
    open_line = 0
    for chunk in _chunks(stream):
        parts = chunk.replace(b"\r", b"\n").split(b"\n")
        first, last = open_line + len(parts[0]), len(parts[-1])
        if max(first, *map(len, parts)) > LONGEST_LINE:
            raise FileRefused("a line of more than 1 MB; one line for each order would be right")
        open_line = first if len(parts) == 1 else last


def _heading(text: str, delimiter: str) -> list[str]:
    cells = next(csv.reader([text], delimiter=delimiter), [])
    return [cell.strip("\ufeff") for cell in cells]


class _Lines:
    """The lines of a text one by one; some can be put back."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines, self._back = lines, list[_Line]()

    def next(self) -> _Line | None:
        return self._back.pop() if self._back else next(self._lines, None)

    def put_back(self, lines: list[_Line]) -> None:
        self._back += reversed(lines)


def _rows(text: Iterator[_Line], delimiter: str) -> Iterator[TableRow]:
    lines = _Lines(text)
    while line := lines.next():
        if '"' in line.text:
            yield _quoted(line, lines, delimiter)
        else:
            cells = line.text.rstrip("\n").split(delimiter)
            if any(map(str.strip, cells)):
                yield TableRow(line.number, cells)


def _quoted(first: _Line, more: _Lines, delimiter: str) -> TableRow:
    """A row with quotes, which may go on in the next lines.

    A quote that is never closed costs its own line only, not the rest of the file.
    """
    taken, fault = [first], ""
    while True:
        try:
            text = "".join(line.text for line in taken)
            cells = next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error as error:
            fault = fault or _fault(error)
            is_open = "unexpected end" in str(error) and len(taken) < MOST_LINES
            following = more.next() if is_open else None
            if following is None:
                more.put_back(taken[1:])
                return TableRow(first.number, (), fault)
            taken.append(following)
        else:
            return TableRow(first.number, cells)


def _fault(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "a quote that is opened and never closed"
    return f"quotes that can't be read for sure ({error})"
