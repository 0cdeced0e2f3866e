"""Order files: whatever their form, the same orders come in; what can't be read does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import update

from models.customer import Customer
from models.domain.months import PvMonth
from models.order import Invoice, Order, OrderLineRow
from models.session import Database
from models.shipment import Shipment
from models.source import Source
from tasks.orders.files.intake import OtherImport
from tests.orders.order_files import HEAD, ROW, csv_file, intake, orders, rows, take, xlsx_file

FULL = (
    "Bestellnummer;Bestelldatum;PV-Monat;Kundennummer;Name;E-Mail;Quelle;Typ;PV;Betrag;Währung;"
    "Rechnungsnummer;Versanddatum;Sendungsverfolgung;Bezahlt;Artikel;Eingeschrieben am\n"
    "184145362;05.10.2026;10/2026;7654321;Jörg Müller;joerg@example.org;AS;I;45,50;1.045,63;EUR;"
    "77001234;06.10.2026;99000000000017;ja;60204657x2 ;09.03.2024\n"
)


def _check_full(db: Database) -> None:
    (order,) = orders(db)
    assert (order.number, order.order_date, str(order.pv_month), order.source, order.list_type) == (
        "184145362", date(2026, 10, 5), "2026-10", "AS", "I"
    )  # fmt: skip
    assert (order.pv, order.total, order.currency) == (Decimal("45.50"), Decimal("1045.63"), "EUR")
    assert (order.invoice_number, order.ship_date, order.tracking, order.paid) == (
        "77001234", date(2026, 10, 6), "99000000000017", True
    )  # fmt: skip
    with db.read() as session:
        (person,) = session.query(Customer)
        (line,) = session.query(OrderLineRow)
        (parcel,) = session.query(Shipment)
    assert (person.member_id, person.name, person.email, person.enrolled_on) == (
        "7654321", "Jörg Müller", "joerg@example.org", date(2024, 3, 9)
    )  # fmt: skip
    assert (line.item, line.quantity, parcel.number) == ("60204657", 2, "99000000000017")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_encoding_gives_the_same_order(
    tmp_path: Path, sqlite_url: str, encoding: str, end: str
) -> None:
    """Excel, LibreOffice and scripts write CSV in their own ways; umlauts survive all of them."""
    db, path = Database(sqlite_url), tmp_path / "orders.csv"
    path.write_bytes(FULL.replace("\n", end).encode(encoding))
    assert take(db, path).counts["new"] == 1
    _check_full(db)
    db.close()


def test_xlsx_with_native_values_gives_the_same_order(db: Database, tmp_path: Path) -> None:
    """Numbers, dates and booleans of a spreadsheet are read as what they are."""
    heading = FULL.splitlines()[0].split(";")
    values: list[str | float | None] = [
        184145362.0, "=date:46300", "=date:46296", 7654321, " Jörg Müller ", "joerg@example.org",
        "as", None, 45.5, 1045.63, None, 77001234, "=date:46301", 99000000000017, True,
        "60204657x2", "=date:45360",
    ]  # fmt: skip
    result = take(db, xlsx_file(tmp_path / "orders.xlsx", [heading, values]))
    assert (result.refused, result.rejected) == (None, [])
    _check_full(db)


def test_english_headings_in_any_order(db: Database, tmp_path: Path) -> None:
    """Case, blanks and the order of columns do not matter; strangers are named in a note."""
    path = csv_file(
        tmp_path,
        "PV , Order Type,order number,Shoe Size,CUSTOMER_ID,order_date",
        "45.50,AS,184145362,38,7654321,2026-10-05",
    )
    assert take(db, path).notes == ["ignored columns: Shoe Size"]
    (order,) = orders(db)
    assert (order.pv, order.source, order.pv_month) == (Decimal("45.50"), "AS", PvMonth(2026, 10))


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("PV", "1.234", "not a number for sure"), ("PV", "45,50 €", "PV"), ("PV", "", "empty"),
        ("Betrag", "1.045.63", "not a number for sure"), ("Betrag", "12,345", "12345,00"),
        ("Bestelldatum", "10/05/2026", "no day"), ("Bestelldatum", "31.02.2026", "no day"),
        ("Bestelldatum", "05.10.26", "no day"), ("PV-Monat", "Okt 26", "no month"),
        ("Bestellnummer", "1,84E+08", "not an order number"), ("Kundennummer", "Anna", "customer"),
        ("Quelle", "A S!", "no type"), ("Bezahlt", "vielleicht", "ja or nein"),
        ("Artikel", "60204657x0", "pieces"), ("Artikel", "60204657x2x3", "pieces"),
        ("E-Mail", "a@b\ta", "no e-mail"), ("Währung", "Taler", "no currency"),
        ("Betrag", "$ 7,00 R$", "not a number"), ("Sendungsverfolgung", "1,2E+19", "rounded"),
        ("Name", "a\x07b", "control characters"), ("Typ", "ERSATZTEIL", "longer than 8"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_rejected_with_its_reason(
    tmp_path: Path, sqlite_url: str, column: str, text: str, said: str
) -> None:
    """Never a wrong order: the row stays out, and its line says what would be right."""
    db = Database(sqlite_url)
    heading, row = (line.split(";") for line in FULL.splitlines())
    bad = [text if label == column else cell for label, cell in zip(heading, row, strict=True)]
    good = [
        "184145363" if label == "Bestellnummer" else c
        for label, c in zip(heading, row, strict=True)
    ]
    path = csv_file(tmp_path, *map(";".join, (heading, good, bad)))
    result = take(db, path)
    assert [order.number for order in orders(db)] == ["184145363"]
    (rejected,) = result.rejected
    assert rejected.where == "orders.csv, line 3"
    assert rejected.reason.startswith(f"{column}: ")
    assert said in rejected.reason
    db.close()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,045.63", "1045.63"), ("1.045,63", "1045.63"), ("1 045,63", "1045.63"),
        ("1\u00a0045,63\u00a0€", "1045.63"), ("-7,00", "-7.00"), ("45,5", "45.50"), ("7", "7.00"),
        ("1.234.567,89", "1234567.89"), ("EUR 7.00", "7.00"),
    ],
)  # fmt: skip
def test_every_form_of_a_number(tmp_path: Path, sqlite_url: str, text: str, value: str) -> None:
    """Amounts of every market are read as the same number."""
    db = Database(sqlite_url)
    take(db, csv_file(tmp_path, f"{HEAD};Betrag", f"{ROW};{text}"))
    assert [order.total for order in orders(db)] == [Decimal(value)]
    db.close()


def test_the_same_file_again_writes_nothing(db: Database, tmp_path: Path) -> None:
    """Not a row of orders, lines, parcels or people is touched, whatever order its rows have."""
    older = ROW.replace("184145362", "184145361").replace("20.10", "01.10")
    path = csv_file(tmp_path, HEAD, ROW, older.replace("O'Neill <script>", "Old Name"))
    take(db, path)
    tables = (Customer, Order, OrderLineRow, Shipment, Invoice)
    before = [rows(db, table) for table in tables]
    result = take(db, path)
    assert (result.counts["unchanged"], result.counts["changed"]) == (2, 0)
    assert [rows(db, table) for table in tables] == before
    with db.read() as session:
        assert session.query(Customer).one().name == "O'Neill <script>"


@pytest.mark.parametrize("wrong", ["31.11.2026", "21.10.2026"])
def test_a_rejected_row_says_nothing_of_its_customer(
    db: Database, tmp_path: Path, wrong: str
) -> None:
    """A row that can't be read changes nothing: neither its order nor the name of its customer."""
    bad = f"184145363;{wrong};7654321;Somebody Else;IO;1.234;60204656x2"
    result = take(db, csv_file(tmp_path, HEAD, ROW, bad))
    assert (result.counts["new"], len(result.rejected)) == (1, 1)
    with db.read() as session:
        assert session.query(Customer).one().name == "O'Neill <script>"


def test_a_changed_row_changes_its_order(db: Database, tmp_path: Path) -> None:
    """A new total is taken over; an empty cell leaves what is known; nothing vanishes."""
    take(db, csv_file(tmp_path, f"{HEAD};Betrag", f"{ROW};87,50"))
    second = ROW.replace("184145362", "184145363")
    result = take(db, csv_file(tmp_path, f"{HEAD};Betrag", f"{second};90,00", f"{ROW};"))
    assert (result.counts["new"], result.counts["unchanged"]) == (1, 1)
    assert take(db, csv_file(tmp_path, f"{HEAD};Betrag", f"{ROW};88,00")).counts["changed"] == 1
    first, other = orders(db)
    assert (first.total, other.total, other.vanished_at) == (
        Decimal("88.00"),
        Decimal("90.00"),
        None,
    )


def test_an_order_twice_in_a_file_agrees_or_is_rejected(db: Database, tmp_path: Path) -> None:
    """The first one counts; one that says otherwise names the line it contradicts."""
    result = take(db, csv_file(tmp_path, HEAD, ROW, ROW, ROW.replace("57,00", "58,00")))
    assert (result.counts["new"], result.counts["unchanged"]) == (1, 1)
    (rejected,) = result.rejected
    assert (rejected.where, "line 2" in rejected.reason) == ("orders.csv, line 4", True)
    assert orders(db)[0].pv == Decimal("57.00")


def test_quotes_that_are_never_closed_cost_their_own_row(db: Database, tmp_path: Path) -> None:
    """One stray quote does not swallow the rest of the file."""
    second = ROW.replace("184145362", "184145363")
    broken = ROW.replace("184145362", "184145364").replace("O'Neill", "\"O'Neill")
    result = take(db, csv_file(tmp_path, HEAD, ROW, broken, second))
    assert [order.number for order in orders(db)] == ["184145362", "184145363"]
    assert [row.where for row in result.rejected] == ["orders.csv, line 3"]


def test_old_months_are_a_baseline(db: Database, tmp_path: Path) -> None:
    """At first sight the past is a fact to compare with; a summary is owed, no alert mail."""
    old = ROW.replace("184145362", "184145361").replace("20.10", "20.09")
    take(db, csv_file(tmp_path, HEAD, old, ROW))
    assert [order.historic for order in orders(db)] == [True, False]
    with db.read() as session:
        source = session.get_one(Source, "import")
        assert source.summary_due_at is not None
        assert source.baseline_at is not None
        assert session.query(Customer).one().next_review_at is not None


def test_only_a_heading_says_so(db: Database, tmp_path: Path) -> None:
    """An empty list is no fault, and no silence either."""
    result = take(db, csv_file(tmp_path, HEAD))
    assert (result.refused, result.notes) == (None, ["no orders: only a heading"])


def test_two_imports_never_write_at_once(db: Database, tmp_path: Path) -> None:
    """Who comes second is told to come again; when the first one has died, she may."""
    path = csv_file(tmp_path, HEAD, ROW)
    take(db, path)
    later = intake(db).clock.now().replace(year=2027)
    with db.write() as session:
        session.execute(update(Source).values(busy_until=later, busy_token="other"))
    with pytest.raises(OtherImport, match="another import"):
        take(db, path)


def test_the_consultants_own_orders_are_the_owners(db: Database, tmp_path: Path) -> None:
    """Rows with the consultant's own number belong to the account's owner."""
    take(db, csv_file(tmp_path, HEAD, ROW), owner="7654321")
    with db.read() as session:
        assert session.query(Customer).one().is_owner


def test_what_a_file_does_not_show_stays_as_it_is(db: Database, tmp_path: Path) -> None:
    """The PV month and payment that were known are not replaced by what is usual."""
    take(db, csv_file(tmp_path, f"{HEAD};PV-Monat;Bezahlt;Typ", f"{ROW};9/2026;nein;D"))
    assert take(db, csv_file(tmp_path, HEAD, ROW)).counts["unchanged"] == 1
    (order,) = orders(db)
    assert (str(order.pv_month), order.paid, order.list_type) == ("2026-09", False, "D")


def test_an_order_stays_with_its_customer(db: Database, tmp_path: Path) -> None:
    """A row that gives somebody's order to somebody else is a mistake, and is told."""
    take(db, csv_file(tmp_path, HEAD, ROW))
    other = ROW.replace("7654321", "7654322")
    second = ROW.replace("184145362", "184145363")
    (rejected,) = take(db, csv_file(tmp_path, HEAD, other, second)).rejected
    assert "known as customer 7654321's" in rejected.reason
