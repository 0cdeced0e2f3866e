"""The pages of the back office, asked over a real socket."""

from __future__ import annotations

import pytest
from werkzeug import Response

from models.domain.months import PvMonth
from tasks.ports import (
    OwnerPage,
    PageChanged,
)
from tests.orders.back_office_pages import (
    card_page,
    customer_row,
    fragment,
    history,
    month_page,
    order_cells,
    table,
    team_page,
)
from tests.orders.site import DE, Open, Site
from tests.services.clock import FakeClock


def test_older_rows_are_asked_for_with_the_sites_parameters(
    site: Site, open_office: Open, clock: FakeClock
) -> None:
    """All parameters, the cursor and a timestamp in milliseconds; empty fragments go on."""
    answers = iter(
        [
            history(DE, []),
            fragment(DE, [], "202605"),
            fragment(DE, [order_cells(DE)], "202602"),
            fragment(DE, [], "202602"),
        ]
    )
    site.page = lambda _: Response(next(answers))
    office, cursor = open_office(), None
    pages: list[OwnerPage] = []
    while not pages or cursor is not None:
        pages.append(office.owner_page(cursor))
        cursor = pages[-1].cursor
    assert [len(page.orders) for page in pages] == [0, 0, 1, 0]
    assert [page.cursor for page in pages] == ["202608", "202605", "202602", None]
    args = dict(site.asked[1].args)
    assert abs(int(args.pop("_")) / 1000 - clock.now().timestamp()) < 60
    assert args == {
        "Fuseaction": "evo_Modules.OrderHistoryFull", "SupressDTSPopup": "1",
        "PopupDiv": "orderhistoryrows", "noheader": "1", "nofooter": "1", "api": "1",
        "no_meta": "1", "axn": "ViewMoreCount", "startdate": "202608",
    }  # fmt: skip


def test_older_rows_alone_read_the_first_page_for_its_header(site: Site, open_office: Open) -> None:
    """A sync that goes on after a restart begins in the middle."""
    site.page = lambda request: Response(
        fragment(DE, [order_cells(DE)], None) if "axn" in request.args else history(DE, [])
    )
    page = open_office().owner_page("202608")
    assert (len(page.orders), page.owner_name) == (1, "Erika Musterfrau")
    assert len(site.asked) == 2


def test_team_card_month_and_detail_are_asked_by_their_addresses(
    site: Site, open_office: Open
) -> None:
    """Page, member ID and month go into the address; the answers are read."""
    pages = {
        "evo_Modules.CustomerList": team_page(DE, [customer_row(DE)]),
        "evo_Modules.CustomerCard": card_page(DE),
        "evo_Modules.MonthOrders": month_page(DE, [order_cells(DE)]),
    }
    site.page = lambda request: Response(pages[request.args["Fuseaction"]])
    office = open_office()
    assert office.team_page(2).rows[0].member_id == "7654321"
    assert office.card("7654321").name == "Erika Musterfrau"
    assert office.month("7654321", PvMonth(2026, 10)).orders[0].customer_id == "7654321"
    assert [request.args.get("page") for request in site.asked] == ["2", None, None]
    assert [request.args.get("ID") for request in site.asked] == [None, "7654321", "7654321"]
    assert site.asked[2].args["month"] == "202610"


def test_a_search_is_the_team_list_with_its_text(site: Site, open_office: Open) -> None:
    """Umlauts and signs reach the site as they were typed, and can't add parameters."""
    rows = [customer_row(DE), customer_row(DE, member_id="7654322")]
    site.page = lambda _: Response(team_page(DE, rows))
    found = open_office().search("Müller & Söhne&page=9", 2)
    assert [row.member_id for row in found.rows] == ["7654321", "7654322"]
    assert {row.name for row in found.rows} == {"Erika Musterfrau"}
    args = dict(site.asked[0].args)
    assert (args["q"], args["page"]) == ("Müller & Söhne&page=9", "2")


def test_the_ledger_is_asked_as_a_script_asks(site: Site, open_office: Open) -> None:
    """Its months, and the header without which there is no table."""
    row = {"kind": "Gutschrift", "date": "05.10.2026", "number": "184145362", "amount": "-45,50"}
    inner = table(DE.ledger.columns, tuple(row), [row], 'class="evotable"')
    site.page = lambda _: Response(f'<div id="AITableDiv">{inner}</div>')
    found = open_office().ledger(PvMonth(2026, 8), PvMonth(2026, 10))
    assert [credit.order_number for credit in found.rows] == ["184145362"]
    (request,) = site.asked
    assert request.headers["X-Requested-With"] == "XMLHttpRequest"
    args = request.args
    assert (args["axn"], args["from"], args["to"]) == ("ResultsTable", "202608", "202610")


def test_an_invoice_is_a_pdf_or_a_changed_page(site: Site, open_office: Open) -> None:
    """A customer must never get an error page as her invoice."""
    office = open_office()
    site.page = lambda _: Response(b"%PDF-1.7 login", mimetype="application/pdf")
    assert office.invoice_pdf("184145362") == b"%PDF-1.7 login"
    assert site.asked[0].args["ODHNumber"] == "184145362"
    site.page = lambda _: Response("<html>Fehler</html>")
    with pytest.raises(PageChanged, match="no PDF"):
        office.invoice_pdf("184145362")
    site.page = lambda _: Response(b"%PDF" + b" " * 10_000_000)
    with pytest.raises(PageChanged, match="larger than 10 MB"):
        office.invoice_pdf("184145362")


def test_pages_in_other_charsets_keep_their_umlauts(site: Site, open_office: Open) -> None:
    """Names are personal: a page without a charset may be Windows-1252."""
    html = history(DE, []).replace("Erika", "Jürgen")
    site.page = lambda _: Response(html.encode("cp1252"), content_type="text/html")
    assert open_office().owner_page().owner_name == "Jürgen Musterfrau"
