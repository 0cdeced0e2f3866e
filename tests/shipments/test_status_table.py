"""The status table: every code and every known phrase means what the table says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import ParcelState, Problem, Stop
from tasks.shipments.hermes_facts import facts
from tasks.shipments.status_table import CODES, SENTENCES, by_code, by_text, stop_in
from tests.shipments.answers import NOW, NUMBER, parcel, row

TABLE = {
    "announced": "ANNOUNCED PREANNOUNCED ORDER_INFO_RECEIVED ATG_OUT_OF_WAREHOUSE "
    "PARCELSHOP_DROP_OFF PARCEL_ANNOUNCED",
    "in_transit": "HANDED_OVER HANDED_OVER_TO_HERMES PICKED_UP SHIPMENT_PICKED_UP "
    "TAKEN_OVER_BY_HERMES PARCELSHOP_COLLECTED_BY_DRIVER IN_TRANSIT SORTED ARRIVED_AT_DEPOT "
    "ARRIVED_AT_DELIVERY_DEPOT ARRIVED_IN_DESTINATION_REGION ARRIVED_IN_DESTINATION_REGION_V2 "
    "INTRANSIT",
    "out_for_delivery": "DELIVERY_TOUR_STARTED OUT_FOR_DELIVERY NEXT_STOP",
    "ready_for_pickup": "READY_FOR_PICKUP READY_FOR_COLLECTION PARCELSHOP_ITEMS_FOR_COLLECTION "
    "PARCELSHOP_READY_FOR_COLLECTION DELIVERED_PARCELSHOP DELIVERED_PARCELBOX "
    "PARCELSHOP_DELIVERED",
    "delivered": "DELIVERED DELIVERED_HOMEDELIVERY DELIVERED_INHOUSE DELIVERED_NEIGHBOUR "
    "DELIVERED_DROPOFF DELIVERED_MAILBOX PARCELSHOP_COLLECTED_BY_CUSTOMER PICKED_UP_BY_RECIPIENT "
    "COLLECTED INTERNATIONAL_DELIVERED",
    "delivery_failed": "DELIVERY_FAILED DELIVERY_FAILED_ADDRESS_PROBLEM NOT_DELIVERED",
    "exception": "NOT_DELIVERABLE UNKNOWN_WHEREABOUTS",
    "returning": "RETURN RETURN_TO_SENDER",
    "returned": "RETURN_DELIVERED_TO_SENDER RETOURE_DELIVERED",
}
BOOKINGS = ("EDL_BOOKED_DROPOFF", "EDL_BOOKED_PARCELSHOP", "EDL_CHANGED")
EXPECTED = [(code, state) for state, codes in TABLE.items() for code in codes.split()]


def ask(*rows: Any, **parts: Any) -> Any:
    """The facts of a parcel with these rows and other parts."""
    return facts(parcel(*rows, **parts), NUMBER, NOW)


def test_the_table_holds_51_codes_and_no_other() -> None:
    """A code that gets lost would become an unknown status."""
    assert {*dict(EXPECTED), *BOOKINGS} == set(CODES)
    assert len(CODES) == 51


@pytest.mark.parametrize(("code", "state"), EXPECTED)
def test_every_code_means_its_state(code: str, state: str) -> None:
    """The parcel's state is what the carrier said, code for code."""
    found = ask(row(code))
    assert found.state == state
    assert (found.problem, found.stop) == (CODES[code].problem, CODES[code].stop)
    assert found.unknown_code is None
    assert [event.code for event in found.events] == [code]


@pytest.mark.parametrize("code", BOOKINGS)
def test_a_booking_is_no_movement(code: str) -> None:
    """A wish for a drop-off place after the tour began does not move the parcel back."""
    found = ask(row("DELIVERY_TOUR_STARTED"), row(code, "2026-10-05T09:00:00Z"))
    assert found.state is ParcelState.OUT_FOR_DELIVERY
    assert len(found.events) == 1


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("DELIVERY_FAILED_SOMEHOW", "delivery_failed"),
        ("RETURN_SORTED", "returning"),
        ("RETOURE_UNTERWEGS", "returning"),
        ("DELIVERED_BY_DRONE", "delivered"),
        ("DELIVERED_PARCELSHOP_V2", "ready_for_pickup"),
        ("DELIVERED_PARCELBOX_V2", "ready_for_pickup"),
    ],
)
def test_a_new_code_of_a_known_family_is_understood_and_reported(code: str, state: str) -> None:
    """A new suffix neither hides a failure nor goes unnoticed."""
    found = ask(row(code))
    assert found.state == state
    assert found.unknown_code == code


@pytest.mark.parametrize(
    "code", ["NOT_DELIVERED_YET", "PARTLY_DELIVERED", "PRE_RETURN", "SORTED_V2", "IN_TRANSIT_X"]
)
def test_codes_are_never_matched_in_the_middle(code: str) -> None:
    """NOT_DELIVERED is no delivery, and what only resembles transit is not taken for it."""
    assert by_code(code) is None
    assert ask(row(code)).state is ParcelState.UNKNOWN


@pytest.mark.parametrize(
    ("text", "state", "problem"),
    [
        ("Der Empfänger wurde heute nicht angetroffen.", "delivery_failed", "medium"),
        ("Die Anschrift ist unvollständig.", "delivery_failed", "high"),
        ("Die Sendung hat einen Schaden.", "exception", "high"),
        ("Der Verbleib ist unklar.", "exception", "high"),
        ("Sie befindet sich auf dem Rückweg zum Auftraggeber.", "returning", "high"),
        ("Nicht angetroffen, daher auf dem Rückweg zum Auftraggeber.", "returning", "high"),
        ("Es wird die Auslieferung gestoppt.", "returning", "high"),
        ("Die Sendung wurde storniert.", "cancelled", "high"),
        ("Die Sendung wurde durch den Auftraggeber storniert.", "cancelled", "high"),
        ("Sie liegt im PaketShop zur Abholung bereit.", "ready_for_pickup", "info"),
        (
            "Der Empfänger wurde zum 4. Mal nicht angetroffen. Sie wird für den Rückversand an "
            "den Auftraggeber vorbereitet.",
            "returning",
            "high",
        ),
    ],
)
def test_a_known_phrase_decides_for_an_unknown_code(text: str, state: str, problem: str) -> None:
    """A failure under a new code still raises the alarm."""
    found = ask(row("SORTED", "2026-10-04T08:00:00Z"), row("SOMETHING_NEW", text=text))
    assert (found.state, found.problem) == (state, problem)
    assert found.unknown_code == "SOMETHING_NEW"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "Ein neuer, unbekannter Status.",
        "Die Sendung wurde Hermes elektronisch angekündigt.",
        "Die Sendung verbleibt hier.",
    ],
)
def test_an_unknown_code_without_a_phrase_stays_unknown(text: str | None) -> None:
    """A new failure code is never hidden behind "in transit"; the history is kept."""
    found = ask(row("SORTED", "2026-10-04T08:00:00Z"), row("SOMETHING_NEW", text=text))
    assert found.state is ParcelState.UNKNOWN
    assert found.problem is Problem.INFO
    assert [event.state for event in found.events] == ["unknown", "in_transit"]
    assert found.events[0].text == "Unbekannter Status."


def test_a_cancelled_booking_is_no_cancelled_parcel() -> None:
    """A PaketShop wish that is withdrawn must not end the tracking."""
    found = ask(
        row("SORTED", "2026-10-04T08:00:00Z"),
        row("SOMETHING_NEW", text="Der WunschPaketShop wurde storniert."),
    )
    assert found.state is ParcelState.IN_TRANSIT
    assert found.stop is Stop.YES


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("Die Sendung ist zurück, da die Auslieferung gestoppt wurde.", True),
        ("Die Auslieferung wurde gestoppt.", True),
        ("Die Zustellung wird auf Grund des Sendungsstopps nicht durchgeführt.", True),
        ("Die Sendung wurde durch den Auftraggeber storniert.", True),
        ("Die Stornierung der Sendung wurde gelöscht.", False),
        ("Der dauerhafte WunschPaketShop wurde storniert.", None),
        ("Der letzte Status am PaketShop wurde storniert/korrigiert.", None),
        ("Der Rückversand der Sendung zum Auftraggeber wurde storniert.", None),
        ("Die Sendung wurde sortiert.", None),
        ("", None),
    ],
)
def test_only_a_stop_of_the_parcel_itself_is_a_stop(text: str, stopped: bool | None) -> None:
    """Whoever asked Hermes for a stop learns whether it worked, and no wrong scan says so."""
    assert stop_in(text) is stopped


def test_no_stored_text_leaves_room_for_a_name() -> None:
    """Placeholders and half sentences of the catalogue never reach a mail."""
    texts = [status.text for status in (*CODES.values(), *SENTENCES.values())]
    assert all(texts)
    assert not [text for text in texts if set(text) & set("<>#…")]


@given(st.text(max_size=80))
def test_any_text_and_code_is_judged_without_a_crash(text: str) -> None:
    """Whatever the carrier writes, the poller goes on."""
    for found in (by_text(text), by_code(text)):
        assert found is None or found.text
