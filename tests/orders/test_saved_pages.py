"""Saved pages and invoice PDFs: the same parsers as the sync's, and the user's own files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from models.customer import Customer, CustomerVolume
from models.order import Invoice, Order, OrderLineRow
from models.session import Database
from tests.orders import back_office_pages as pages
from tests.orders.order_files import DE, HEAD, ROW, csv_file, orders, refusal, rows, take
from worker.simulator.invoice import invoice_pdf
from worker.simulator.records import Order as Placed
from worker.simulator.world import make_world


def _saved(folder: Path, html: str) -> Path:
    path = folder / "page.html"
    path.write_text(html)
    return path


def _customers(db: Database) -> list[Customer]:
    with db.read() as session:
        return list(session.query(Customer))


def test_a_saved_order_history_is_the_owners(db: Database, tmp_path: Path) -> None:
    """Its rows belong to the account of the heading; who it was shipped to is only a name."""
    page = _saved(tmp_path, pages.history(DE, [pages.order_cells(DE)]))
    assert take(db, page).counts["new"] == 1
    (owner,) = _customers(db)
    assert (owner.name, owner.member_id, owner.is_owner) == ("Erika Musterfrau", None, True)
    assert take(db, page).counts["unchanged"] == 1


def test_a_saved_history_knows_the_owners_number(db: Database, tmp_path: Path) -> None:
    """With CONSULTANT__MEMBER_ID set, the orders stand under it."""
    page = _saved(tmp_path, pages.history(DE, [pages.order_cells(DE)]))
    take(db, page, owner="1234567")
    assert [owner.member_id for owner in _customers(db)] == ["1234567"]


def test_older_rows_that_were_called_up_are_read_too(db: Database, tmp_path: Path) -> None:
    """The browser saves what it shows, also what "older orders" has added."""
    older = pages.fragment(DE, [pages.order_cells(DE, order="184145000")], "202605")
    page = pages.history(DE, [pages.order_cells(DE)]).replace("</body>", f"{older}</body>")
    take(db, _saved(tmp_path, page))
    assert [order.number for order in orders(db)] == ["184145000", "184145362"]


def test_a_saved_month_is_its_customers(db: Database, tmp_path: Path) -> None:
    """Name and number come from the heading."""
    take(db, _saved(tmp_path, pages.month_page(DE, [pages.order_cells(DE)])))
    (customer,) = _customers(db)
    assert (customer.member_id, customer.name) == ("7654321", "Erika Musterfrau")
    assert [order.customer_id for order in orders(db)] == [customer.id]


def test_an_order_of_the_future_is_noted(db: Database, tmp_path: Path) -> None:
    """Tomorrow may be today elsewhere; what lies beyond it comes in, and somebody looks at it."""
    cells = [pages.order_cells(DE, order=n, order_date=d) for n, d in
             (("184145362", "23.10.2026"), ("184145363", "24.10.2026"))]  # fmt: skip
    page = _saved(tmp_path, pages.history(DE, cells))
    later = ROW.replace("20.10.2026", "12.11.2026").replace("184145362", "184145364")
    for path in (page, csv_file(tmp_path, HEAD, later, ROW.replace("184145362", "184145365"))):
        result = take(db, path)
        assert result.rejected == []
        assert [note for note in result.notes if note.startswith("dated in the future: 1;")]


def test_a_saved_team_list_and_card_bring_customers(db: Database, tmp_path: Path) -> None:
    """Contact data come in, and the PV of three months with the card."""
    take(db, _saved(tmp_path, pages.team_page(DE, [pages.customer_row(DE)])))
    assert take(db, _saved(tmp_path, pages.card_page(DE))).notes
    (customer,) = _customers(db)
    assert (customer.email, customer.phone) == ("erika@example.org", "+49 170 0000000")
    assert len(rows(db, CustomerVolume)) == 3


def test_a_saved_login_page_is_refused_as_what_it_is(db: Database, tmp_path: Path) -> None:
    """Who was logged out when she saved hears that, not something about columns."""
    assert "login page" in refusal(db, _saved(tmp_path, pages.LOGIN_PAGE))


def test_older_rows_alone_need_their_headings(db: Database, tmp_path: Path) -> None:
    """Columns are found by heading or not at all."""
    row = [pages.order_cells(DE)]
    assert "headings" in refusal(db, _saved(tmp_path, pages.fragment(DE, row, "202608")))
    take(db, _saved(tmp_path, pages.fragment(DE, row, "202608", header=True)))
    assert [order.number for order in orders(db)] == ["184145362"]


# --- invoices ------------------------------------------------------------------------------------


def _placed(tmp_path: Path) -> tuple[Placed, Path]:
    """An order of the simulator's, and its invoice."""
    world = make_world(1, date(2026, 10, 19), 24, 3, orders_per_day=1)
    order = world.baseline()[0]
    (customer,) = [c for c in world.customers if c.member_id == order.member_id]
    path = tmp_path / "invoice.pdf"
    path.write_bytes(invoice_pdf(order, customer))
    return order, path


def _listed(tmp_path: Path, order: Placed, total: str = "") -> Path:
    row = f"{order.number};{order.order_date};{order.member_id};Petra;AS;99,00;;{total}"
    return csv_file(tmp_path, f"{HEAD};Betrag", row)


def test_an_invoice_enriches_its_order(db: Database, tmp_path: Path) -> None:
    """Lines, total and number are read from its text; the file is kept as the invoice."""
    order, pdf = _placed(tmp_path)
    take(db, _listed(tmp_path, order))
    assert take(db, pdf).counts["changed"] == 1
    (stored,) = orders(db)
    assert (stored.invoice_number, stored.total) == (order.invoice_number, order.total)
    with db.read() as session:
        lines = [(x.item, x.quantity, x.price) for x in session.query(OrderLineRow)]
        assert session.query(Invoice).one().pdf == pdf.read_bytes()
    assert lines == [
        (line.item, line.quantity, line.quantity * line.unit_price) for line in order.lines
    ]
    before = [rows(db, model) for model in (Order, OrderLineRow, Invoice)]
    assert take(db, pdf).counts["unchanged"] == 1
    assert [rows(db, model) for model in (Order, OrderLineRow, Invoice)] == before


def test_an_invoice_of_an_unknown_order_is_refused(db: Database, tmp_path: Path) -> None:
    """It names an order, but not whose: the list has to come first."""
    order, pdf = _placed(tmp_path)
    assert f"order {order.number} is not known" in refusal(db, pdf)


def test_an_invoice_that_contradicts_its_order_is_refused(db: Database, tmp_path: Path) -> None:
    """Another total is another order's invoice, or somebody's mistake; nothing is kept."""
    order, pdf = _placed(tmp_path)
    take(db, _listed(tmp_path, order, "1,00"))
    assert "its total is" in str(take(db, pdf).refused)
    assert orders(db)[0].total == Decimal("1.00")
    assert rows(db, Invoice) == []


def test_the_invoice_of_an_old_order_is_never_mailed(db: Database, tmp_path: Path) -> None:
    """What was old at first sight stays so: its copy is kept, and is due to nobody."""
    order, pdf = _placed(tmp_path)
    take(db, _listed(tmp_path, order))
    take(db, pdf)
    with db.read() as session:
        invoice = session.query(Invoice).one()
    assert (orders(db)[0].historic, invoice.state, invoice.next_copy_at) == (True, "skipped", None)


def test_a_list_does_not_wipe_what_a_detail_showed(db: Database, tmp_path: Path) -> None:
    """Items and pieces are the same: descriptions and prices of the invoice stay."""
    order, pdf = _placed(tmp_path)
    take(db, _listed(tmp_path, order))
    take(db, pdf)
    before = rows(db, OrderLineRow)
    items = "; ".join(f"{line.item}x{line.quantity}" for line in order.lines)
    row = f'{order.number};{order.order_date};{order.member_id};Petra;AS;99,00;"{items}"'
    result = take(db, csv_file(tmp_path, HEAD, row))
    assert (result.rejected, result.counts["unchanged"]) == ([], 1)
    assert rows(db, OrderLineRow) == before


def test_rows_of_a_list_are_not_lost_beside_an_invoice(db: Database, tmp_path: Path) -> None:
    """The order that an invoice enriched is unchanged when its list comes again."""
    order, pdf = _placed(tmp_path)
    listed = _listed(tmp_path, order)
    take(db, listed)
    take(db, pdf)
    assert take(db, listed).counts["unchanged"] == 1
    assert ROW.split(";")[0] not in {stored.number for stored in orders(db)}
