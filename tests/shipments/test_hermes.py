"""Hermes over a real socket: polite requests, typed errors, no number in any message."""

from __future__ import annotations

import gzip
import json
import logging
import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from models.domain.values import ParcelFacts
from tasks.ports import (
    Carrier,
    CarrierBlocked,
    CarrierBusy,
    CarrierError,
    CarrierUnavailable,
    NotKnown,
    NumberRefused,
)
from tasks.retry_after import retry_after
from tasks.shipments.carrier_http import MAX_BODY_BYTES
from tasks.shipments.hermes import Hermes
from tests.shipments.answers import NOW, NUMBER, parcel, row, sample
from tests.shipments.test_hermes_facts import EXPECTED

PATH = f"/search/{NUMBER}"
CASES = {
    f"{case['status']} {case['note']}".split(";")[0]: case
    for case in sample("hermes/errors")["cases"]
}


@pytest.fixture
def hermes(httpserver: HTTPServer) -> Iterator[Hermes]:
    """The carrier, pointed at the test's server."""
    with Hermes(httpserver.url_for("/search"), "orderwatch-test/1") as carrier:
        yield carrier


def respond(server: HTTPServer, case: Any) -> None:
    """Let the server answer with an envelope of `errors.json`."""
    body = case["body"] if isinstance(case["body"], str) else json.dumps(case["body"])
    server.expect_request(PATH).respond_with_data(body, case["status"], case["headers"])


def refusal(carrier: Carrier, number: str = NUMBER) -> CarrierError:
    """The error of one request: one line, and the number is masked in it."""
    with pytest.raises(CarrierError) as refused:
        carrier.ask(number, NOW)
    said = str(refused.value)
    assert said.isprintable()
    assert number not in said
    assert refused.value.__cause__ is None
    return refused.value


@pytest.mark.parametrize("name", EXPECTED)
def test_every_sample_arrives_as_its_facts(
    httpserver: HTTPServer, hermes: Hermes, name: str
) -> None:
    """From the wire to the facts nothing is lost."""
    number = EXPECTED[name].number
    httpserver.expect_request(f"/search/{number}").respond_with_json(sample(f"hermes/{name}"))
    assert hermes.ask(number, NOW) == EXPECTED[name]


def test_the_request_is_honest_and_cleaned(httpserver: HTTPServer, hermes: Hermes) -> None:
    """The carrier sees who asks, in German, for the plain number."""
    httpserver.expect_request("/search/H1000730000000000000").respond_with_json([])
    assert hermes.ask("h1000 730-000.000000 000", NOW) == NotKnown()
    headers = httpserver.log[0][0].headers
    assert headers["X-Language"] == "de"
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"] == "orderwatch-test/1"


@pytest.mark.parametrize("number", ["", " .-", ".."])
def test_an_empty_number_is_never_sent(hermes: Hermes, httpserver: HTTPServer, number: str) -> None:
    """Asking for the bare address would be somebody else's business."""
    with pytest.raises(NumberRefused, match="empty"):
        hermes.ask(number, NOW)
    assert httpserver.log == []


@pytest.mark.parametrize("number", ["../admin", "x?y=1", "a/b#c", "ä%2e"])
def test_a_number_can_not_leave_its_place_in_the_address(
    httpserver: HTTPServer, hermes: Hermes, number: str
) -> None:
    """An imported "number" never turns into another address."""
    httpserver.expect_request(re.compile("/search/.*")).respond_with_json([])
    assert hermes.ask(number, NOW) == NotKnown()
    (request, _), *_ = httpserver.log
    assert request.environ["RAW_URI"].startswith("/search/")
    assert request.environ["RAW_URI"].count("/") == 2
    assert not request.query_string


# --- the envelopes -----------------------------------------------------------------------------


def test_all_envelopes_are_covered_here() -> None:
    """A new kind of answer in the samples must find its test."""
    statuses = sorted(case["status"] for case in CASES.values())
    assert statuses == [200, 200, 200, 400, 403, 404, 429, 500, 503]


def test_400_refuses_the_number_with_the_reason(httpserver: HTTPServer, hermes: Hermes) -> None:
    """The user is told once what is wrong with the number."""
    respond(httpserver, CASES["400 malformed number, e.g. 12 digits"])
    refused = refusal(hermes)
    assert isinstance(refused, NumberRefused)
    assert str(refused) == "Hermes refuses the parcel number …0011: Barcode is not valid"


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '{"reason": null}', '{"reason": 5}', '{"other": 1}']
)
def test_400_without_a_reason_refuses_all_the_same(
    httpserver: HTTPServer, hermes: Hermes, body: str
) -> None:
    """The reason is a courtesy, not a condition."""
    httpserver.expect_request(PATH).respond_with_data(body, 400)
    refused = refusal(hermes)
    assert isinstance(refused, NumberRefused)
    assert "no reason given" in str(refused)


def test_a_reason_that_repeats_the_number_is_masked(httpserver: HTTPServer, hermes: Hermes) -> None:
    """The carrier's own words leak nothing either."""
    reason = f"Barcode {NUMBER} is\r\n not valid\x1b[31m" + "x" * 9999
    httpserver.expect_request(PATH).respond_with_json({"reason": reason}, 400)
    assert len(str(refusal(hermes))) < 300


def test_404_is_not_known(httpserver: HTTPServer, hermes: Hermes) -> None:
    """Not scanned yet, or expired: no error."""
    respond(httpserver, CASES["404 well-formed but unknown, not yet scanned, or expired"])
    assert hermes.ask(NUMBER, NOW) == NotKnown()


def test_403_is_this_network_not_this_parcel(httpserver: HTTPServer, hermes: Hermes) -> None:
    """One alert that the network is blocked, instead of one per parcel."""
    respond(httpserver, CASES["403 network/bot block"])
    assert isinstance(refusal(hermes), CarrierBlocked)


def test_429_says_how_long_to_wait(httpserver: HTTPServer, hermes: Hermes) -> None:
    """Who is asked to wait waits."""
    respond(
        httpserver,
        CASES["429 never documented in a public capture"],
    )
    refused = refusal(hermes)
    assert isinstance(refused, CarrierBusy)
    assert refused.retry_after == 120


@pytest.mark.parametrize(
    "note",
    [
        "200 maintenance page with 200",
        "200 an object instead of a list: schema break",
        "200 list of non-objects: schema break",
    ],
)
def test_a_200_that_is_no_list_of_parcels_is_an_outage(
    httpserver: HTTPServer, hermes: Hermes, note: str
) -> None:
    """A maintenance page changes no parcel."""
    respond(httpserver, CASES[note])
    assert isinstance(refusal(hermes), CarrierUnavailable)


@pytest.mark.parametrize("note", ["500 modelled", "503 modelled"])
def test_a_broken_server_is_an_outage(httpserver: HTTPServer, hermes: Hermes, note: str) -> None:
    """What is known stays while the carrier is down."""
    respond(httpserver, CASES[note])
    assert isinstance(refusal(hermes), CarrierUnavailable)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 304, 401, 410, 418, 500, 502, 503])
def test_any_other_status_is_an_outage_and_no_redirect_is_followed(
    httpserver: HTTPServer, hermes: Hermes, status: int
) -> None:
    """Neither a moved page nor a broken server changes what is known."""
    httpserver.expect_request("/elsewhere").respond_with_json([])
    headers = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request(PATH).respond_with_data("", status, headers)
    refused = refusal(hermes)
    assert isinstance(refused, CarrierUnavailable)
    assert str(status) in str(refused)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("body", ["", "{", "[" * 200_000, b"\xff\xfe\xfa", "<!doctype html>"])
def test_a_body_that_is_no_json_is_an_outage(
    httpserver: HTTPServer, hermes: Hermes, body: str | bytes
) -> None:
    """Half an answer, or one made to crash readers, is only a failed try."""
    httpserver.expect_request(PATH).respond_with_data(body, content_type="application/json")
    assert isinstance(refusal(hermes), CarrierUnavailable)


# --- limits ------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_an_endless_answer_is_cut_off(httpserver: HTTPServer, hermes: Hermes, packed: bool) -> None:
    """Neither a huge nor a packed answer fills the memory of a small machine."""
    body = b" " * (MAX_BODY_BYTES + 1)
    headers = {"Content-Encoding": "gzip"} if packed else {}
    httpserver.expect_request(PATH).respond_with_data(
        gzip.compress(body) if packed else body, headers=headers
    )
    assert "more than 750 kB" in str(refusal(hermes))


def test_the_largest_bearable_answer_is_read(httpserver: HTTPServer, hermes: Hermes) -> None:
    """A long history is no fault."""
    body = json.dumps(parcel(*[row("SORTED")] * 5_000))
    assert 500_000 < len(body) < MAX_BODY_BYTES
    httpserver.expect_request(PATH).respond_with_data(body)
    assert isinstance(hermes.ask(NUMBER, NOW), ParcelFacts)


@pytest.mark.parametrize("dripping", [False, True])
def test_a_slow_answer_is_given_up(httpserver: HTTPServer, dripping: bool) -> None:
    """A carrier that hangs, or drips byte by byte, does not hold the poller."""
    stop = threading.Event()

    def drip() -> Iterator[bytes]:
        for _ in range(100):  # ends by itself after 5 s, so that a missing limit is a failure
            if not stop.wait(0.05):
                yield b" "

    def slow(_: Request) -> Response:
        if not dripping:
            stop.wait(5)
        return Response(drip(), status=200)

    httpserver.expect_request(PATH).respond_with_handler(slow)
    try:
        with Hermes(httpserver.url_for("/search"), "t", timeout_seconds=0.3) as carrier:
            began = time.monotonic()
            assert "did not answer within 0.3 s" in str(refusal(carrier))
            assert time.monotonic() - began < 3
    finally:
        stop.set()


def test_a_dead_server_is_an_outage() -> None:
    """No network, no crash."""
    with Hermes("http://127.0.0.1:9/search", "t") as carrier:
        assert "no connection" in str(refusal(carrier))
    with Hermes("nonsense", "t") as carrier:
        assert isinstance(refusal(carrier), CarrierUnavailable)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 0 ", 0),
        ("Sun, 01 Nov 2026 12:02:00 GMT", 120),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 01 Nov 2026 12:02:00 -0000", 120),
        ("99999999999999999999", 86_400),
        ("Fri, 01 Nov 2030 12:00:00 GMT", 86_400),
        ("-5", None),
        ("1e9", None),
        ("nan", None),
        ("soon", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    """Both forms of the standard are obeyed, nonsense and eternity are not."""
    assert retry_after(header, NOW) == seconds


def test_retry_after_is_measured_from_the_time_handed_in(
    httpserver: HTTPServer, hermes: Hermes
) -> None:
    """A simulated clock waits as long as the real one."""
    headers = {"Retry-After": "Thu, 01 Jan 2026 00:10:00 GMT"}
    httpserver.expect_request(PATH).respond_with_data("", 429, headers)
    with pytest.raises(CarrierBusy) as busy:
        hermes.ask(NUMBER, datetime(2026, 1, 1, tzinfo=UTC))
    assert busy.value.retry_after == 600


def test_the_room_itself_logs_no_number(
    httpserver: HTTPServer, hermes: Hermes, caplog: pytest.LogCaptureFixture
) -> None:
    """Only the HTTP library logs addresses, and the logging set-up silences it."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(PATH).respond_with_json(parcel(row("SORTED")))
    hermes.ask(NUMBER, NOW)
    ours = [record for record in caplog.records if record.name.startswith(("tasks", "models"))]
    assert ours == []
