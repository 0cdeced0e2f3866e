"""`orderwatch customers`: find people of one name, see a card, say what one knows better."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.cli.rows import EARLIER, NOW, Cli, Rows


def ids(cli: Cli, text: str) -> list[str]:
    """Whom a search finds."""
    return [row["id"] for row in cli("customers", "find", text, "--json").json]


def test_find_copes_with_namesakes_and_spelling(cli: Cli, rows: Rows) -> None:
    """Two people of one name are both listed, with what tells them apart."""
    rows.customer("8120345", "Anna Müller", email="a@example.org", enrolled_on=date(2026, 1, 5))
    rows.customer("8120999", "Anna Müller", email="b@example.org", kind="Vorteilskunde")
    rows.customer("8120111", "Berta 100%")
    both = ["8120345", "8120999"]
    assert [ids(cli, text) for text in ("anna mueller", "MÜLLER", "müller anna")] == [both] * 3
    assert ids(cli, "0999") == ["8120999"]
    assert ids(cli, "A@Example") == ["8120345"]
    assert ids(cli, "%") == ["8120111"]
    assert ids(cli, "_") == []
    assert cli("customers", "find", "a@example", "--json").json == [
        {"id": "8120345", "name": "Anna Müller", "email": "a@example.org", "kind": None,
         "enrolled_on": "2026-01-05"}
    ]  # fmt: skip
    table = cli("customers", "find", "müller").out
    assert all(word in table for word in (*both, "a@example.org", "b@example.org", "2026-01-05"))


def test_find_of_nothing(cli: Cli) -> None:
    """Nobody found is a sentence; an empty search is a mistake."""
    assert "'Zoe'" in cli("customers", "find", "Zoe").out
    assert ids(cli, "Zoe") == []
    assert "nothing to search for" in cli("customers", "find", " ").refused(2)


def test_show_is_the_whole_card(cli: Cli, rows: Rows) -> None:
    """PV as the card showed it, else as the orders add up; loyalty judged by the orders."""
    anna = rows.customer(enroller="Sabine Köhler", sponsor="Eva Lang")
    rows.order(anna, "1", "2026-09-03", source="AS", historic=True)
    rows.order(anna, "2", "2026-10-20", source="IO")
    rows.order(anna, "3", "2026-10-21", vanished_at=EARLIER)
    rows.volume(anna, "2026-09", "61.50")
    card = cli("customers", "show", "8120345", "--json").json
    assert card["pv_by_month"] == {"2026-10": "57.00", "2026-09": "61.50", "2026-08": "0.00"}
    loyalty = {name: card["loyalty"][name] for name in _LOYALTY}
    assert loyalty == {"expected": True, "source": "orders", "this_month": None, "at_risk": True}
    assert (card["enroller"], card["sponsor"]) == ("Sabine Köhler", "Eva Lang")
    assert [order["order_number"] for order in card["orders"]] == ["3", "2", "1"]
    assert card["alerts"] == []
    assert "at risk" in cli("customers", "show", "8120345").out


_LOYALTY = ("expected", "source", "this_month", "at_risk")


def test_show_names_this_months_loyalty_order(cli: Cli, rows: Rows) -> None:
    """Once the month has its AS nothing is at risk any more."""
    anna = rows.customer(expects_loyalty_told=True)
    rows.order(anna, "77", source="AS")
    loyalty = cli("customers", "show", "8120345", "--json").json["loyalty"]
    assert [loyalty[name] for name in _LOYALTY] == [True, "told", "77", False]


def test_the_owner_has_a_card_without_an_id(cli: Cli, rows: Rows) -> None:
    """The account's own orders can be looked at before her member ID is known."""
    rows.customer(None, "Sabine Köhler", is_owner=True)
    assert cli("customers", "show", "owner", "--json").json["name"] == "Sabine Köhler"


def test_set_writes_what_the_user_knows_and_since_when(cli: Cli, rows: Rows) -> None:
    """Consent and expectation are stored with their date; her address wins over the synced one."""
    anna = rows.customer(email="old@example.org")
    words = ("--invoice-copies", "yes", "--expects-loyalty", "no", "--email", "new@example.org")
    assert cli("customers", "set", "8120345", *words).code == 0
    row = rows.read(anna)
    assert (row.invoice_copies, row.invoice_copies_since) == (True, NOW)
    assert (row.expects_loyalty_told, row.expects_loyalty_since) == (False, NOW)
    assert row.address == "new@example.org"
    assert row.next_review_at is not None
    assert row.next_review_at > NOW  # she was reviewed just now


def test_repeating_a_consent_keeps_its_date(cli: Cli, rows: Rows) -> None:
    """Saying yes twice does not cut off the copies of orders in between."""
    anna = rows.customer(invoice_copies=True, invoice_copies_since=EARLIER)
    assert cli("customers", "set", "8120345", "--invoice-copies", "yes").code == 0
    assert rows.read(anna).invoice_copies_since == EARLIER
    assert cli("customers", "set", "8120345", "--invoice-copies", "no").code == 0
    row = rows.read(anna)
    assert (row.invoice_copies, row.invoice_copies_since) == (False, NOW)


def test_auto_takes_it_back(cli: Cli, rows: Rows) -> None:
    """What was told can be left to the orders and the back office again."""
    told: dict[str, Any] = {"expects_loyalty_told": True, "expects_loyalty_since": EARLIER}
    anna = rows.customer(email="a@example.org", email_told="b@example.org", **told)
    assert (
        cli("customers", "set", "8120345", "--expects-loyalty", "auto", "--email", "auto").code == 0
    )
    row = rows.read(anna)
    assert (row.expects_loyalty_told, row.expects_loyalty_since) == (None, None)
    assert row.address == "a@example.org"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--expects-loyalty", "maybe"), "yes, no, auto"),
        (("--invoice-copies", "auto"), "yes, no"),
        (("--email", "a@b\nBcc: c@d"), "name@example.org"),
        (("--email", ""), "name@example.org"),
        ((), "nothing to set"),
    ],
)
def test_a_wrong_value_changes_nothing(cli: Cli, rows: Rows, words: Any, told: str) -> None:
    """One mistake in a command leaves the customer as she was, the right half included."""
    anna = rows.customer(next_review_at=datetime(2026, 11, 1, tzinfo=UTC))
    right = ("--invoice-copies", "yes") if words and words[0] != "--invoice-copies" else ()
    assert told in cli("customers", "set", "8120345", *right, *words).refused(2)
    row = rows.read(anna)
    assert (row.invoice_copies, row.expects_loyalty_told, row.email_told) == (None, None, None)
    assert row.next_review_at == datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize("words", [("show", "1"), ("set", "1", "--invoice-copies", "yes")])
def test_an_unknown_customer_is_one_line(cli: Cli, words: tuple[str, ...]) -> None:
    """The way to the right number is told."""
    assert "customers find" in cli("customers", *words).refused(1)


def test_show_takes_a_name_that_only_one_has(cli: Cli, rows: Rows) -> None:
    """A name is enough when it is clear who is meant; else all of them are named with their IDs."""
    rows.customer("8120345", "Anna Müller")
    assert cli("customers", "show", "mueller", "--json").json["id"] == "8120345"
    rows.customer("8120999", "Berta Müller")
    line = cli("customers", "show", "Müller").refused(1)
    assert "8120345 Anna Müller; 8120999 Berta Müller" in line
    assert cli("customers", "show", "müller berta", "--json").json["id"] == "8120999"
    assert "no customer has the ID zoe" in cli("customers", "show", "zoe").refused(1)
    assert "no customer has the ID 81" in cli("customers", "show", "81").refused(1)


def test_show_has_parcels_cases_and_the_points_rate(cli: Cli, rows: Rows) -> None:
    """Everything about her in one place, as the rules see it."""
    anna = rows.customer(enrolled_on=date(2026, 5, 20))
    for number, month in enumerate(("06", "07", "08", "09", "10"), start=1):
        order = rows.order(anna, str(number), f"2026-{month}-05", source="AS", historic=True)
    rows.parcel(order)
    cli("cases", "open", "5")
    card = cli("customers", "show", "8120345", "--json").json
    assert (card["loyalty"]["months_in_programme"], card["loyalty"]["rate"]) == (5, 15)
    assert [parcel["order"] for parcel in card["shipments"]] == ["5"]
    assert [case["order"] for case in card["cases"]] == ["5"]
    shown = cli("customers", "show", "8120345").out
    assert "15 %, 5 months in a row" in shown
    assert "99000000000011" in shown
