"""`orderwatch shipments`: where each parcel is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from models.domain.values import CarrierName, ParcelState
from models.shipment import ShipmentEvent
from tests.cli.rows import Cli, Rows
from tests.shipments.answers import sample

AT = datetime(2026, 10, 21, 6, 30, tzinfo=UTC)


def test_list_has_the_shape_that_scripts_rely_on(cli: Cli, rows: Rows) -> None:
    """Times are UTC with Z; what is not known is null, the state of a fresh parcel too."""
    order = rows.order(rows.customer(), "185204417")
    rows.parcel(order, "99000000000011", state=ParcelState.IN_TRANSIT, last_event_at=AT,
                shipped_at=AT, expected_from=AT, expected_to=AT)  # fmt: skip
    rows.parcel(order, "99000000000028", carrier=None, next_poll_at=AT)
    at = "2026-10-21T06:30:00Z"
    assert cli("shipments", "list", "--json").json == [
        {"number": "99000000000028", "carrier": None, "order": "185204417", "state": None,
         "shipped_at": None, "last_event_at": None, "expected_from": None, "expected_to": None,
         "next_poll_at": at},
        {"number": "99000000000011", "carrier": "hermes", "order": "185204417",
         "state": "in_transit", "shipped_at": at, "last_event_at": at, "expected_from": at,
         "expected_to": at, "next_poll_at": None},
    ]  # fmt: skip


def test_list_by_state(cli: Cli, rows: Rows) -> None:
    """Only the parcels of the states asked for; an empty list is a sentence."""
    order = rows.order(rows.customer(), "1")
    rows.parcel(order, "99000000000011", state=ParcelState.DELIVERED)
    rows.parcel(order, "99000000000028", state=ParcelState.RETURNING)
    rows.parcel(order, "99000000000035")
    words = ("--state", "returning", "--state", "delivered", "--json")
    found = cli("shipments", "list", *words).json
    assert [parcel["state"] for parcel in found] == ["returning", "delivered"]
    assert cli("shipments", "list", "--state", "exception").out == "no parcel is in that state\n"


def test_a_wrong_state_is_told_the_right_ones(cli: Cli) -> None:
    """`not_found` is an answer of `track`, never a stored state."""
    for word in ("lost", "not_found"):
        line = cli("shipments", "list", "--state", word).refused(2)
        assert "announced, in_transit" in line
        assert "unknown, not_found" not in line


def test_show_lists_the_scans_newest_first(cli: Cli, rows: Rows) -> None:
    """The whole story of a parcel, found by its number as it is printed or by its link."""
    order = rows.order(rows.customer(), "185204417")
    parcel = rows.parcel(order, state=ParcelState.READY_FOR_PICKUP, pickup_point={
        "name": "Kiosk", "street": "Am Markt 1", "zip": "12345", "city": "Ort"})  # fmt: skip
    with rows.db.write() as session:
        for hour, code in ((6, "SORTED"), (8, "READY_FOR_COLLECTION")):
            at, state = AT.replace(hour=hour), ParcelState.IN_TRANSIT
            event = ShipmentEvent(
                shipment_id=parcel.id, at=at, code=code, state=state, text=f"text of {code}"
            )
            session.add(event)
    link = "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#99000000000011"
    cards = [cli("shipments", "show", n, "--json").json for n in ("9900 0000 0000 11", link)]
    assert cards[0] == cards[1]
    assert [event["code"] for event in cards[0]["events"]] == ["READY_FOR_COLLECTION", "SORTED"]
    assert cards[0]["customer_name"] == "Anna Müller"
    shown = cli("shipments", "show", "99000000000011").out
    assert "Kiosk, Am Markt 1, 12345, Ort" in shown
    assert "2026-10-21 10:30" in shown  # 08:30 UTC in Germany


def test_show_tells_the_road(cli: Cli, rows: Rows) -> None:
    """How often it was asked for, which windows were named, and what was found."""
    customer = rows.customer()
    order = rows.order(customer, "185204417")
    windows = [
        {"told_at": f"2026-10-2{day}T06:00:00+00:00", "from": f"2026-10-22T1{hour}:00:00+00:00",
         "to": "2026-10-22T14:00:00+00:00"}
        for day, hour in ((0, 0), (1, 2))
    ]  # fmt: skip
    facts = {"asked_at": AT, "windows": windows, "error": "Hermes answered with 500"}
    number, state = "99000000000012", ParcelState.IN_TRANSIT
    parcel = rows.parcel(order, number, state=state, polls=7, misses=2, **facts)
    rows.alert("parcel-stuck", customer, order_id=order.id, shipment_id=parcel.id)
    card = cli("shipments", "show", parcel.number, "--json").json
    assert (card["polls"], card["misses"], card["check_digit_ok"]) == (7, 2, False)
    assert card["windows"][0] == {
        "told_at": "2026-10-21T06:00:00Z", "from": "2026-10-22T12:00:00Z",
        "to": "2026-10-22T14:00:00Z",
    }  # fmt: skip
    assert [alert["rule"] for alert in card["alerts"]] == ["parcel-stuck"]
    shown = cli("shipments", "show", parcel.number).out
    for words in ("7 times, the last 2 in vain, last 2026-10-21 08:30", "2026-10-22 14:00-16:00",
                  "Hermes answered with 500", "Parcel is stuck"):  # fmt: skip
        assert words in shown


def test_a_carrier_that_is_not_followed_is_shown_with_its_link(cli: Cli, rows: Rows) -> None:
    """GLS, DPD and UPS are recognised; where the parcel is, their page says."""
    order = rows.order(rows.customer(), "185204417")
    rows.parcel(order, "12345678901", carrier=CarrierName.GLS)
    assert "not followed" in cli("shipments", "list").out
    card = cli("shipments", "show", "12345678901", "--json").json
    assert card["tracking_url"] == "https://gls-group.com/DE/de/paketverfolgung?match=12345678901"
    assert "gls-group.com" in cli("shipments", "poll", "12345678901").refused(1)


@pytest.fixture
def hermes(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """Hermes is the test's own server."""
    monkeypatch.setenv("ORDERWATCH_HERMES__BASE_URL", httpserver.url_for("/search"))
    return httpserver


def test_poll_asks_now_and_stores_what_was_said(cli: Cli, rows: Rows, hermes: HTTPServer) -> None:
    """The card is the new one, its findings included."""
    order = rows.order(rows.customer(), "185204417")
    number = "99000000000134"
    rows.parcel(order, number, next_poll_at=AT.replace(day=25))
    hermes.expect_request(f"/search/{number}").respond_with_json(sample("hermes/returning"))
    card = cli("shipments", "poll", number, "--json").json
    assert (card["state"], card["polls"]) == ("returning", 1)
    assert "parcel-returning" in [alert["rule"] for alert in card["alerts"]]
    assert cli("shipments", "list", "--json").json[0]["state"] == "returning"


def test_a_poll_without_an_answer_is_one_line(cli: Cli, rows: Rows, hermes: HTTPServer) -> None:
    """An outage changes nothing; while the carrier is left alone, until when is said."""
    number = rows.parcel(rows.order(rows.customer(), "1"), "99000000000134").number
    hermes.expect_request(f"/search/{number}").respond_with_data("", 503)
    assert "503" in cli("shipments", "poll", number).refused(1)
    assert "left alone until 2026-10-22 12:02" in cli("shipments", "poll", number).refused(1)
    assert len(hermes.log) == 1
    assert cli("shipments", "show", number, "--json").json["state"] is None


def test_only_known_parcels_of_known_carriers_are_polled(cli: Cli, rows: Rows) -> None:
    """`track` is for all others."""
    rows.parcel(rows.order(rows.customer(), "1"), "00340434161094015902", carrier=None)
    for number in ("00340434161094015902", "99000000000028"):
        assert "orderwatch track" in cli("shipments", "poll", number).refused(1)


def test_an_unknown_parcel_points_to_track(cli: Cli) -> None:
    """Parcels of others can be looked at as well."""
    assert "orderwatch track" in cli("shipments", "show", "99000000000011").refused(1)
