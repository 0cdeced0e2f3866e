"""The child process that opens XLSX and PDF: `python -m tasks.orders.files.unpack xlsx < FILE`.

Whatever such a file does to its parser, it does it here, within limits of memory and time and
without our settings. Each line on standard output is one JSON value: a heading's or row's cells
with its line number, a PDF's text, or `{"refused": …}`.
"""

from __future__ import annotations

import json
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, BinaryIO

#: Bytes that an XLSX may unpack to.
LARGEST = 200_000_000
#: Bytes of memory and seconds of computing that a file of a kind may cost.
LIMITS = {"xlsx": (1_000_000_000, 60), "pdf": (500_000_000, 20)}
#: Pages of an invoice that are read, and characters of their text.
MOST_PAGES, MOST_TEXT = 20, 200_000

_CHUNK = 1 << 20


#: How a damaged archive breaks its reader: by its own errors, and by numbers that can't be.
_DAMAGED_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, EOFError, RuntimeError,
    ValueError, OSError,
)  # fmt: skip

#: A damaged PDF breaks its parser in any of these ways.
_DAMAGED_PDF = (
    zlib.error, struct.error, ArithmeticError, AssertionError, AttributeError, LookupError, OSError,
    RuntimeError, TypeError, ValueError,
)  # fmt: skip


class Refused(Exception):
    """The file is not read; the text says why."""


def main(kind: str) -> None:
    """Read standard input as `kind`, write JSON lines."""
    limit(*LIMITS[kind])
    readers: dict[str, Callable[[BinaryIO], Iterator[Any]]] = {"xlsx": xlsx_rows, "pdf": pdf_text}
    try:
        for found in readers[kind](sys.stdin.buffer):
            print(json.dumps(found))
    except Refused as refused:
        print(json.dumps({"refused": str(refused)}))
    except MemoryError:
        print(json.dumps({"refused": "it needs more memory than a file may take"}))


def limit(memory: int, seconds: int) -> None:
    """Bound this process, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def xlsx_rows(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """The first sheet that holds anything: line number (from 1) and cells of each row."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    check_archive(stream)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.start is None:
                continue
            for line, row in enumerate(sheet.iter_rows(), sheet.start[0] + 1):
                yield line, [cell_text(cell) for cell in row]
            return
    except PasswordError:
        raise Refused("it is locked by a password") from None
    except CalamineError as error:
        raise Refused(f"no XLSX that can be read ({' '.join(str(error).split())[:100]})") from None


def check_archive(stream: BinaryIO) -> None:
    """Refuse a ZIP that unpacks to too much: what its directory says first, then the truth."""
    try:
        with zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            names = [part.filename for part in parts]
            if "xl/workbook.xml" not in names:
                raise Refused("a ZIP archive but no XLSX")
            if any(name.startswith(("/", "\\")) or ".." in name for name in names):
                raise Refused("an XLSX with parts outside itself")
            if sum(part.file_size for part in parts) > LARGEST:
                raise Refused(f"it unpacks to more than {LARGEST // 1_000_000} MB; it is not read")
            left = LARGEST
            for part in parts:
                left -= _unpacked(archive, part)
    except _DAMAGED_ARCHIVE:
        raise Refused("a damaged XLSX") from None
    stream.seek(0)


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How many bytes a part really has; one that has more than it says is damaged."""
    said = part.file_size
    part.file_size = LARGEST  # else what is beyond the size that is said would not be seen
    size = 0
    with archive.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            size += len(chunk)
            if size > said:
                raise Refused("an XLSX that unpacks to more than it says")
    return size


def cell_text(cell: Any) -> str:
    """A native value as the CSV form of the same file would show it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else str(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        return _number_text(cell)
    return str(cell)


def _number_text(number: float) -> str:
    """A number without what binary fractions leave behind; a rounded long one shows that it is."""
    if number == int(number):
        return str(int(number)) if abs(number) < 10**15 else f"{number:e}"
    return f"{round(number, 6):.6f}".rstrip("0")


def pdf_text(stream: BinaryIO) -> Iterator[str]:
    """The text of the first pages, as one value."""
    from pypdf import PdfReader
    from pypdf.errors import (
        DependencyError,
        DeprecationError,
        FileNotDecryptedError,
        PyPdfError,
    )

    try:
        reader = PdfReader(stream)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("it is locked by a password")
        pages = (reader.pages[n] for n in range(min(MOST_PAGES, len(reader.pages))))
        yield "\n".join(page.extract_text() for page in pages)[:MOST_TEXT]
    except (DependencyError, FileNotDecryptedError):
        raise Refused("it is locked by a password") from None
    except (PyPdfError, DeprecationError, *_DAMAGED_PDF):
        raise Refused("a damaged PDF") from None


if __name__ == "__main__":
    main(sys.argv[1])
