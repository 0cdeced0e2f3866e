"""The outside world as a process of its own, steered over its control endpoint."""

from __future__ import annotations

import json
import subprocess
import sys
from email import message_from_string, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2

from tests.storms.units import ROOT
from worker.simulator.scene import World
from worker.simulator.world import make_world

BASELINE_ORDERS = 30
CUSTOMERS = 60


class Outside:
    """Back office, carrier and mailbox; and the same invented world, to know whom it holds."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed, self._folder = seed, folder
        self._process: subprocess.Popen[str] | None = None
        self.addresses: dict[str, str] = {}

    def start(self) -> None:
        """Start it and learn its addresses."""
        sizes = ["--orders", str(BASELINE_ORDERS), "--days", "1", "--customers", str(CUSTOMERS)]
        command = [sys.executable, "-m", "worker.simulator", "--seed", str(self._seed), *sizes]
        with (self._folder / "simulator.log").open("wb") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self._process.stdout is not None
        self.addresses = json.loads(self._process.stdout.readline())
        self._client = httpx2.Client(base_url=self.addresses["control_url"], timeout=30)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._client.close()
            self._process.terminate()
            self._process.communicate(timeout=20)

    def world(self) -> World:
        """The world as it began."""
        from datetime import date

        start = date.fromisoformat(self.addresses["start"])
        return make_world(self._seed, start, BASELINE_ORDERS, 1, customers=CUSTOMERS)

    def post(self, what: str, **body: Any) -> dict[str, Any]:
        """One order to the control endpoint. Raises httpx2.HTTPStatusError when it is wrong."""
        answer = self._client.post(f"/{what}", json=body)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def mails(self) -> list[EmailMessage]:
        """All mails that have arrived, oldest first."""
        received = self._client.get("/mail").raise_for_status().json()
        return [message_from_string(one["content"], policy=policy.default) for one in received]
