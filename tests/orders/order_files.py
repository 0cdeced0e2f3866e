"""Order files as consultants have them: CSV, XLSX, invoices, and those who mean harm."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.base import Base
from models.domain.values import CarrierName
from models.order import Order
from models.session import Database
from tasks.orders import profile
from tasks.orders.files.importing import import_files
from tasks.orders.files.intake import FileResult, ImportOptions, Intake
from tasks.run import Run
from tests.services.clock import FakeClock

DE = profile.load("de")
NOW = datetime(2026, 10, 22, 10, tzinfo=UTC)

HEAD = "Bestellnummer;Bestelldatum;Kundennummer;Name;Quelle;PV;Artikel"
ROW = "184145362;20.10.2026;7654321;O'Neill <script>;IO;57,00;60204656x2"

_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def intake(db: Database, owner: str | None = None) -> Intake:
    """An import on a Thursday in October, with nobody waiting."""
    options = ImportOptions(DE, owner, frozenset({CarrierName.HERMES}), ZoneInfo("Europe/Berlin"))
    return Intake(db, FakeClock(NOW), options, Run())


def take(db: Database, path: Path, owner: str | None = None) -> FileResult:
    """Import one file."""
    (result,) = import_files(intake(db, owner), [path])
    return result


def refusal(db: Database, path: Path) -> str:
    """The one line that says why a file was refused; it left nothing behind."""
    result = take(db, path)
    assert orders(db) == []
    assert result.refused is not None
    (line,) = str(result.refused).splitlines()
    return line


def orders(db: Database) -> list[Order]:
    """All orders by number."""
    with db.read() as session:
        return list(session.scalars(select(Order).order_by(Order.number)))


def rows(db: Database, model: type[Base]) -> list[tuple[object, ...]]:
    """All rows of a table, to compare."""
    with db.read() as session:
        return sorted(map(tuple, session.execute(select(*model.__table__.columns))), key=str)


def csv_file(folder: Path, *lines: str, name: str = "orders.csv") -> Path:
    """A CSV in UTF-8."""
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def xlsx_file(
    path: Path, rows: Sequence[Sequence[str | float | bool | None]], more: Mapping[str, str] = {}
) -> Path:
    """A workbook of one sheet; a text `=date:46000` is a cell with a date format."""
    cells = "".join(
        f'<row r="{y}">' + "".join(_cell(value, x, y) for x, value in enumerate(row)) + "</row>"
        for y, row in enumerate(rows, 1)
    )
    return workbook(path, f"<sheetData>{cells}</sheetData>", more)


def workbook(path: Path, sheet: str, more: Mapping[str, str] = {}) -> Path:
    """A workbook whose sheet holds this XML."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_DOCUMENT}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml", "styles"),
        "xl/styles.xml": f'<styleSheet xmlns="{_SPREADSHEET}"><cellXfs count="2">'
        '<xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SPREADSHEET}">{sheet}</worksheet>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (parts | dict(more)).items():
            archive.writestr(name, text)
    return path


def _relation(kind: str, target: str, more: str = "") -> str:
    second = f'<Relationship Id="rId2" Type="{_DOCUMENT}/{more}" Target="{more}.xml"/>'
    return (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/{kind}" Target="{target}"/>{second if more else ""}</Relationships>'
    )


def _cell(value: str | float | bool | None, x: int, y: int) -> str:
    place = f"{chr(65 + x)}{y}"
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str) and value.startswith("=date:"):
        return f'<c r="{place}" s="1"><v>{value.removeprefix("=date:")}</v></c>'
    if isinstance(value, str):
        text = value.replace("&", "&amp;").replace("<", "&lt;")
        return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
