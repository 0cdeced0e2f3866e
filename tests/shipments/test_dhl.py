"""DHL: the samples become facts, over a real socket too, and the key stays secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from models.domain.values import CarrierName, ParcelEvent, ParcelFacts, ParcelState, Problem
from tasks.ports import (
    CarrierBlocked,
    CarrierBusy,
    CarrierError,
    CarrierUnavailable,
    NotKnown,
    NumberRefused,
    OtherParcel,
)
from tasks.shipments.dhl import Dhl
from tasks.shipments.dhl_facts import facts
from tests.shipments.answers import NOW, sample, utc

S = ParcelState
KEY = "very-secret-key"
NUMBER = "00340434161094022115"
NAME = "Erika Mustermann"

DELIVERED = ParcelFacts(
    carrier=CarrierName.DHL,
    number="470800000000",
    state=S.DELIVERED,
    problem=Problem.NONE,
    stop=None,
    events=tuple(
        ParcelEvent(utc(at), code, state, text)
        for at, code, state, text in [
            ("2023-03-13 08:50", "delivered", S.DELIVERED, "Die Sendung wurde zugestellt."),
            (
                "2023-03-13 07:36",
                "transit",
                S.OUT_FOR_DELIVERY,
                "Die Sendung wurde in das Zustellfahrzeug geladen. Die Zustellung erfolgt "
                "voraussichtlich heute.",
            ),
            (
                "2023-03-11 21:20",
                "transit",
                S.IN_TRANSIT,
                "Die Sendung wurde zurückgestellt. Die Zustellung erfolgt vrs. am nächsten "
                "Werktag.",
            ),
            (
                "2023-03-10 22:56",
                "transit",
                S.IN_TRANSIT,
                "Die Sendung ist in der Region des Empfängers angekommen und wird im nächsten "
                "Schritt zur Zustellbasis transportiert.",
            ),
            (
                "2023-03-09 17:37",
                "transit",
                S.IN_TRANSIT,
                "Die Sendung wurde für den Weitertransport vorbereitet.",
            ),
            (
                "2023-03-01 15:18",
                "pre-transit",
                S.ANNOUNCED,
                "Die Sendung wurde elektronisch angekündigt. Sobald die Sendung von uns "
                "bearbeitet wurde, erhalten Sie weitere Informationen.",
            ),
            (
                "2023-03-01 15:14",
                "transit",
                S.IN_TRANSIT,
                "Die Sendung wurde vom Absender in der Filiale eingeliefert.",
            ),
        ]
    ),
    shipped_at=utc("2023-03-01 15:14"),
    last_event_at=utc("2023-03-13 08:50"),
)
ON_TOUR = ParcelFacts(
    carrier=CarrierName.DHL,
    number=NUMBER,
    state=S.OUT_FOR_DELIVERY,
    problem=Problem.NONE,
    stop=None,
    events=(
        ParcelEvent(
            utc("2026-10-07 05:45"),
            "transit",
            S.OUT_FOR_DELIVERY,
            "Die Sendung wurde in das Zustellfahrzeug geladen.",
        ),
    ),
    shipped_at=utc("2026-10-07 05:45"),
    last_event_at=utc("2026-10-07 05:45"),
    expected_from=utc("2026-10-07 08:00"),
    expected_to=utc("2026-10-07 12:00"),
)
SAMPLES = {"delivered_real_redacted": DELIVERED, "out_for_delivery_window": ON_TOUR}


def shipment(code: str | None, text: str | None = None, **parts: Any) -> Any:
    """An answer with one shipment, last heard of in the morning of 5 October (German time)."""
    status = {"timestamp": "2026-10-05T09:00:00", "statusCode": code, "description": text}
    return {"shipments": [{"id": NUMBER, "status": status, "events": [status], **parts}]}


def ask(code: str | None, text: str | None = None, **parts: Any) -> Any:
    """The facts of such a shipment."""
    return facts(shipment(code, text, **parts), NUMBER, NOW)


# --- facts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_gives_exactly_its_facts(name: str) -> None:
    """German local times become UTC, winter and summer; nothing is lost."""
    assert facts(sample(f"dhl/{name}"), SAMPLES[name].number, NOW) == SAMPLES[name]


@pytest.mark.parametrize(
    ("code", "text", "state"),
    [
        ("pre-transit", None, S.ANNOUNCED),
        ("transit", None, S.IN_TRANSIT),
        ("transit", "Die Sendung wurde vom Absender in der Filiale eingeliefert.", S.IN_TRANSIT),
        ("transit", "Die Sendung wurde in das Zustellfahrzeug geladen.", S.OUT_FOR_DELIVERY),
        ("transit", "Die Sendung liegt in der Filiale zur Abholung bereit.", S.READY_FOR_PICKUP),
        ("transit", "Die Sendung wird an den Absender zurückgesandt.", S.RETURNING),
        ("failure", None, S.DELIVERY_FAILED),
        ("failure", "Die Sendung wurde beschädigt.", S.EXCEPTION),
        ("failure", "Die Sendung wird an den Absender zurückgesandt.", S.RETURNING),
        ("delivered", None, S.DELIVERED),
        ("delivered", "Die Sendung wurde dem Absender zugestellt.", S.RETURNED),
        ("unknown", None, S.UNKNOWN),
        ("something-new", "In Zustellung", S.UNKNOWN),
    ],
)
def test_the_five_codes_and_what_their_texts_add(code: str, text: str | None, state: S) -> None:
    """DHL's few codes still tell a return from a delivery."""
    assert ask(code, text).state is state


def test_a_code_that_dhl_did_not_have_is_reported() -> None:
    """A new code never passes for transit."""
    assert ask("something-new").unknown_code == "something-new"
    assert ask("transit").unknown_code is None


def test_a_status_without_a_code_leaves_it_to_the_newest_event() -> None:
    """Events in any order, the newest decides."""
    early = {"timestamp": "2026-10-01T08:00:00", "statusCode": "pre-transit"}
    late = {"timestamp": "2026-10-02T08:00:00", "statusCode": "transit"}
    assert ask(None, events=[early, late]).state is S.IN_TRANSIT
    assert ask(None, events=[late, early]).state is S.IN_TRANSIT


def test_an_estimated_day_counts_to_its_end() -> None:
    """A parcel expected today is not late in the morning."""
    day = ask("transit", estimatedTimeOfDelivery="2026-10-07T00:00:00")
    assert (day.expected_from, day.expected_to) == (
        utc("2026-10-06 22:00"),
        utc("2026-10-07 22:00"),
    )
    hour = ask("transit", estimatedTimeOfDelivery="2026-10-07T12:00:00+02:00")
    assert (hour.expected_from, hour.expected_to) == (None, utc("2026-10-07 10:00"))
    assert ask("delivered", estimatedTimeOfDelivery="2026-10-07T12:00:00").expected_to is None


def test_a_piece_of_a_shipment_is_found_and_another_parcel_is_not() -> None:
    """Only the parcel that was asked for is judged."""
    body = shipment("delivered", details={"pieceIds": ["JD014600000000000001"]})
    assert isinstance(facts(body, "jd0146 0000 0000 000001", NOW), ParcelFacts)
    assert facts(body, "470800000000", NOW) == OtherParcel()
    assert facts({"shipments": []}, NUMBER, NOW) == NotKnown()


@pytest.mark.parametrize("code", ["pre-transit", "transit", "delivered", "failure", "x", NAME])
def test_no_text_that_could_name_somebody_is_kept(code: str) -> None:
    """A neighbour's name never reaches the database."""
    assert NAME not in str(ask(code, f"Die Sendung wurde bei {NAME} abgegeben."))


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {"other": 1},
        {"shipments": None},
        {"shipments": ["x"]},
        {"shipments": [{"id": NUMBER}]},
        {"shipments": [{"id": NUMBER, "status": {}, "events": {}}]},
        shipment(5),  # type: ignore[arg-type]
    ],
)
def test_a_changed_shape_is_said_in_one_line(body: Any) -> None:
    """Known states stay when the service changes."""
    with pytest.raises(CarrierUnavailable, match="no longer looks as expected"):
        facts(body, NUMBER, NOW)


statuses = st.fixed_dictionaries(
    {},
    optional={
        "timestamp": st.none()
        | st.text(max_size=5)
        | st.datetimes().map(lambda at: at.isoformat()),
        "statusCode": st.sampled_from(["transit", "delivered", "failure", "new", "", NAME, None]),
        "description": st.none() | st.integers() | st.just(NAME),
    },
)


@given(statuses, st.lists(statuses | st.none(), max_size=6), st.randoms(use_true_random=False))
def test_order_and_doubles_of_events_never_matter(
    status: Any, events: list[Any], chance: Any
) -> None:
    """DHL sends events in no order; the answer is the same."""
    shuffled = [*events, *events[:2]]
    chance.shuffle(shuffled)
    one, other = (
        facts({"shipments": [{"id": NUMBER, "status": status, "events": e}]}, NUMBER, NOW)
        for e in (events, shuffled)
    )
    assert isinstance(one, ParcelFacts)
    assert isinstance(other, ParcelFacts)
    assert one == other
    assert NAME not in str(one)
    assert all(event.at <= NOW for event in one.events)


# --- wire --------------------------------------------------------------------------------------


@pytest.fixture
def dhl(httpserver: HTTPServer) -> Iterator[Dhl]:
    """The carrier, pointed at the test's server."""
    with Dhl(SecretStr(KEY), "orderwatch-test/1", base_url=httpserver.url_for("/track")) as carrier:
        yield carrier


def respond(server: HTTPServer, status: int) -> None:
    """Let the server answer with the envelope of that status in `errors.json`."""
    (case,) = [c for c in sample("dhl/errors")["cases"] if c["status"] == status]
    server.expect_request("/track").respond_with_data(
        json.dumps(case["body"]), status, case["headers"]
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_arrives_as_its_facts(httpserver: HTTPServer, dhl: Dhl, name: str) -> None:
    """The request carries key, number and language as the API wants them."""
    number = SAMPLES[name].number
    httpserver.expect_request(
        "/track",
        query_string={"trackingNumber": number, "language": "de"},
        headers={"DHL-API-Key": KEY, "User-Agent": "orderwatch-test/1"},
    ).respond_with_json(sample(f"dhl/{name}"))
    assert dhl.ask(number, NOW) == SAMPLES[name]


def test_404_is_not_known(httpserver: HTTPServer, dhl: Dhl) -> None:
    """Not scanned yet: no error."""
    respond(httpserver, 404)
    assert dhl.ask(NUMBER, NOW) == NotKnown()


@pytest.mark.parametrize(("status", "error"), [(401, CarrierBlocked), (429, CarrierBusy)])
def test_every_other_envelope_is_a_typed_error(
    httpserver: HTTPServer, dhl: Dhl, status: int, error: type[CarrierError]
) -> None:
    """A wrong key pauses the source, too many requests slow it down."""
    respond(httpserver, status)
    with pytest.raises(error) as refused:
        dhl.ask(NUMBER, NOW)
    assert NUMBER not in str(refused.value)
    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, NumberRefused),
        (403, CarrierBlocked),
        (302, CarrierUnavailable),
        (500, CarrierUnavailable),
    ],
)
def test_other_statuses_are_typed_errors(
    httpserver: HTTPServer, dhl: Dhl, status: int, error: type[CarrierError]
) -> None:
    """Each says what the poller may do next."""
    httpserver.expect_request("/track").respond_with_data("{}", status, {"Location": "/x"})
    with pytest.raises(error) as refused:
        dhl.ask(NUMBER, NOW)
    assert NUMBER not in str(refused.value)


def test_an_empty_number_is_never_sent(httpserver: HTTPServer, dhl: Dhl) -> None:
    """The daily budget of 250 calls is not wasted."""
    with pytest.raises(NumberRefused, match="empty"):
        dhl.ask(" - ", NOW)
    assert httpserver.log == []


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_can_be_none_is_refused_without_showing_it(key: str) -> None:
    """A key pasted with a line break is noticed at the start."""
    with pytest.raises(ValueError, match="DHL API key") as refused:
        Dhl(SecretStr(key), "t")
    assert not key or key not in str(refused.value)


def test_the_key_is_not_shown() -> None:
    """Neither a log of the object nor its attributes' text holds the key."""
    with Dhl(SecretStr(KEY), "t") as carrier:
        assert KEY not in f"{carrier!r} {vars(carrier)!r} {vars(carrier._http)!r}"
