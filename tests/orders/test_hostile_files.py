"""Files that mean harm, or are broken: one clear line each, nothing written, memory bounded."""

from __future__ import annotations

import os
import struct
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from models.session import Database
from tasks.orders.files.unpack import Refused, pdf_text, xlsx_rows
from tests.fuzz.samples import invoice
from tests.orders.order_files import HEAD, ROW, csv_file, refusal, take, workbook, xlsx_file

#: A page tree that is its own child, and one of a million pages that are not there.
CIRCLE = (
    b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[2 0 R]/Count 9>>endobj"
)


@pytest.fixture
def db(sqlite_url: str) -> Database:
    """An empty database; what a file may do to its parser has nothing to do with its kind."""
    return Database(sqlite_url)


def test_a_zip_bomb_is_not_unpacked(db: Database, tmp_path: Path) -> None:
    """Some kilobytes that unpack to gigabytes are told apart by their directory."""
    path = workbook(tmp_path / "bomb.xlsx", " " * 200_000_001)
    assert path.stat().st_size < 1_000_000
    assert refusal(db, path) == "it unpacks to more than 200 MB; it is not read"


def test_a_zip_bomb_that_lies_is_not_unpacked(db: Database, tmp_path: Path) -> None:
    """What the directory says is not believed: what really comes out is counted."""
    path = workbook(tmp_path / "liar.xlsx", " " * 30_000_000)
    raw = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(raw.replace(struct.pack("<I", size), struct.pack("<I", 1_000)))
    assert "unpacks to more than it says" in refusal(db, path)


def test_a_sheet_of_two_far_corners_does_not_take_the_memory(db: Database, tmp_path: Path) -> None:
    """Two cells can span seventeen thousand million; the child that tries ends, we do not."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row>'
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = workbook(tmp_path / "sparse.xlsx", f"<sheetData>{cells}{far}</sheetData>")
    assert "more time or memory" in refusal(db, path)


@pytest.mark.parametrize(
    ("more", "said"),
    [({"../../evil.txt": "x"}, "outside itself"), ({"/etc/evil": "x"}, "outside itself")],
)
def test_a_workbook_that_reaches_outside(
    db: Database, tmp_path: Path, more: dict[str, str], said: str
) -> None:
    """Parts with `../` in their name are no parts of a workbook."""
    assert said in refusal(db, xlsx_file(tmp_path / "dots.xlsx", [["a"]], more))


def test_a_file_of_two_gigabytes_is_not_read(db: Database, tmp_path: Path) -> None:
    """Its size is known before its first byte is."""
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(HEAD.encode())
        file.truncate(2_000_000_000)
    assert refusal(db, path) == "it has more than 200 MB; it is not read"


def test_a_line_of_a_hundred_megabytes_is_no_row(db: Database, tmp_path: Path) -> None:
    """A file without line ends is refused before anything of it is kept."""
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(HEAD.encode() + b"\n")
        for _ in range(100):
            file.write(b"x" * 1_000_000)
    assert "a line of more than 1 MB" in refusal(db, path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"), (b"\xef\xbb\xbf \n", "empty"), (HEAD.encode("utf-16"), "UTF-16"),
        (HEAD.encode() + b"\0\n", "no text"), (b"\xd0\xcf\x11\xe0rest", "old or locked Excel"),
        (b"PK\x03\x04rubbish", "damaged XLSX"), (b"%PDF-1.4\ngarbage", "damaged PDF"),
        (b"%PDF-1.4\n" + os.urandom(50_000), "damaged PDF"),
        (b"%PDF-1.7\n" + CIRCLE + b" trailer<</Root 1 0 R>>", "PDF"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related", "HTML only"),
        ("a;Müller;Jörg\n".encode() + b"\xfc\n", "neither UTF-8 nor Windows-1252"),
        (b"a;b\n1;2\n", "no column order_number (Bestellnummer)"),
        ((HEAD + ";PV\n").encode(), "two columns pv (PV)"),
        (b"<html><body><h1>Hallo</h1></body></html>", "a page without orders"),
        (b"<table><tr><td>" * 100_000, "nested deeper"),
        (b"<table><tr><td>" * 700_000, "a page of more than 8 MB"),
        ((HEAD + "\n1;2\n3;4\n").encode(), "no row can be read"),
    ],
)  # fmt: skip
def test_what_is_no_order_file_says_what_it_is(
    db: Database, tmp_path: Path, content: bytes, said: str
) -> None:
    """Each kind of wrong file gets the line that helps; the name on it counts for nothing."""
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    assert said in refusal(db, path)


def test_devices_and_folders_are_no_files(db: Database, tmp_path: Path) -> None:
    """A pipe that never ends is not waited for."""
    os.mkfifo(tmp_path / "pipe.csv")
    assert "no file but a folder or a device" in refusal(db, tmp_path / "pipe.csv")


def test_a_name_is_never_more_than_a_name(db: Database, tmp_path: Path) -> None:
    """A file name with control characters or half a letter can't break a message."""
    path = tmp_path / os.fsdecode(b"a\n\x1b[31m\xff;b.csv")
    csv_file(tmp_path, HEAD, ROW, ROW.replace("57,00", "x")).rename(path)
    (rejected,) = take(db, path).rejected
    assert rejected.where.encode().decode().isprintable()


def test_a_file_of_bad_rows_is_not_read_to_its_end(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be read is told, not collected without end."""
    monkeypatch.setattr("tasks.orders.files.table_file.MOST_REJECTED", 100)
    result = take(db, csv_file(tmp_path, HEAD, ROW, *["1;2"] * 3000))
    assert "more than 100 rows can't be read" in str(result.refused)
    assert len(result.rejected) < 1100


def test_an_archive_with_impossible_numbers_is_damaged(tmp_path: Path) -> None:
    """The place of a part that its directory names lies before the file begins."""
    whole = xlsx_file(tmp_path / "orders.xlsx", [HEAD.split(";")]).read_bytes()
    end = whole.rindex(b"PK\x05\x06")
    directory = int.from_bytes(whole[end + 16 : end + 20], "little") + 70_000
    broken = whole[: end + 16] + directory.to_bytes(4, "little") + whole[end + 20 :]
    with pytest.raises(Refused, match="damaged XLSX"):
        list(xlsx_rows(BytesIO(broken)))


@pytest.mark.parametrize("wrong", [b"/ lateDecode", b"/Fl         "])
def test_a_pdf_with_a_filter_that_nobody_knows_is_damaged(wrong: bytes) -> None:
    """What the parser of PDFs does not support is said in one line, not as a defect of ours."""
    broken = invoice().replace(b"/FlateDecode", wrong)
    with pytest.raises(Refused, match="damaged PDF"):
        list(pdf_text(BytesIO(broken)))
