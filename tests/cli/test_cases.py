"""`orderwatch cases`: opened once, ticked in any order, told in words."""

from __future__ import annotations

from models.domain.values import AlertState, ParcelState
from tests.cli.rows import NOW, Cli, Rows


def test_a_case_is_opened_once(rows: Rows, cli: Cli) -> None:
    """The order's alert counts as seen, and opening again says that the case is there."""
    anna = rows.customer()
    order = rows.order(anna, "185204417")
    alert = rows.alert("wrong-order-type", anna, order_id=order.id)
    said = cli("cases", "open", "185204417")
    assert said.code == 0
    assert said.out.splitlines()[0] == "case 1 for order 185204417 is open"
    assert "089" in said.out
    assert "cancelled-before-shipping" in said.out
    assert rows.read(alert).state in (AlertState.ACKED, AlertState.RESOLVED)
    again = cli("cases", "open", "185204417")
    assert again.out.splitlines()[0] == "case 1 for order 185204417 was open already"
    assert len(cli("cases", "list", "--json").json) == 1


def test_steps_are_ticked_in_any_order(rows: Rows, cli: Cli) -> None:
    """Each with its time; twice does no harm, and a slip can be taken back."""
    rows.order(rows.customer(), "185204417", ship_date=None)
    cli("cases", "open", "185204417")
    assert cli("cases", "step", "1", "credit-asked").out.splitlines()[0] == "case 1: credit-asked"
    assert "its time stays" in cli("cases", "step", "1", "credit-asked").out
    cli("cases", "step", "1", "stop-asked")
    card = cli("cases", "show", "1", "--json").json
    assert [(s["step"], s["seen"]) for s in card["steps"]] == [
        ("stop-asked", False),
        ("credit-asked", False),
    ]
    assert {s["at"] for s in card["steps"]} == {f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}
    assert "is taken back" in cli("cases", "step", "1", "stop-asked", "--undo").out
    assert "is not ticked" in cli("cases", "step", "1", "stop-asked", "--undo").out


def test_a_credited_case_is_closed(rows: Rows, cli: Cli) -> None:
    """It leaves the list, and stays to be looked at."""
    rows.order(rows.customer(), "185204417")
    cli("cases", "open", "185204417")
    assert "case 1 is closed" in cli("cases", "step", "1", "credited").out
    assert cli("cases", "list", "--json").json == []
    assert cli("cases", "list").out == "no case is open\n"
    (row,) = cli("cases", "list", "--all", "--json").json
    assert (row["id"], row["order"], row["state"], row["step"]) == (
        1, "185204417", "closed", "credited",
    )  # fmt: skip
    assert "was closed before" in cli("cases", "open", "185204417").out


def test_a_case_says_what_to_do_next(rows: Rows, cli: Cli) -> None:
    """Phone, order and parcel number ready to read out, Hermes first while the parcel moves."""
    order = rows.order(rows.customer(), "185204417")
    rows.parcel(order, state=ParcelState.IN_TRANSIT, last_event_at=NOW, state_since=NOW)
    cli("cases", "open", "185204417")
    card = cli("cases", "show", "1", "--json").json
    assert "040" in card["next"][0]
    assert "99000000000011" in card["next"][0]
    assert "089" in card["next"][1]
    shown = cli("cases", "show", "1").out
    assert "shipped" in shown
    assert "1. Call Hermes at once" in shown


def test_what_is_not_there_is_said_in_one_line(cli: Cli) -> None:
    """No traceback for a slip of the keyboard."""
    assert "no order has the number 9" in cli("cases", "open", "9").refused(1)
    assert "there is no case 9" in cli("cases", "show", "9").refused(1)
    assert "there is no case 9" in cli("cases", "step", "9", "credited").refused(1)
    assert "delivered" in cli("cases", "step", "9", "delivered").refused(2)
    assert cli("cases", "list").out == "no case is open\n"
    assert cli("cases", "list", "--all").out == "there has been no case yet\n"
