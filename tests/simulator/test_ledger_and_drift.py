"""The simulated ledger, the site's search, and pages that drift."""

from __future__ import annotations

import httpx2
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.simulator.pages import headings, module, rows
from worker.simulator.markup import german_amount
from worker.simulator.server import Simulator

OCTOBER = "202610"
TABLE = "#AITableDiv table.evotable"


def ledger(browser: httpx2.Client, **headers: str) -> list[dict[str, LexborNode]]:
    """The ledger's rows of two months."""
    query = {"axn": "ResultsTable", "from": "202609", "to": OCTOBER}
    params = {"Fuseaction": "evo_Modules.AccountInquiry", **query}
    answer = browser.get("/index.cfm", params=params, headers=headers)
    return rows(LexborHTMLParser(answer.text), TABLE)


def test_the_ledger_answers_scripts_alone(browser: httpx2.Client) -> None:
    """Without the header that a script sends there is no table."""
    assert ledger(browser) == []
    found = ledger(browser, **{"X-Requested-With": "XMLHttpRequest"})
    kinds = [row["Typ"].text() for row in found]
    assert kinds == ["Bestellung", "Bestellung", "Bestellung", "Zahlung"]
    days = [row["Datum"].text() for row in found]
    assert days == ["05.10.2026", "03.10.2026", "03.09.2026", "05.10.2026"]


def test_a_credit_is_a_negative_row_that_names_its_order(
    simulator: Simulator, browser: httpx2.Client
) -> None:
    """What the program waits for after a return."""
    order = simulator.world.baseline()[0]
    control = httpx2.post(f"{simulator.control_url}/credit", json={"order": order.number})
    assert control.json() == {"amount": str(order.total)}
    found = ledger(browser, **{"X-Requested-With": "XMLHttpRequest"})
    (credit,) = [row for row in found if row["Typ"].text() == "Gutschrift"]
    assert credit["Bestellnummer"].text() == order.number
    assert credit["Betrag"].text() == "-" + german_amount(order.total)


def test_an_order_can_vanish(simulator: Simulator, browser: httpx2.Client) -> None:
    """It is gone from its month and from its customer's PV."""
    order = next(o for o in simulator.world.baseline() if o.pv_month == simulator.world.month)
    query = {"ID": order.member_id, "month": order.pv_month.compact}
    before = rows(module(browser, "MonthOrders", **query), "#MonthOrders")
    httpx2.post(f"{simulator.control_url}/remove", json={"order": order.number})
    after = rows(module(browser, "MonthOrders", **query), "#MonthOrders")
    assert {row["Bestellnummer"].text() for row in before} - {
        row["Bestellnummer"].text() for row in after
    } == {order.number}


@pytest.mark.parametrize("how", ["drop-rows", "garble-column"])
def test_rows_can_be_lost_or_garbled(
    simulator: Simulator, browser: httpx2.Client, how: str
) -> None:
    """A page whose table stands, and yet can't be believed."""
    simulator.faults.apply(
        {"changes": [{"page": "team", "how": how, "label": "Kundennummer", "to": "???"}]}
    )
    page = module(browser, "CustomerList")
    assert headings(page, "#CustomerTable")[0] == "Kundennummer"
    shown = {row["Kundennummer"].text() for row in rows(page, "#CustomerTable")}
    assert shown == (set() if how == "drop-rows" else {"???"})


def test_one_customers_page_alone_can_be_broken(
    simulator: Simulator, browser: httpx2.Client
) -> None:
    """A fault of one page is not a redesign."""
    one, other = (customer.member_id for customer in simulator.stage.team()[:2])
    simulator.faults.change("card", "drop-table", number=one)
    assert module(browser, "CustomerCard", ID=one).css_first("#VolumeAndOrders") is None
    assert module(browser, "CustomerCard", ID=other).css_first("#VolumeAndOrders") is not None
