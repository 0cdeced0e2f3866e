"""Opens a file from outside: a regular one of bearable size, told apart by what is in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from tasks.orders.files.refusal import FileRefused, TooLarge

#: Bytes that a file may have, or unpack to.
LARGEST = 200_000_000

_HEAD = 4096
_BOMS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Kind(StrEnum):
    """What a file holds."""

    TABLE = "table"
    XLSX = "xlsx"
    PAGE = "page"
    PDF = "pdf"


@dataclass(frozen=True)
class OutsideFile:
    """An open file: its name for messages, its bytes from the start, its size and kind."""

    name: str
    stream: BinaryIO
    size: int
    kind: Kind

    def position(self) -> int:
        """How many bytes have been read."""
        return min(self.stream.tell(), self.size)

    def rewind(self) -> BinaryIO:
        """The stream, at its start again, for us and for a child process."""
        self.stream.seek(0)
        os.lseek(self.stream.fileno(), 0, os.SEEK_SET)
        return self.stream


def shown_name(path: Path) -> str:
    """The file's name for messages: one printable line, without its folders."""
    plain = path.name.encode("utf-8", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in plain)[:120]


@contextmanager
def open_outside(path: Path) -> Iterator[OutsideFile]:
    """Open `path` for reading; a symbolic link is refused where the system can tell.

    Raises FileRefused (no regular file, too large, of no kind that we read) and OSError.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)
    with os.fdopen(descriptor, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise FileRefused("no file but a folder or a device; a CSV or XLSX file would be right")
        if found.st_size > LARGEST:
            raise TooLarge("it has", LARGEST)
        kind = _kind(stream.read(_HEAD))
        yield OutsideFile(shown_name(path), stream, found.st_size, kind)


_BINARY = getattr(os, "O_BINARY", 0)


def _kind(head: bytes) -> Kind:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise FileRefused("empty; a heading and a row for each order would be right")
    if head.startswith(b"PK\x03\x04"):
        return Kind.XLSX
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if text.startswith(b"<"):
        return Kind.PAGE
    if head[:2] in _BOMS:
        raise FileRefused("UTF-16 text; CSV in UTF-8 would be right (Excel: CSV UTF-8)")
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused("an old or locked Excel file; XLSX without a password would be right")
    if b"\0" in head:
        raise FileRefused("no text: CSV, XLSX, a saved HTML page or an invoice PDF would be right")
    if b"MIME-Version:" in head:
        raise FileRefused("a web archive; saved as 'Webpage, HTML only' would be right")
    return Kind.TABLE
