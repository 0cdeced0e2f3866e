"""`orderwatch track`: one question to the carrier, nothing stored, no setting needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.cli.rows import Cli
from tests.shipments.answers import sample

NUMBER = "99000000000134"
KEYS = {
    "carrier", "number", "state", "problem", "stop", "shipped_at", "expected_from",
    "expected_to", "pickup_point", "last_event_at", "events",
}  # fmt: skip


@pytest.fixture(autouse=True)
def hermes(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> HTTPServer:
    """Hermes is the test's own server, and the database can't be opened."""
    monkeypatch.setenv("ORDERWATCH_HERMES__BASE_URL", httpserver.url_for("/search"))
    (tmp_path / "file").touch()
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", f"sqlite:///{tmp_path}/file/no.db")
    return httpserver


@pytest.fixture
def cli(cli: Cli, hermes: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    """The same, but with the database that can't be opened."""
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", f"sqlite:///{tmp_path}/file/no.db")
    return cli


def respond(server: HTTPServer, name: str, number: str = NUMBER) -> None:
    """Let Hermes answer with a sample."""
    server.expect_request(f"/search/{number}").respond_with_json(sample(f"hermes/{name}"))


def test_a_parcel_on_its_way_back(cli: Cli, hermes: HTTPServer) -> None:
    """The answer as scripts read it: state, times with Z, events newest first."""
    respond(hermes, "returning")
    view = cli("track", NUMBER, "--json").json
    assert view.keys() == KEYS
    assert (view["carrier"], view["number"], view["state"]) == ("hermes", NUMBER, "returning")
    assert view["shipped_at"] == "2026-10-02T18:40:00Z"
    assert view["last_event_at"] == "2026-10-08T09:00:00Z"
    assert view["events"][0]["code"] == "RETURN_TO_SENDER"
    times = [event["at"] for event in view["events"]]
    assert times == sorted(times, reverse=True)
    assert view["events"][0].keys() == {"at", "code", "state", "text"}


def test_a_parcel_waits_in_a_shop(cli: Cli, hermes: HTTPServer) -> None:
    """Where to fetch it is told, to programs and to people."""
    number = sample("hermes/parcelshop_ready")[0]["barcode"]
    respond(hermes, "parcelshop_ready", number)
    point = cli("track", number, "--json").json["pickup_point"]
    assert point.keys() == {"name", "street", "zip", "city"}
    assert point["street"] in cli("track", number).out


@pytest.mark.parametrize(
    "link",
    [
        f"https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{NUMBER}",
        f"https://tracking.hermesworld.com/?TrackID={NUMBER}",
        "9900 0000 0001 34",
    ],
)
def test_a_link_is_as_good_as_a_number(cli: Cli, hermes: HTTPServer, link: str) -> None:
    """The link is read, never fetched; the number is cleaned."""
    respond(hermes, "returning")
    assert cli("track", link, "--json").json["state"] == "returning"
    assert [request.path for request, _ in hermes.log] == [f"/search/{NUMBER}"]


def test_what_hermes_does_not_know_is_an_answer(cli: Cli, hermes: HTTPServer) -> None:
    """An empty list, a 404 and an answer about another parcel are `not_found`, exit 0."""
    search = "/search/9900000000001"
    hermes.expect_request(search + "1").respond_with_json([])
    hermes.expect_request(search + "2").respond_with_data("", 404)
    hermes.expect_request(search + "3").respond_with_json(sample("hermes/returning"))
    for end in "123":
        view = cli("track", f"9900000000001{end}", "--json").json
        assert view.pop("number") == f"9900000000001{end}"
        assert (view.pop("carrier"), view.pop("state")) == ("hermes", "not_found")
        assert (view.pop("problem"), view.pop("events")) == ("none", [])
        assert set(view.values()) == {None}
    assert "not known" in cli("track", "99000000000011").out
    assert "check digit" in cli("track", "99000000000012").err


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, json.dumps({"reason": "Barcode is not valid\n"})), (403, "<html>"), (429, ""),
     (500, ""), (503, ""), (200, "<html>Wartung</html>"), (200, "{}")],
)  # fmt: skip
def test_no_answer_is_one_line_and_exit_1(
    cli: Cli, hermes: HTTPServer, status: int, body: str
) -> None:
    """An outage is never taken for a state of the parcel."""
    hermes.expect_request(f"/search/{NUMBER}").respond_with_data(body, status)
    assert "Hermes" in cli("track", NUMBER, "--json").refused(1)


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.myhermes.de.evil.example/#{NUMBER}",
        f"https://hermes-paket.example/?TrackID={NUMBER}",
        f"https://www.myhermes.de@evil.example/#{NUMBER}",
        "nonsense",
        "",
        "12",
    ],
)
def test_look_alikes_and_nonsense_ask_nobody(cli: Cli, hermes: HTTPServer, text: str) -> None:
    """A fraud's link is refused in one line, and no request leaves the program."""
    assert cli("track", text).refused(2)
    assert hermes.log == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("https://tracking.dpd.de/status/de_DE/parcel/01234567890123",), "tracking.dpd.de"),
        (("https://gls-group.com/DE/de/paketverfolgung?match=12345678901",), "gls-group.com"),
        (("1Z12345E0291980793", "--carrier", "ups"), "www.ups.com"),
        (("00340434161094015902", "--carrier", "DHL"), "ORDERWATCH_DHL__API_KEY"),
    ],
)
def test_carriers_that_can_not_be_asked_give_the_link(
    cli: Cli, hermes: HTTPServer, words: tuple[str, ...], told: str
) -> None:
    """What a program can't do, a browser can: the link is there."""
    line = cli("track", *words).refused(1)
    assert told in line
    assert "https://" in line
    assert hermes.log == []


def test_the_carrier_is_chosen_from_the_known_ones(cli: Cli, hermes: HTTPServer) -> None:
    """A mistyped carrier, or one that contradicts the link, is told."""
    assert "hermes, dhl" in cli("track", NUMBER, "--carrier", "hermess").refused(2)
    link = f"https://tracking.hermesworld.com/?TrackID={NUMBER}"
    assert "leave the option out" in cli("track", link, "--carrier", "dpd").refused(2)
    assert hermes.log == []


def test_hermes_is_asked_unless_something_else_is_said(cli: Cli, hermes: HTTPServer) -> None:
    """A number of no known shape goes to Hermes, which is who delivers here."""
    hermes.expect_request("/search/12345678901").respond_with_json([])
    assert cli("track", "12345678901", "--json").json["state"] == "not_found"
