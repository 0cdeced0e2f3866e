"""Our processes under a supervisor that does what systemd does, and nothing more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: As `RestartSec` of a systemd unit.
RESTART_SECONDS = 0.3


class Unit:
    """One process: `orderwatch WORDS`, restarted by `keep` whenever it has ended."""

    def __init__(self, name: str, words: str, settings: Mapping[str, str], folder: Path) -> None:
        self.name, self.words, self.folder = name, words, folder
        self.log = folder / f"{name}.log"
        self.starts = 0
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output is appended to its log."""
        command = [sys.executable, "-m", "tests.storms.spoiled", str(self.folder), self.name]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self.words.split()],
                env=os.environ | {"PYTHONPATH": str(ROOT)} | dict(self._settings),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.starts += 1

    @property
    def runs(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.poll() is None

    def send(self, number: signal.Signals) -> None:
        """A signal, if there is a process to get it."""
        if self._process is not None and self.runs:
            self._process.send_signal(number)

    def end(self, seconds: float) -> int:
        """SIGTERM. Its exit code; killed when it takes longer."""
        assert self._process is not None
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class Supervisor:
    """Keeps units alive from `start` to `stop`."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self.units = units
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start all."""
        for unit in self.units:
            unit.start()
        self._thread.start()

    def _keep(self) -> None:
        while not self._over.wait(RESTART_SECONDS):
            for unit in self.units:
                if not unit.runs:
                    unit.start()

    def stop(self, seconds: float = 60) -> dict[str, int]:
        """End all, as `systemctl stop` does. Returns the exit codes."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        started = [unit for unit in self.units if unit.starts]
        for unit in started:
            unit.send(signal.SIGCONT)
            unit.send(signal.SIGTERM)
        return {unit.name: unit.end(seconds) for unit in started}
