"""The simulated Hermes and DHL: answers in the shape of the samples, and every kind of error."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from worker.simulator.clocks import FixedClock
from worker.simulator.faults import Answer
from worker.simulator.records import Parcel
from worker.simulator.server import Simulator

SAMPLE_KEYS = {
    "barcode", "ablt", "address", "atg", "bookedEdl", "forecast", "latestRelatedBarcode",
    "livetrackingOptions", "n1ParcelShopEligible", "n1RedirectedToParcelShop",
    "parcelAttributes", "parcelProgress", "viewParameters",
}  # fmt: skip


def _parcel(simulator: Simulator, road: str) -> Parcel:
    orders = simulator.world.orders
    return next(o.parcel for o in orders if o.parcel and o.parcel.road == road)


def _ask(simulator: Simulator, parcel: Parcel, code: str = "") -> list[dict[str, Any]]:
    """The answer just after the last scan of that code."""
    scan = next(one for one in reversed(parcel.scans) if one.code.startswith(code))
    assert isinstance(simulator.clock, FixedClock)
    simulator.clock.set(scan.at + timedelta(minutes=1))
    got: list[dict[str, Any]] = httpx2.get(f"{simulator.hermes_url}/{parcel.number}").json()
    return got


def test_an_answer_has_the_keys_of_the_samples(simulator: Simulator) -> None:
    """A client that reads the real service reads this one."""
    (found,) = _ask(simulator, _parcel(simulator, "failed"))
    assert set(found) == SAMPLE_KEYS
    assert set(found["parcelProgress"][0]) == {
        "timestamp", "status", "parcelStatus", "historyText",
    }  # fmt: skip
    assert found["parcelProgress"][0]["timestamp"].endswith("Z")


def test_a_parcel_is_unknown_before_its_announcement(simulator: Simulator) -> None:
    """Between shipping and the first scan there is a 404 or an empty list, then history."""
    parcel = _parcel(simulator, "stopped")
    assert isinstance(simulator.clock, FixedClock)
    simulator.clock.set(parcel.scans[0].at - timedelta(minutes=1))
    early = httpx2.get(f"{simulator.hermes_url}/{parcel.number}")
    assert early.status_code == 404 or early.json() == []
    assert [len(_ask(simulator, parcel, c)[0]["parcelProgress"]) for c in ("ANN", "SOR")] == [1, 3]


@pytest.mark.parametrize(
    ("road", "code", "delivered", "direction"),
    [
        ("failed", "DELIVERY_FAILED", False, "DELIVERY"),
        ("failed", "DELIVERED", True, "DELIVERY"),
        ("failed-returned", "RETURN_TO_SENDER", False, "RETURN"),
        ("failed-returned", "RETURN_DELIVERED_TO_SENDER", False, "RETURN"),
        ("shop", "PARCELSHOP_COLLECTED_BY_CUSTOMER", True, "DELIVERY"),
    ],
)
def test_flags_go_with_the_newest_scan(
    simulator: Simulator, road: str, code: str, delivered: bool, direction: str
) -> None:
    """A delivered parcel says so, a returning one points back."""
    parcel = _parcel(simulator, road)
    attributes = _ask(simulator, parcel, code)[-1]["parcelAttributes"]
    assert attributes["delivered"] is delivered
    assert attributes["directionEnum"] == direction


def test_a_shop_is_named_only_while_the_parcel_waits(simulator: Simulator) -> None:
    """The address is there to go to, and gone once the parcel is collected."""
    parcel = _parcel(simulator, "shop")
    waiting = _ask(simulator, parcel, "PARCELSHOP_ITEMS")[0]
    assert waiting["viewParameters"]["readyForCollection"] is True
    assert waiting["address"]["addressType"] == "PARCELSHOP"
    assert _ask(simulator, parcel, "PARCELSHOP_COLLECTED")[0]["address"] is None


def test_rows_come_in_both_orders(simulator: Simulator) -> None:
    """Newest first for some parcels, oldest first for others."""
    orders = set()
    for parcel in (o.parcel for o in simulator.world.orders if o.parcel):
        if parcel.road == "smooth":
            rows = _ask(simulator, parcel)[-1]["parcelProgress"]
            stamps = [row["timestamp"][:19] for row in rows]
            orders.add(stamps == sorted(stamps))
    assert orders == {True, False}


def test_bookings_and_windows_occur(simulator: Simulator) -> None:
    """A booking row is among the scans, and some parcels have a forecast window."""
    parcels = [o.parcel for o in simulator.world.orders if o.parcel]
    assert any(scan.code.startswith("EDL_") for parcel in parcels for scan in parcel.scans)
    windowed = next(parcel for parcel in parcels if parcel.window)
    forecast = _ask(simulator, windowed, "SORTED")[-1]["forecast"]
    assert set(forecast) == {"deliveryTimeFromUTC", "deliveryTimeToUTC"}


def test_a_malformed_number_is_told_apart(simulator: Simulator) -> None:
    """Twelve digits are an error of the asker, a strange number is only not known."""
    refused = httpx2.get(f"{simulator.hermes_url}/123456789012")
    assert (refused.status_code, refused.json()) == (400, {"reason": "Barcode is not valid\n"})
    assert httpx2.get(f"{simulator.hermes_url}/99000000000011").status_code == 404


def test_answers_can_be_forced_for_a_while(simulator: Simulator) -> None:
    """So many times for one number, with the status and headers asked for."""
    url = f"{simulator.hermes_url}/99000000000011"
    envelope = {"status": 429, "headers": {"Retry-After": "120"}, "body": ""}
    simulator.faults.add(Answer.from_envelope(envelope, times=2, contains="99000000000011"))
    assert httpx2.get(f"{simulator.hermes_url}/99000000000028").status_code == 404
    answers = [httpx2.get(url) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 404]
    assert answers[0].headers["Retry-After"] == "120"


def test_an_outage_of_one_partner_leaves_the_other_alone(simulator: Simulator) -> None:
    """All of Hermes fails, the back office answers."""
    simulator.faults.answer(503, partner="hermes", times=None)
    assert httpx2.get(f"{simulator.hermes_url}/99000000000011").status_code == 503
    assert httpx2.get(simulator.login_url).status_code == 200


def test_every_request_is_logged_with_its_time(simulator: Simulator) -> None:
    """Counts and spacing can be checked, by partner and number."""
    simulator.faults.latency = 0.05
    for _ in range(2):
        httpx2.get(f"{simulator.hermes_url}/99000000000011", headers={"User-Agent": "me/1"})
    requests = simulator.log.all("hermes", "99000000000011")
    assert [request.user_agent for request in requests] == ["me/1", "me/1"]
    assert requests[0].at == simulator.clock.now()
    assert simulator.log.gaps("hermes")[0] >= 0.05
    assert simulator.log.count("backoffice") == 0


def test_a_stopped_carrier_comes_back_at_its_address(simulator: Simulator) -> None:
    """An outage of the whole host can be played, too."""
    simulator.carriers.stop()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(simulator.hermes_url)
    simulator.carriers.start()
    assert httpx2.get(f"{simulator.hermes_url}/99000000000011").status_code == 404


def test_dhl_wants_a_key_and_gives_local_times(simulator: Simulator) -> None:
    """401 without a key; with one the shape of the sample, and 404 for strangers."""
    parcel = _parcel(simulator, "dhl")
    assert isinstance(simulator.clock, FixedClock)
    simulator.clock.set(parcel.scans[-1].at)
    asked = {"trackingNumber": parcel.number}
    assert httpx2.get(simulator.dhl_url, params=asked).status_code == 401
    key = {"DHL-API-Key": "key"}
    found = httpx2.get(simulator.dhl_url, params=asked, headers=key).json()["shipments"][0]
    assert found["status"]["statusCode"] == "delivered"
    assert len(found["status"]["timestamp"]) == len("2026-10-05T12:00:00")
    unknown = httpx2.get(simulator.dhl_url, params={"trackingNumber": "1"}, headers=key)
    assert (unknown.status_code, unknown.json()["title"]) == (404, "No result found")


def test_a_slow_answer_takes_its_time(simulator: Simulator) -> None:
    """Latency is real time, so that time-outs can be tested."""
    simulator.faults.latency = 0.2
    began = time.monotonic()
    httpx2.get(f"{simulator.hermes_url}/99000000000011")
    assert time.monotonic() - began >= 0.2
