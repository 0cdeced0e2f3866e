"""`orderwatch shipments`: where each parcel is."""

from __future__ import annotations

from datetime import UTC, datetime

from models.domain.values import ParcelState
from models.shipment import ShipmentEvent
from tests.cli.rows import Cli, Rows

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


def test_an_unknown_parcel_points_to_track(cli: Cli) -> None:
    """Parcels of others can be looked at as well."""
    assert "orderwatch track" in cli("shipments", "show", "99000000000011").refused(1)
