"""`orderwatch orders`: what was ordered, where it stands, and "fine as it is"."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from models.alert import Alert
from models.domain.values import AlertState, ParcelState
from models.order import Invoice, OrderLineRow
from tests.bench.history import grow
from tests.cli.rows import EARLIER, NOW, Cli, Rows


def test_list_has_the_shape_that_scripts_rely_on(cli: Cli, rows: Rows) -> None:
    """Whoever reads the list by a program finds every field, exact and in its form."""
    order = rows.order(rows.customer(), "185204417", total=Decimal("1045.60"))
    rows.parcel(order, state=ParcelState.IN_TRANSIT)
    assert cli("orders", "list", "--json").json == [
        {
            "order_number": "185204417", "order_date": "2026-10-20", "pv_month": "2026-10",
            "type": "IO", "family": "standard", "pv": "57.00", "total": "1045.60",
            "currency": "EUR", "customer_id": "8120345", "customer_name": "Anna Müller",
            "invoice_number": None, "paid": True, "ship_date": None,
            "tracking_number": "99000000000011", "carrier": "hermes", "status": "shipped",
        }
    ]  # fmt: skip


def test_list_is_filtered(cli: Cli, rows: Rows) -> None:
    """Type, PV month and customer narrow the list, alone and together."""
    anna, berta = rows.customer(), rows.customer("8120999", "Berta Berg")
    rows.order(anna, "1", source="AS", day="2026-09-30")
    rows.order(anna, "2", day="2026-10-02")
    rows.order(berta, "3", source="AS", day="2026-10-03")

    def listed(*words: str) -> list[str]:
        return [row["order_number"] for row in cli("orders", "list", *words, "--json").json]

    assert listed() == ["3", "2", "1"]
    assert listed("--type", "as") == ["3", "1"]
    assert listed("--month", "10/2026") == ["3", "2"]
    assert listed("--customer", "8120345") == ["2", "1"]
    assert listed("--customer", "8120345", "--type", "AS", "--month", "2026-09") == ["1"]
    assert listed("--type", "ZZ") == []


def test_a_long_table_is_cut_and_says_so(cli: Cli, rows: Rows) -> None:
    """Years of orders are not laid out for minutes; a program gets all of them."""
    grow(rows.db, 600)
    said = cli("orders", "list")
    assert said.err == "orderwatch: the first 500 are shown; narrow it, or --json has all\n"
    assert len(said.out.splitlines()) == 500 + 2
    assert "180000599" in said.out
    assert "180000000" not in said.out
    assert len(cli("orders", "list", "--json").json) == 600
    assert len(cli("shipments", "list").out.splitlines()) == 500 + 2
    assert cli("orders", "list", "--month", "2026-10").err == ""


def test_wrong_filters_are_refused(cli: Cli) -> None:
    """A mistyped filter is not taken for "there are none"."""
    assert "2026-10" in cli("orders", "list", "--month", "Oktober").refused(2)
    assert "no customer has the ID 1" in cli("orders", "list", "--customer", "1").refused(1)


def test_an_empty_list_says_what_would_fill_it(cli: Cli) -> None:
    """On the first day the user is told how to begin; a program gets an empty list."""
    assert "orderwatch import FILE" in cli("orders", "list").out
    assert cli("orders", "list", "--json").json == []


def test_a_credit_shows_on_the_order_that_came_back(cli: Cli, rows: Rows) -> None:
    """Of two equal orders the returned one is credited, the kept one is not."""
    anna = rows.customer()
    kept, returned = rows.order(anna, "1"), rows.order(anna, "2")
    rows.parcel(kept, "99000000000011", state=ParcelState.DELIVERED)
    rows.parcel(returned, "99000000000028", state=ParcelState.RETURNED)
    credit = {"pv": Decimal("-57.00"), "total": Decimal("-87.50")}
    rows.order(anna, "3", "2026-10-21", **credit)
    found = {row["order_number"]: row["status"] for row in cli("orders", "list", "--json").json}
    assert found == {"1": "delivered", "2": "credited", "3": "credited"}


def test_show_has_lines_invoice_parcel_and_findings(cli: Cli, rows: Rows) -> None:
    """One look at an order answers what is in it, where it is and what is wrong."""
    anna = rows.customer()
    order = rows.order(anna, "185204417", lines_known=True)
    rows.parcel(order)
    rows.alert("wrong-order-type", anna, order_id=order.id)
    line = OrderLineRow(order_id=order.id, position=1, item="60204657", quantity=2,
                        description="Lavendel", pv=Decimal("23.50"))  # fmt: skip
    with rows.db.write() as session:
        session.add_all([line, Invoice(order_id=order.id, state="due")])
    card = cli("orders", "show", "185204417", "--json").json
    assert card["lines"] == [
        {"item": "60204657", "quantity": 2, "description": "Lavendel", "pv": "23.50", "price": None}
    ]
    assert card["invoice"] == {"copy": "due", "reason": None, "fetched_at": None}
    assert [parcel["number"] for parcel in card["shipments"]] == ["99000000000011"]
    assert [alert["rule"] for alert in card["alerts"]] == ["wrong-order-type"]
    shown = cli("orders", "show", "185204417").out
    assert all(word in shown for word in ("Anna Müller (8120345)", "Lavendel", "87.50 EUR"))


def test_accept_ends_the_alert_at_once_and_for_good(cli: Cli, rows: Rows) -> None:
    """After "fine as it is" the next list no longer shows the alert, and no mail says so."""
    anna = rows.customer()
    order = rows.order(anna, "185204417")
    rows.order(anna, "185200001", "2026-09-05", source="AS", historic=True)
    assert cli("customers", "set", "8120345", "--expects-loyalty", "yes").code == 0
    before = [alert["rule"] for alert in cli("alerts", "list", "--json").json]
    assert "wrong-order-type" in before
    with rows.db.write() as session:  # she was told of it by mail
        session.execute(update(Alert).values(stage=1, next_notice_at=None))
    said = cli("orders", "accept", "185204417")
    assert (said.code, said.out.count("\n")) == (0, 1)
    assert rows.read(order).accepted_at == NOW
    after = [alert["rule"] for alert in cli("alerts", "list", "--json").json]
    assert "wrong-order-type" not in after
    with rows.db.read() as session:
        ended = session.scalars(select(Alert).where(Alert.rule == "wrong-order-type")).one()
    assert (ended.state, ended.next_notice_at) == (AlertState.RESOLVED, None)


@pytest.mark.parametrize("command", ["show", "accept"])
def test_an_unknown_order_is_one_line(cli: Cli, command: str) -> None:
    """A mistyped number is told, not ignored."""
    assert "no order has the number 5" in cli("orders", command, "5").refused(1)


def test_names_can_not_paint_the_terminal(cli: Cli, rows: Rows) -> None:
    """A customer's name is shown as it is: no markup, no terminal commands."""
    name = "[bold]O'Neill <script>"
    rows.order(rows.customer(name=name), "1")
    rows.order(rows.customer("8120999", "Eve\x1b[31m\x07"), "2")
    assert name in cli("orders", "show", "1").out
    assert "O'Neill" in cli("orders", "list").out
    assert "\x1b" not in cli("orders", "show", "2").out


@pytest.mark.parametrize("width", ["60", "80"])
def test_the_table_fits_the_terminal(
    cli: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    """No line of the table is wider than the window."""
    monkeypatch.setenv("COLUMNS", width)
    rows.order(rows.customer(name="Annemarie-Elisabeth von und zu Musterhausen"), "185204417")
    lines = cli("orders", "list").out.splitlines()
    assert max(map(len, lines)) <= int(width)
    assert "185204417" in "".join(lines)


def test_tell_is_a_text_to_send(cli: Cli, rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the language of the mails; the number that was replaced is not told."""
    order = rows.order(rows.customer(), "185204417", ship_date=date(2026, 10, 20))
    rows.parcel(order, "99000000000028", number_refused=True)
    rows.parcel(order, state=ParcelState.IN_TRANSIT, last_event_at=EARLIER)
    said = cli("orders", "tell", "185204417").out
    assert said.startswith("Hallo Anna Müller,\n")
    assert "99000000000011 ist mit Hermes unterwegs" in said
    assert "99000000000028" not in said
    monkeypatch.setenv("ORDERWATCH_LANGUAGE", "en")
    view = cli("orders", "tell", "185204417", "--json").json
    assert view.keys() == {"order", "language", "text"}
    assert view["text"].startswith("Hello Anna Müller,")
    assert "orders list" in cli("orders", "tell", "1").refused(1)
