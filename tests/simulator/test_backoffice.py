"""The simulated back office: pages, quirks, login and faults as the reference tells them."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import httpx2
import pypdf
import pytest
from pydantic import SecretStr

from tasks.orders import profile
from tasks.orders.backoffice import BackOffice
from tasks.orders.session import Credentials
from tests.simulator.conftest import START
from tests.simulator.pages import headings, module, older, rows
from worker.simulator.clocks import FixedClock
from worker.simulator.days import berlin
from worker.simulator.markup import german_amount
from worker.simulator.records import Order
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

OCTOBER = "202610"


def _story(simulator: Simulator, story: str) -> Order:
    return next(order for order in simulator.world.orders if order.story == story)


def _set(simulator: Simulator, day: date, hour: int = 9) -> None:
    assert isinstance(simulator.clock, FixedClock)
    simulator.clock.set(berlin(day, hour))


def _month_row(browser: httpx2.Client, order: Order) -> dict[str, str]:
    page = module(browser, "MonthOrders", ID=order.member_id, month=order.pv_month.compact)
    found = [
        row for row in rows(page, "#MonthOrders") if row["Bestellnummer"].text() == order.number
    ]
    return {label: cell.html or "" for label, cell in found[0].items()} if found else {}


def test_the_history_has_the_german_columns_in_their_order(browser: httpx2.Client) -> None:
    """A client finds every column of the reference, by label."""
    page = module(browser, "OrderHistoryFull")
    assert headings(page, "#OrderHistoryTable") == [
        "Bestellnummer", "Typ", "Quelle", "Versand an", "Sendungsverfolgung", "Artikel", "Menge",
        "Zahlung", "Datum", "Versanddatum", "PV-Monat", "PV", "Betrag", "Stornieren",
    ]  # fmt: skip
    owner = page.css_first("h3.white > i")
    assert owner is not None
    assert owner.text() == "Katharina Schönfeld"


def test_rows_carry_plain_decimals_and_german_texts(browser: httpx2.Client) -> None:
    """Amounts are readable in both ways, months are not padded."""
    row = rows(module(browser, "OrderHistoryFull"), "#OrderHistoryTable")[-1]
    plain = Decimal(str(row["Betrag"].attributes["data-sort-value"]))
    assert row["Betrag"].text() == german_amount(plain)
    assert row["PV-Monat"].text() == "8/2026"
    assert row["Datum"].text() == "03.08.2026"
    assert german_amount(Decimal("1045.63")) == "1.045,63"


def test_older_rows_come_a_call_later_than_their_cursor(browser: httpx2.Client) -> None:
    """The quirk: an empty fragment with a moved cursor is not the end."""
    assert older(browser, "202608") == (0, "202605")
    count, cursor = older(browser, "202605")
    assert (count, cursor) == (6, "202602")
    assert older(browser, cursor) == (1, "202511")
    assert older(browser, "202511") == (0, "202511")


def test_unpaid_orders_can_be_paid_and_cancelled(
    simulator: Simulator, browser: httpx2.Client
) -> None:
    """An unpaid order is told from a paid one by its links, and has no invoice yet."""
    unpaid = next(o for o in simulator.world.baseline() if o.story == "unpaid")
    row = _month_row(browser, unpaid)
    assert "OrderCancelLink" in row["Stornieren"]
    assert "OrderInvoice" not in row["Rechnungsnummer"]
    _set(simulator, START + timedelta(days=1), 12)
    assert _month_row(browser, unpaid) == {}


def test_a_tracking_link_shows_when_the_order_has_shipped(
    simulator: Simulator, browser: httpx2.Client
) -> None:
    """No parcel before the warehouse has sent it."""
    order = _story(simulator, "delivery-failed")
    late = _story(simulator, "not-shipped")
    assert order.parcel is not None
    assert order.parcel.number in _month_row(browser, order)["Sendungsverfolgung"]
    assert "<a" not in _month_row(browser, late)["Sendungsverfolgung"]
    assert _month_row(browser, late)["Versanddatum"] == "<td></td>"


def test_new_orders_appear_with_the_clock(simulator: Simulator, browser: httpx2.Client) -> None:
    """Nothing new on the first day, something on the next."""
    new = next(
        o for o in simulator.world.orders if o.story == "wrong-type-mended" and o.source == "IO"
    )
    assert _month_row(browser, new) == {}
    _set(simulator, START + timedelta(days=1), 23)
    assert _month_row(browser, new)["Quelle"] == "<td>IO</td>"


def test_the_team_list_has_a_hundred_rows_a_page() -> None:
    """A large team is read page by page, to the end."""
    with Simulator(make_world(1, START, 60, customers=230), FixedClock(berlin(START, 9))) as large:
        headers = {"Cookie": large.pages.session_cookie()}
        with httpx2.Client(base_url=large.backoffice_url, headers=headers) as client:
            pages = [module(client, "CustomerList", page=n) for n in (1, 2, 3)]
    assert [len(rows(page, "#CustomerTable")) for page in pages][:2] == [100, 100]
    assert [len(page.css("a.next")) for page in pages] == [1, 1, 0]
    assert headings(pages[0], "#CustomerTable")[:3] == ["Kundennummer", "Name", "Kundentyp"]


def test_a_search_finds_both_namesakes(browser: httpx2.Client) -> None:
    """Two people of one name are two rows, last name first."""
    found = rows(module(browser, "CustomerList", page=1, q="Müller"), "#CustomerTable")
    assert [row["Name"].text() for row in found] == ["Müller, Anna", "Müller, Anna"]


@pytest.mark.parametrize("columns", [6, 7, 8])
def test_details_come_in_three_layouts(
    simulator: Simulator, browser: httpx2.Client, columns: int
) -> None:
    """Items have 8, 7 or 6 columns, and a subtotal that spans some of them."""
    widths = set()
    for order in simulator.world.baseline():
        page = module(browser, "OrderInvoice", ODHNumber=order.number)
        head = page.css("div.ui.basic.segment.tabledivnm table tr.InvoiceHeader td")
        widths.add(len(head))
        if len(head) == columns:
            assert page.css_first("div.tabledivnm tr:last-child td[colspan]") is not None
    assert columns in widths


def test_an_invoice_is_a_pdf_with_real_text(simulator: Simulator, browser: httpx2.Client) -> None:
    """Order number, invoice number, date and total can be read out of it."""
    order = simulator.world.baseline()[0]
    address = f"/index.cfm?Fuseaction=evo_Modules.InvoicePDF&ODHNumber={order.number}"
    text = pypdf.PdfReader(io.BytesIO(browser.get(address).content)).pages[0].extract_text()
    for wanted in (order.number, order.invoice_number, f"{order.order_date:%d.%m.%Y}"):
        assert wanted in text
    assert german_amount(order.total) in text


def test_a_wrong_password_shows_the_form_again(simulator: Simulator) -> None:
    """The refusal is a page that says so, with the inputs of the site."""
    form = {"uid": simulator.member_id, "password": "falsch"}
    answer = httpx2.post(simulator.login_url, data=form)
    assert answer.status_code == 200
    assert "nicht korrekt" in answer.text
    assert 'name="uid"' in answer.text


def test_a_new_device_is_asked_for_the_phone_code(simulator: Simulator) -> None:
    """With the code asked for, the password alone opens nothing."""
    simulator.faults.want_code = True
    form = {"uid": simulator.member_id, "password": simulator.world.password}
    with httpx2.Client(base_url=simulator.backoffice_url, follow_redirects=True) as client:
        assert 'name="code"' in client.post(simulator.login_url, data=form).text
        assert "login" in str(client.get("/index.cfm").url)
        client.post("/de/de-de/sign-in/code", data={"code": "123456"})
        assert "login" not in str(client.get("/index.cfm").url)


@pytest.mark.parametrize("answer", ["redirect", "fragment"])
def test_an_expired_session_says_login(
    simulator: Simulator, browser: httpx2.Client, answer: Literal["redirect", "fragment"]
) -> None:
    """By a redirect to an address with `login`, or by a fragment without an evotable."""
    simulator.faults.expired_answer = answer
    simulator.faults.expire_sessions()
    got = browser.get("/index.cfm?Fuseaction=evo_Modules.OrderHistoryFull")
    assert got.status_code == 200
    assert "evotable" not in got.text
    assert "login" in (str(got.url) if answer == "redirect" else got.text)


def test_a_session_ends_after_its_pages_or_minutes(
    simulator: Simulator, browser: httpx2.Client
) -> None:
    """Both limits can be set; the minutes go by the simulator's clock."""
    page = "/index.cfm?Fuseaction=evo_Modules.OrderHistoryFull"
    simulator.faults.session_minutes = 30
    assert "evotable" in browser.get(page).text
    _set(simulator, START, 10)
    assert "evotable" not in browser.get(page).text
    simulator.faults.session_minutes, simulator.faults.session_requests = None, 3
    assert "evotable" in browser.get(page).text
    assert "evotable" not in browser.get(page).text


def test_pages_can_be_changed_and_mended(simulator: Simulator, browser: httpx2.Client) -> None:
    """A renamed column and a dropped table are what a redesign looks like."""
    simulator.faults.change("team", "rename-column", "Kundennummer", "Nr.")
    assert headings(module(browser, "CustomerList"), "#CustomerTable")[0] == "Nr."
    simulator.faults.change("team", "drop-table")
    assert module(browser, "CustomerList").css_first("#CustomerTable") is None
    simulator.faults.clear()
    assert headings(module(browser, "CustomerList"), "#CustomerTable")[0] == "Kundennummer"


def test_what_does_not_exist_is_not_found(browser: httpx2.Client) -> None:
    """An unknown order is no blank page with 200."""
    query = "Fuseaction=evo_Modules.OrderInvoice&ODHNumber=999999999"
    assert browser.get(f"/index.cfm?{query}").status_code == 404


def test_the_programs_own_client_reads_the_whole_baseline(simulator: Simulator) -> None:
    """Client and simulator, built apart from the same reference, agree on every order."""
    world, now = simulator.world, simulator.clock.now()
    secret = Credentials(world.owner.member_id, SecretStr(world.password))
    with BackOffice(
        profile.load("de"), secret, simulator.clock, user_agent="test/1",
        base_url=simulator.backoffice_url, login_url=simulator.login_url, spacing=0,
    ) as office:  # fmt: skip
        seen = list(office.owner_page().orders)
        for row in office.team_page(1).rows:
            for month, pv in office.card(row.member_id).volume:
                orders = office.month(row.member_id, month).orders
                assert sum((o.pv for o in orders), Decimal(0)) == pv
                seen += orders
        detail = office.detail(seen[-1].number)
    truth = {order.number: order for order in world.baseline()}
    assert {order.number for order in seen} == set(truth)
    for order in seen:
        real = truth[order.number]
        assert (order.pv, order.total, order.source) == (real.pv, real.total, real.source)
        assert (order.pv_month, order.order_date) == (real.pv_month, real.order_date)
        assert (order.paid, bool(order.tracking)) == (real.paid(now), real.shipped(now))
    lines = truth[seen[-1].number].lines
    assert [(x.item, x.quantity) for x in detail.lines] == [(x.item, x.quantity) for x in lines]
