"""An order's story for its customer: plain words, no names of others, in her language."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.mail.story import tell_story

NOW = "2026-10-22T10:00:00Z"
SINCE = "2026-10-21T06:30:00Z"
LINK = "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#99000000000011"

PARCEL: dict[str, Any] = {
    "number": "99000000000011", "carrier": "hermes", "state": "in_transit", "state_since": SINCE,
    "last_event_at": SINCE, "expected_from": None, "expected_to": None, "text": "Unterwegs.",
    "pickup_point": None, "tracking_url": LINK, "given_up": None, "followed": True,
}  # fmt: skip
ORDER: dict[str, Any] = {
    "order": "185204417", "order_date": "2026-10-20", "customer_name": "Anna O'Neill <script>",
    "status": "shipped", "ship_date": "2026-10-20", "sign": "Sabine Köhler", "kept_days": 10,
    "now": NOW, "parcels": [PARCEL],
    "lines": [{"quantity": 2, "item": "60204657", "description": "Lavendel 15 ml"},
              {"quantity": 1, "item": "60204656", "description": None}],
}  # fmt: skip


def told(language: str = "de", parcel: dict[str, Any] | None = None, **facts: Any) -> str:
    """The story with something else known."""
    parcels = {"parcels": [PARCEL | parcel]} if parcel else {}
    return tell_story(language, ORDER | parcels | facts, "Europe/Berlin")


def test_the_whole_story_as_it_is_sent() -> None:
    """What was ordered, where the parcel is, when it comes: ready to paste into a message."""
    window = {"expected_from": "2026-10-22T12:00:00Z", "expected_to": "2026-10-22T14:00:00Z"}
    assert told(parcel=window) == (
        "Hallo Anna O'Neill <script>,\n\n"
        "hier der Stand der Bestellung 185204417 vom 20. Oktober 2026.\n\n"
        "Bestellt:\n  2 × Lavendel 15 ml\n  1 × 60204656\n\n"
        "Das Paket 99000000000011 ist mit Hermes unterwegs (letzter Stand: "
        "Mittwoch, 21. Oktober 2026, 08:30 Uhr).\n"
        "Es wird erwartet: Do. 22.10., 14:00–16:00.\n"
        f"Sendung verfolgen: {LINK}\n\n"
        "Herzliche Grüße\nSabine Köhler"
    )


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "state",
    [
        None, "announced", "in_transit", "out_for_delivery", "ready_for_pickup", "delivered",
        "delivery_failed", "exception", "returning", "returned", "cancelled", "unknown",
    ],
)  # fmt: skip
def test_every_state_has_its_words(language: str, state: str | None) -> None:
    """No state leaves a hole, a None or template code in what a customer reads."""
    text = told(language, {"state": state})
    assert "99000000000011" in text
    assert not [word for word in ("None", "{{", "{%", "\xa0", "  \n") if word in text]
    ended = state in ("delivered", "returned", "cancelled")
    assert (LINK in text) is not ended


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"status": "unpaid", "parcels": []}, "noch nicht bezahlt"),
        ({"status": "placed", "parcels": []}, "noch nicht versandt"),
        ({"status": "shipped", "parcels": []}, "Sendungsnummer zum Verfolgen liegt noch nicht vor"),
        ({"status": "vanished"}, "storniert"),
        ({"status": "credited"}, "gutgeschrieben"),
    ],
)
def test_an_order_without_a_parcel_to_tell_of(facts: dict[str, Any], word: str) -> None:
    """Not paid, not sent, sent without a number, cancelled, credited: each is said as it is."""
    text = told(**facts)
    assert word in text
    assert "myhermes" not in text


def test_a_parcel_in_a_shop_says_where_and_until_when() -> None:
    """Ten days from the day it came in; on the last of them it can still be fetched."""
    shop = {"name": "Kiosk", "street": "Am Markt 1", "zip": "12345", "city": "Ort"}
    text = told(parcel={"state": "ready_for_pickup", "pickup_point": shop})
    assert "bereit: Kiosk, Am Markt 1, 12345 Ort." in text
    assert "bis Freitag, 30. Oktober 2026 aufbewahrt" in text


def test_a_window_that_is_over_is_not_promised_any_more() -> None:
    """A late parcel is not said to come yesterday."""
    late = {"expected_from": SINCE, "expected_to": "2026-10-21T10:00:00Z"}
    assert "erwartet" not in told(parcel=late)
    assert "zwei Werktage" in told(parcel=late)


def test_carriers_that_are_not_followed_give_their_link() -> None:
    """What the program does not know, the customer can see herself."""
    url = "https://tracking.dpd.de/status/de_DE/parcel/01234567890123"
    text = told(parcel={"carrier": "dpd", "state": None, "followed": False, "tracking_url": url})
    assert "kommt mit DPD" in text
    assert url in text


def test_a_number_that_leads_nowhere_is_not_followed() -> None:
    """No link to a parcel that does not exist."""
    text = told(parcel={"state": None, "given_up": "refused"})
    assert "führt leider nicht zum Paket" in text
    assert LINK not in text


def test_neither_lines_nor_names_are_needed() -> None:
    """The month page shows no lines, the owner may have no name."""
    text = told(lines=[], customer_name=None, sign=None)
    assert text.startswith("Hallo,\n\nhier der Stand")
    assert "Bestellt" not in text
    assert text.endswith("Herzliche Grüße")
