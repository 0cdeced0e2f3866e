"""Hermes' answers become facts: the state is right, nothing is invented, nobody is named."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import (
    CarrierName,
    ParcelEvent,
    ParcelFacts,
    ParcelState,
    PickupPoint,
    Problem,
    Stop,
)
from tasks.ports import CarrierUnavailable, NotKnown, OtherParcel
from tasks.shipments.hermes_facts import facts
from tasks.shipments.status_table import CODES
from tests.shipments.answers import NOW, NUMBER, parcel, row, sample, utc

S = ParcelState
ANNOUNCED = ParcelEvent(
    utc("2026-10-01 17:25:10.984"),
    "ANNOUNCED",
    S.ANNOUNCED,
    "Die Sendung wurde Hermes elektronisch angekündigt.",
)
TAKEN_OVER = ParcelEvent(
    utc("2026-10-02 18:40"),
    "TAKEN_OVER_BY_HERMES",
    S.IN_TRANSIT,
    "Die Sendung wurde von Hermes übernommen.",
)
SORTED = ParcelEvent(
    utc("2026-10-03 03:58:50.992"),
    "SORTED",
    S.IN_TRANSIT,
    "Die Sendung wurde für den Weiterversand vorbereitet.",
)
ARRIVED = ParcelEvent(
    utc("2026-10-05 02:20:50"),
    "ARRIVED_IN_DESTINATION_REGION",
    S.IN_TRANSIT,
    "Die Sendung ist in der Zielregion angekommen.",
)
ON_TOUR = ParcelEvent(
    utc("2026-10-05 06:59:25"),
    "DELIVERY_TOUR_STARTED",
    S.OUT_FOR_DELIVERY,
    "Die Sendung wurde ins Zustellfahrzeug geladen.",
)
TOUR = (ON_TOUR, ARRIVED, SORTED, TAKEN_OVER, ANNOUNCED)


def known(number: str, state: S, problem: Problem, stop: Stop, *events: Any, **more: Any) -> Any:
    """The expected facts; the parcel was taken over on 2 October unless `more` says otherwise."""
    return ParcelFacts(
        **{
            "carrier": CarrierName.HERMES,
            "number": number,
            "state": state,
            "problem": problem,
            "stop": stop,
            "events": events,
            "shipped_at": TAKEN_OVER.at,
            "last_event_at": events[0].at,
            **more,
        }
    )


EXPECTED = {
    "announced": known(NUMBER, S.ANNOUNCED, Problem.NONE, Stop.YES, ANNOUNCED, shipped_at=None),
    "in_transit_forecast_window": known(
        "99000000000028",
        S.IN_TRANSIT,
        Problem.NONE,
        Stop.YES,
        *(SORTED, TAKEN_OVER, ANNOUNCED),
        expected_from=utc("2026-10-05 08:00"),
        expected_to=utc("2026-10-05 12:00"),
    ),
    "delivery_failed_not_home": known(
        "99000000000097",
        S.DELIVERY_FAILED,
        Problem.MEDIUM,
        Stop.MAYBE,
        ParcelEvent(
            utc("2026-10-05 13:05"),
            "DELIVERY_FAILED",
            S.DELIVERY_FAILED,
            "Der Empfänger wurde nicht angetroffen. Hermes wird einen weiteren Zustellversuch "
            "durchführen.",
        ),
        *TOUR,
    ),
    "parcelshop_ready": known(
        "99000000000066",
        S.READY_FOR_PICKUP,
        Problem.INFO,
        Stop.MAYBE,
        ParcelEvent(
            utc("2026-10-05 15:10"),
            "PARCELSHOP_ITEMS_FOR_COLLECTION",
            S.READY_FOR_PICKUP,
            "Die Sendung liegt zur Abholung bereit.",
        ),
        *TOUR,
        pickup_point=PickupPoint("Beispiel Kiosk", "Beispielweg 1", "10115", "Beispielstadt"),
    ),
    "returning": known(
        "99000000000134",
        S.RETURNING,
        Problem.HIGH,
        Stop.NO,
        ParcelEvent(
            utc("2026-10-08 09:00"),
            "RETURN_TO_SENDER",
            S.RETURNING,
            "Die Sendung wird an den Auftraggeber zurückgeführt.",
        ),
        *TOUR,
    ),
    "two_parcels_requested_second": known(
        "99000000000226", S.IN_TRANSIT, Problem.NONE, Stop.YES, SORTED, TAKEN_OVER, ANNOUNCED
    ),
    "unknown_future_code": known(
        "99000000000165",
        S.UNKNOWN,
        Problem.INFO,
        Stop.MAYBE,
        ParcelEvent(utc("2026-10-05 13:05"), "SOME_FUTURE_CODE", S.UNKNOWN, "Unbekannter Status."),
        *TOUR,
        unknown_code="SOME_FUTURE_CODE",
    ),
    "delivered_dropoff_real_redacted": known(
        "12345678901234",
        S.DELIVERED,
        Problem.INFO,
        Stop.NO,
        ParcelEvent(
            utc("2026-08-10 08:16:21.025"),
            "DELIVERED_DROPOFF",
            S.DELIVERED,
            "Die Sendung wurde an einem Ablageort hinterlegt.",
        ),
        ParcelEvent(utc("2026-08-10 06:59:25"), ON_TOUR.code, S.OUT_FOR_DELIVERY, ON_TOUR.text),
        ParcelEvent(utc("2026-08-10 02:20:50"), ARRIVED.code, S.IN_TRANSIT, ARRIVED.text),
        ParcelEvent(utc("2026-08-08 15:36:02"), SORTED.code, S.IN_TRANSIT, SORTED.text),
        ParcelEvent(
            utc("2026-08-08 09:27:41"),
            "PARCELSHOP_COLLECTED_BY_DRIVER",
            S.IN_TRANSIT,
            "Die Sendung wurde von Hermes im PaketShop abgeholt.",
        ),
        ParcelEvent(
            utc("2026-08-07 14:29:35"),
            "PARCELSHOP_DROP_OFF",
            S.ANNOUNCED,
            "Die Sendung wurde vom Absender im PaketShop abgegeben.",
        ),
        ParcelEvent(utc("2026-08-07 10:57:11"), ANNOUNCED.code, S.ANNOUNCED, ANNOUNCED.text),
        shipped_at=utc("2026-08-08 09:27:41"),
    ),
}


def ask(*rows: Any, **parts: Any) -> Any:
    """The facts of a parcel with these rows and other parts."""
    return facts(parcel(*rows, **parts), NUMBER, NOW)


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sample_gives_exactly_its_facts(name: str) -> None:
    """What the carrier said is what the user reads, to the millisecond."""
    expected = EXPECTED[name]
    assert facts(sample(f"hermes/{name}"), expected.number, NOW) == expected


def test_an_empty_list_is_not_known_yet() -> None:
    """A number that is not scanned yet is no fault and overwrites nothing."""
    assert facts(sample("hermes/empty_list"), NUMBER, NOW) == NotKnown()


def test_an_answer_about_other_parcels_says_nothing_of_ours() -> None:
    """A stranger's delivery never closes our alert."""
    two = sample("hermes/two_parcels_requested_second")
    assert facts(two, NUMBER, NOW) == OtherParcel()
    assert facts(two[:1], NUMBER, NOW) == OtherParcel()


# --- decision rules ----------------------------------------------------------------------------

FAILED = row("DELIVERY_FAILED", "2026-10-05T13:00:00Z")
TRANSIT = row("SORTED", "2026-10-04T08:00:00Z")
DONE = {"delivered": True, "directionEnum": "DELIVERY"}
BACK = {"delivered": False, "directionEnum": "RETURN"}


@pytest.mark.parametrize(
    ("rows", "parts", "state"),
    [
        # rule 1: what says nothing is dropped
        ([TRANSIT, row("DELIVERED", None)], {}, S.IN_TRANSIT),
        ([TRANSIT, row("DELIVERED", "2026-11-01T12:00:01Z")], {}, S.IN_TRANSIT),
        ([TRANSIT, row("EDL_NEW_THING", "2026-10-06T08:00:00Z")], {}, S.IN_TRANSIT),
        ([FAILED, TRANSIT], {}, S.DELIVERY_FAILED),
        ([TRANSIT, FAILED], {}, S.DELIVERY_FAILED),
        # rule 3: a return first, then the delivered flag; false proves nothing
        ([TRANSIT], {"parcelAttributes": BACK}, S.RETURNING),
        ([row("DELIVERED")], {"parcelAttributes": BACK}, S.RETURNED),
        ([row("RETURN_DELIVERED_TO_SENDER")], {"parcelAttributes": BACK}, S.RETURNED),
        ([row("RETOURE_DELIVERED")], {"parcelAttributes": DONE}, S.RETURNED),
        ([row("RETURN_TO_SENDER")], {"parcelAttributes": DONE}, S.RETURNING),
        ([FAILED], {"parcelAttributes": DONE}, S.DELIVERED),
        ([row("BRAND_NEW")], {"parcelAttributes": DONE}, S.DELIVERED),
        ([], {"parcelAttributes": DONE}, S.DELIVERED),
        ([row("DELIVERED_INHOUSE")], {"parcelAttributes": {"delivered": False}}, S.DELIVERED),
        ([TRANSIT], {"parcelAttributes": {"delivered": "true"}}, S.IN_TRANSIT),
        # rule 4: a shop is no recipient
        ([row("DELIVERED_PARCELSHOP")], {}, S.READY_FOR_PICKUP),
        (
            [row("DELIVERED_PARCELBOX")],
            {"parcelAttributes": {"delivered": False}},
            "ready_for_pickup",
        ),
        ([row("DELIVERED_PARCELSHOP")], {"parcelAttributes": DONE}, S.DELIVERED),
        # rule 5: weaker flags, never after a terminal code
        ([TRANSIT], {"viewParameters": {"readyForCollection": True}}, S.READY_FOR_PICKUP),
        ([FAILED], {"viewParameters": {"readyForCollection": True}}, S.READY_FOR_PICKUP),
        ([row("DELIVERED")], {"viewParameters": {"readyForCollection": True}}, S.DELIVERED),
        ([TRANSIT], {"parcelAttributes": {"handedOverOnTour": True}}, S.OUT_FOR_DELIVERY),
        ([FAILED], {"parcelAttributes": {"handedOverOnTour": True}}, S.DELIVERY_FAILED),
        ([row("ANNOUNCED")], {"parcelAttributes": {"handedOverOnTour": True}}, S.ANNOUNCED),
        # nothing is known
        ([], {}, S.UNKNOWN),
        ([], {"parcelAttributes": None, "viewParameters": None}, S.UNKNOWN),
    ],
)
def test_the_decision_rules(rows: list[Any], parts: Any, state: S) -> None:
    """Each rule of the reference page decides as written there."""
    assert ask(*rows, **parts).state == state


def test_a_parcel_delivered_from_the_shop_is_no_longer_a_problem() -> None:
    """Once collected, nobody is reminded to collect it."""
    found = ask(row("DELIVERED_PARCELSHOP"), parcelAttributes=DONE)
    assert (found.problem, found.stop, found.pickup_point) == (Problem.NONE, Stop.NO, None)


@pytest.mark.parametrize("code", ["RETURN_TO_SENDER", "SORTED", "DELIVERY_FAILED", "NEW_CODE"])
def test_a_stop_in_the_text_is_told_and_changes_no_known_state(code: str) -> None:
    """Whoever had the delivery stopped sees that it worked."""
    text = "Die Sendung ist wieder im Depot, da die Auslieferung gestoppt wurde."
    found = ask(row(code, text=text))
    assert found.stop is Stop.DONE
    assert found.state is (CODES[code].state if code in CODES else S.RETURNING)


def test_a_stop_stays_done_on_the_way_back() -> None:
    """Later scans of the stopped parcel do not say that it could still be stopped."""
    stopped = row("SORTED", text="Wegen eines Sendungsstopps nicht zugestellt.")
    found = ask(stopped, row("RETURN_TO_SENDER", "2026-10-06T08:00:00Z"))
    assert found.stop is Stop.DONE


def test_a_stop_is_heard_in_either_of_two_scans_of_one_moment() -> None:
    """The order of rows never decides whether the stop is seen."""
    stopped, silent = row("SORTED", text="Wegen eines Sendungsstopps zurück."), row("SORTED")
    assert ask(stopped, silent).stop is Stop.DONE
    assert ask(silent, stopped).stop is Stop.DONE


def test_a_stop_that_came_too_late_is_not_called_done() -> None:
    """Delivered all the same: the user must send it back."""
    stopped = row("SORTED", text="Wegen eines Sendungsstopps nicht zugestellt.")
    assert ask(stopped, row("DELIVERED", "2026-10-06T08:00:00Z")).stop is Stop.NO


def test_a_stop_that_was_taken_back_is_not_done() -> None:
    """The carrier's own correction counts."""
    stopped = row("SORTED", text="Wegen eines Sendungsstopps nicht zugestellt.")
    undone = row("SORTED", "2026-10-06T08:00:00Z", "Die Stornierung der Sendung wurde gelöscht.")
    assert ask(stopped, undone).stop is Stop.YES


@pytest.mark.parametrize(
    ("earlier", "further"),
    [
        ("SORTED", "DELIVERY_TOUR_STARTED"),
        ("OUT_FOR_DELIVERY", "DELIVERED"),
        ("SORTED", "NEW_CODE"),
    ],
)
def test_of_two_scans_of_one_moment_the_further_one_counts(earlier: str, further: str) -> None:
    """A delivery booked in the same second as its tour is a delivery."""
    assert ask(row(earlier), row(further)).events[0].code == further
    assert ask(row(further), row(earlier)).events[0].code == further


def test_the_window_is_left_out_where_nothing_is_awaited() -> None:
    """A returning parcel is not reported as late."""
    window = {"deliveryTimeFromUTC": "2026-10-05T08:00:00Z", "deliveryTimeToUTC": None}
    assert ask(TRANSIT, forecast=window).expected_from == utc("2026-10-05 08:00")
    assert ask(row("RETURN_TO_SENDER"), forecast=window).expected_from is None
    assert ask(TRANSIT, forecast={"staticForecast": "PARCELSHOP_1_2_DAYS"}).expected_to is None


# --- privacy -----------------------------------------------------------------------------------

NAME = "Erika Mustermann"
ADDRESS = {"lastName": NAME, "street": NAME, "zipCode": NAME, "city": NAME}


@pytest.mark.parametrize("code", [*CODES, "DELIVERED_NEW", "RETURN_NEW", "NEW_CODE", None, NAME])
@pytest.mark.parametrize(
    "text",
    [
        f"Die Sendung wurde bei {NAME} abgegeben.",
        f"{NAME} wurde nicht angetroffen.",
        f"Sendung storniert von {NAME}.",
        f"Anschrift von {NAME} falsch. Schaden. Verbleib. Auslieferung gestoppt.",
        f"Sie liegt bei {NAME} zur Abholung bereit.",
        f"Auf dem Rückweg zum Auftraggeber {NAME}.",
        NAME,
    ],
)
def test_no_text_that_could_name_somebody_is_kept(code: str | None, text: str) -> None:
    """A neighbour's name never reaches database, mail or log."""
    found = ask(row(code, text=text), address={**ADDRESS, "addressType": "NEIGHBOUR"})
    assert NAME not in str(found)
    assert found.pickup_point is None


def test_the_recipients_address_is_never_read() -> None:
    """Only a shop where the parcel waits is shown."""
    shop = {**ADDRESS, "addressType": "PARCELSHOP"}
    assert ask(TRANSIT, address=shop).pickup_point is None
    assert ask(row("DELIVERED"), address=shop).pickup_point is None
    home = {**ADDRESS, "addressType": "HOME"}
    assert ask(row("READY_FOR_PICKUP"), address=home).pickup_point is None
    assert ask(row("READY_FOR_PICKUP"), address=shop).pickup_point == PickupPoint(*[NAME] * 4)


# --- broken and odd answers --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"barcode": NUMBER}, "a list of parcels"),
        ("text", "a list of parcels"),
        (None, "a list of parcels"),
        (7, "a list of parcels"),
        (["text"], "not of other things"),
        ([None], "not of other things"),
        ([{"barcode": 99000000000011, "parcelProgress": []}], "barcode"),
        ([{"parcelProgress": []}], "barcode"),
        ([{"barcode": NUMBER}], "parcelProgress is missing"),
        ([{"barcode": NUMBER, "parcelProgress": {}}], "no list"),
        ([{"barcode": NUMBER, "parcelProgress": "x"}], "no list"),
        (parcel("x"), "no list of rows"),
        (parcel({"timestamp": 1_790_000_000, "parcelStatus": "SORTED"}), "timestamp"),
        (parcel(row("SORTED", "05.10.2026")), "no timestamp can be read"),
        (parcel({"timestamp": "2026-10-05T08:00:00Z", "parcelStatus": 5}), "parcelStatus"),
        (parcel(parcelAttributes=[1]), "parcelAttributes"),
        (parcel(viewParameters="x"), "viewParameters"),
    ],
)
def test_a_changed_shape_changes_nothing_and_is_said_in_one_line(body: Any, what: str) -> None:
    """When the service changes, the operator hears of it and known states stay."""
    with pytest.raises(CarrierUnavailable, match=what) as broken:
        facts(body, NUMBER, NOW)
    assert "\n" not in str(broken.value)
    assert NUMBER not in str(broken.value)


def test_nulls_and_unknown_keys_are_no_fault() -> None:
    """A new field in the answer does not stop the tracking."""
    found = ask(
        None,
        row(None),
        row("SORTED", ""),
        {},
        row("SORTED", "kaputt"),
        {**TRANSIT, "newField": {"deep": [1]}, "historyText": 7},
        forecast=None,
        address="x",
        newPart=[],
    )
    assert found.state is S.IN_TRANSIT
    assert len(found.events) == 1


def test_times_without_offset_and_with_another_are_utc_inside() -> None:
    """No event shifts by an hour."""
    found = ask(row("SORTED", "2026-10-05T10:00:00+02:00"), row("ANNOUNCED", "2026-10-05T07:00:00"))
    assert [event.at for event in found.events] == [
        utc("2026-10-05 08:00"),
        utc("2026-10-05 07:00"),
    ]


codes = st.sampled_from([*CODES, "NEW_CODE", "DELIVERED_X", "EDL_X", NAME, "", None])
texts = st.sampled_from(
    [
        None,
        NAME,
        f"{NAME} nicht angetroffen",
        f"Sendungsstopp {NAME}",
        "Die Sendung wurde storniert.",
    ]
) | st.text(max_size=20)
times = st.none() | st.datetimes(datetime(2026, 9, 1), datetime(2026, 12, 1)).map(
    lambda at: at.isoformat() + "Z"
)
rows = st.none() | st.fixed_dictionaries(
    {"timestamp": times, "parcelStatus": codes, "historyText": texts},
    optional={"status": st.none(), "somethingNew": st.integers()},
)
flags = st.sampled_from([True, False, None])
parts = st.fixed_dictionaries(
    {},
    optional={
        "parcelAttributes": st.none()
        | st.fixed_dictionaries(
            {}, optional={"delivered": flags, "handedOverOnTour": flags, "directionEnum": st.none()}
        ),
        "viewParameters": st.none() | st.fixed_dictionaries({"readyForCollection": flags}),
        "address": st.none() | st.just({**ADDRESS, "addressType": "NEIGHBOUR"}),
    },
)


@given(st.lists(rows, max_size=8), parts, st.randoms(use_true_random=False))
def test_order_and_doubles_of_rows_never_matter(rows: list[Any], parts: Any, chance: Any) -> None:
    """Both orders of rows occur; the state does not depend on it."""
    shuffled = rows + rows[: len(rows) // 2]
    chance.shuffle(shuffled)
    assert ask(*shuffled, **parts) == ask(*rows, **parts)


@given(st.lists(rows, max_size=8), parts)
def test_events_are_past_newest_first_without_doubles_and_name_nobody(
    rows: list[Any], parts: Any
) -> None:
    """What `track` prints is clean whatever came in."""
    found = ask(*rows, **parts)
    moments = [event.at for event in found.events]
    assert moments == sorted(moments, reverse=True)
    assert all(at <= NOW for at in moments)
    assert len(set(found.events)) == len(found.events)
    assert not any(event.code.startswith("EDL_") for event in found.events)
    assert NAME not in str(found)
    assert found.last_event_at == (moments[0] if moments else None)


@given(st.lists(rows, max_size=8), parts)
def test_a_delivered_parcel_never_goes_back(rows: list[Any], parts: Any) -> None:
    """Once the carrier says delivered, only a return is more."""
    found = ask(*rows, **{**parts, "parcelAttributes": {"delivered": True}})
    assert found.state in (S.DELIVERED, S.RETURNING, S.RETURNED)
    if found.state is not S.DELIVERED:
        assert found.events[0].state in (S.RETURNING, S.RETURNED)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["barcode", "parcelProgress", "timestamp", "parcelStatus", "x"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_gives_an_answer_or_one_clear_error(body: Any) -> None:
    """No answer of the world crashes the poller."""
    try:
        found = facts(body, NUMBER, NOW)
    except CarrierUnavailable as broken:
        said = str(broken)
        assert said.isprintable()
    else:
        assert isinstance(found, ParcelFacts | NotKnown | OtherParcel)
