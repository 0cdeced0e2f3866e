"""The simulator as a process of its own, steered over HTTP."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from worker.simulator.days import local_date

COMMAND = [sys.executable, "-m", "worker.simulator", "--seed", "3", "--orders", "20"]


@pytest.fixture
def addresses() -> Iterator[dict[str, Any]]:
    """What a running process with a fixed clock prints; it ends cleanly on SIGTERM."""
    command = [*COMMAND, "--start", "2026-10-19", "--clock", "fixed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_process_is_steered_over_http(addresses: dict[str, Any]) -> None:
    """Clock, faults, orders, parcels and log of another process are within reach."""
    control = addresses["control_url"]
    assert addresses["now"] == "2026-10-19T07:00:00+00:00"
    moved = httpx2.post(f"{control}/clock", json={"now": "2026-10-20T18:00:00+02:00"})
    assert moved.json() == {"now": "2026-10-20T16:00:00+00:00"}
    wanted = {"member_id": addresses["member_id"], "source": "IO"}
    order = httpx2.post(f"{control}/orders", json=wanted).json()
    assert len(order["number"]) == 9
    shipped = httpx2.post(f"{control}/ship", json={"order": order["number"], "road": "failed"})
    known = shipped.json()["parcel"]
    assert httpx2.get(f"{addresses['hermes_url']}/{known}").status_code == 200
    scanned = httpx2.post(
        f"{control}/scan", json={"order": order["number"], "code": "DELIVERY_FAILED"}
    )
    assert scanned.json()["at"].startswith("2026-10-20T16:00:00")
    (shown,) = httpx2.get(f"{addresses['hermes_url']}/{known}").json()
    assert "DELIVERY_FAILED" in json.dumps(shown)
    fault = {"answers": [{"status": 403, "partner": "hermes"}]}
    assert httpx2.post(f"{control}/faults", json=fault).status_code == 200
    assert httpx2.get(f"{addresses['hermes_url']}/{known}").status_code == 403
    assert [one["number"] for one in httpx2.get(f"{control}/log").json()] == [known] * 3
    assert httpx2.get(f"{control}/mail").json() == []


def test_a_wrong_fault_is_named(addresses: dict[str, Any]) -> None:
    """A misspelt switch is no silent nothing."""
    answer = httpx2.post(f"{addresses['control_url']}/faults", json={"latencie": 1})
    assert (answer.status_code, answer.json()) == (400, {"error": "no such fault: latencie"})


def test_by_default_the_world_starts_today() -> None:
    """Tests with real processes run on real time."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        process.terminate()
    assert said["start"] == local_date(datetime.now(UTC)).isoformat()
