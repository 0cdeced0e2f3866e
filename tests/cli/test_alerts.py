"""`orderwatch alerts`: what is open, what it means, and what was decided about it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from models.domain.months import PvMonth
from models.domain.values import AlertState, ParcelState, Severity
from tests.cli.rows import Cli, Rows


def test_list_has_the_shape_that_scripts_rely_on(cli: Cli, rows: Rows) -> None:
    """Numbers of order, customer and parcel, not row IDs; the text names the customer."""
    anna = rows.customer()
    order = rows.order(anna, "185204417")
    parcel = rows.parcel(order, state=ParcelState.RETURNING)
    one = rows.alert("wrong-order-type", anna, order_id=order.id)
    two = rows.alert("parcel-returning", anna, order_id=order.id, shipment_id=parcel.id,
                     severity=Severity.MEDIUM)  # fmt: skip
    found = cli("alerts", "list", "--json").json
    texts = [alert.pop("text") for alert in found]
    assert all("Anna Müller" in text or "185204417" in text for text in texts)
    common = {"state": "open", "order": "185204417", "customer": "8120345", "month": None,
              "opened_at": "2026-10-20T08:00:00Z", "resolved_at": None}  # fmt: skip
    assert found == [
        common | {"id": one.id, "rule": "wrong-order-type", "severity": "high", "shipment": None},
        common
        | {"id": two.id, "rule": "parcel-returning", "severity": "medium",
           "shipment": "99000000000011"},
    ]  # fmt: skip


def test_list_shows_what_stands_the_urgent_first(cli: Cli, rows: Rows) -> None:
    """What is resolved or dismissed shows with --all only."""
    anna = rows.customer()
    for number, (state, severity) in enumerate(
        [("open", "low"), ("acked", "high"), ("snoozed", "medium"), ("resolved", "high"),
         ("dismissed", "low")], start=1
    ):  # fmt: skip
        month = PvMonth(2026, number)
        rows.alert("loyalty-month-at-risk", anna, month=month, state=AlertState(state),
                   severity=Severity(severity))  # fmt: skip
    standing = [alert["state"] for alert in cli("alerts", "list", "--json").json]
    assert standing == ["acked", "snoozed", "open"]
    every = [alert["state"] for alert in cli("alerts", "list", "--all", "--json").json]
    assert sorted(every) == ["acked", "dismissed", "open", "resolved", "snoozed"]


def test_no_alert_is_a_sentence(cli: Cli) -> None:
    """Silence is said aloud."""
    assert cli("alerts", "list").out == "no alert is open\n"
    assert cli("alerts", "list", "--json").json == []


def test_a_system_alert_tells_its_message(cli: Cli, rows: Rows) -> None:
    """The operator reads in the list what failed; nobody's customer is named."""
    rows.alert("mail-failing", details={"subject": "smtp", "detail": "login refused"})
    (alert,) = cli("alerts", "list", "--json").json
    assert alert["text"].endswith(": login refused")
    assert (alert["customer"], alert["order"]) == (None, None)


def test_show_says_what_to_do(cli: Cli, rows: Rows) -> None:
    """Meaning, reason and steps as in the mail, in English, with Hermes' number."""
    anna = rows.customer()
    order = rows.order(anna, "185204417")
    rows.parcel(order, state=ParcelState.IN_TRANSIT)
    alert = rows.alert("wrong-order-type", anna, order_id=order.id)
    card = cli("alerts", "show", str(alert.id), "--json").json
    assert card["what"]
    assert any("040 593 551 111" in step for step in card["steps"])
    shown = cli("alerts", "show", str(alert.id)).out
    assert all(step in shown for step in card["steps"])


@pytest.mark.parametrize(
    ("words", "state"),
    [
        (("ack",), AlertState.ACKED),
        (("snooze", "--until", "2026-10-25"), AlertState.SNOOZED),
        (("snooze", "--until", "25.10.2026"), AlertState.SNOOZED),
        (("dismiss", "--reason", "agreed  with her"), AlertState.DISMISSED),
    ],
)
def test_a_decision_is_stored_and_ends_the_reminders(
    cli: Cli, rows: Rows, words: tuple[str, ...], state: AlertState
) -> None:
    """Whoever has decided is not reminded any more."""
    alert = rows.alert("unpaid", rows.customer())
    said = cli("alerts", words[0], str(alert.id), *words[1:])
    assert (said.code, said.err) == (0, "")
    row = rows.read(alert)
    day = datetime(2026, 10, 24, 22, tzinfo=UTC)  # it begins at midnight in Germany
    snoozed = day if state is AlertState.SNOOZED else None
    assert (row.state, row.snoozed_until, row.next_notice_at) == (state, snoozed, snoozed)
    dismissed = state is AlertState.DISMISSED
    assert row.dismissed_reason == ("agreed with her" if dismissed else None)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("snooze", "--until", "morgen"), "YYYY-MM-DD"),
        (("snooze", "--until", "31.11.2026"), "YYYY-MM-DD"),
        (("snooze", "--until", "2026-10-22"), "not in the future"),
        (("snooze", "--until", "2020-01-01"), "not in the future"),
        (("dismiss", "--reason", "  "), "--reason is empty"),
        (("dismiss", "--reason", "x" * 301), "at most 300"),
    ],
)
def test_a_wrong_decision_changes_nothing(
    cli: Cli, rows: Rows, words: tuple[str, ...], told: str
) -> None:
    """A day that is over silences nothing, a missing reason dismisses nothing."""
    alert = rows.alert("unpaid", rows.customer())
    assert told in cli("alerts", words[0], str(alert.id), *words[1:]).refused(2)
    row = rows.read(alert)
    assert (row.state, row.next_notice_at) == (AlertState.OPEN, alert.next_notice_at)


def test_what_is_over_can_not_be_decided_about(cli: Cli, rows: Rows) -> None:
    """A resolved alert stays resolved; an unknown one is named."""
    alert = rows.alert("unpaid", rows.customer(), state=AlertState.RESOLVED)
    assert "is resolved already" in cli("alerts", "ack", str(alert.id)).refused(1)
    assert rows.read(alert).state is AlertState.RESOLVED
    assert "there is no alert 99" in cli("alerts", "ack", "99").refused(1)
    assert "there is no alert 99" in cli("alerts", "show", "99").refused(1)


def test_show_tells_what_the_finding_rests_on(cli: Cli, rows: Rows) -> None:
    """Orders with their dates, and each number with its setting: to be trusted or dismissed."""
    anna = rows.customer()
    rows.order(anna, "1", "2026-09-03", source="AS", historic=True)
    order = rows.order(anna, "185204417")
    month = PvMonth(2026, 10)
    alert = rows.alert("wrong-order-type", anna, order_id=order.id, month=month)
    rows.order(anna, "3", "2026-10-21", source="AS", pv=Decimal("0.50"))
    card = cli("alerts", "show", str(alert.id), "--json").json
    rests = card["evidence"]
    assert [(f["says"], (f["order"] or {}).get("order_number")) for f in rests["facts"]] == [
        ("the order in question", "185204417"),
        ("shows that she is in the programme", "1"),
        ("too small to keep the rate", "3"),
    ]
    assert {"name": "ORDERWATCH_RULES__LOYALTY_KEEPING_PV", "value": "1"} in rests["settings"]
    assert card["until"] == "as long as the order has not been shipped"
    shown = cli("alerts", "show", str(alert.id)).out
    assert "in the programme: 1 of 2026-09-03, AS, 57.00 PV for 2026-09, not shipped" in shown
    assert "ORDERWATCH_RULES__LOYALTY_LOOKBACK_MONTHS = 3" in shown


def test_show_of_a_system_finding_has_no_orders(cli: Cli, rows: Rows) -> None:
    """What the program says of itself rests on its own message."""
    alert = rows.alert("sync-failing", details={"subject": "backoffice", "detail": "503"})
    card = cli("alerts", "show", str(alert.id), "--json").json
    assert card["evidence"] == {"facts": [], "settings": []}
