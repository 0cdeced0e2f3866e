"""Our own program as real processes: started, killed, ended, and waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

PATIENCE_SECONDS = 60.0

#: The command as it is installed beside the interpreter that runs the tests.
ORDERWATCH = str(Path(sys.executable).with_name("orderwatch"))


def wait_until(
    condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS
) -> float:
    """Wait for a condition. Returns the seconds it took; fails with `what` at the deadline."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


class Program:
    """`orderwatch WORDS` with these settings; its output goes to a file. A context manager."""

    def __init__(self, words: str, settings: Mapping[str, str], folder: Path) -> None:
        self.words, self._settings = words, settings
        number = len(list(folder.glob("*.log")))
        self.log = folder / f"{number}-{words.split()[0]}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it; `wait_for` says when it is ready."""
        # Started in the test's own folder: no .env of the checkout may reach it.
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [ORDERWATCH, *self.words.split()],
                env=os.environ | dict(self._settings),
                cwd=self.log.parent,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process."""
        assert self._process is not None, f"{self.words}: not started"
        return self._process

    def output(self) -> str:
        """What it has said so far."""
        return self.log.read_text("utf-8")

    def wait_for(self, text: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until it has said `text`."""

        def said() -> bool:
            if text in self.output():
                return True
            assert self.process.poll() is None, f"{self.words} ended: {self.output()}"
            return False

        wait_until(said, f"{self.words} says {text!r}", seconds)

    def kill(self) -> None:
        """SIGKILL: no time for anything."""
        self.process.kill()
        self.process.wait()

    def terminate(self, seconds: float) -> int:
        """SIGTERM. Returns the exit code; fails when it takes longer than `seconds`."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = PATIENCE_SECONDS) -> int:
        """Its exit code, when it has ended by itself."""
        return self.process.wait(seconds)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
