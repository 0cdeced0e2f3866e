"""Runs a web application on loopback in a thread: ready when started, gone when stopped."""

from __future__ import annotations

import socket
import threading
from typing import Self

import uvicorn
from starlette.types import ASGIApp

HOST = "127.0.0.1"


class _Server(uvicorn.Server):
    """Says when it is ready, so that nobody has to wait for luck."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class Serving:
    """A server for one application; also a context manager. `port` 0 = any free one."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._app, self.port = app, port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Listen. `port` stays the same through stop and start.

        Raises OSError when the port is taken, TimeoutError when nothing listens after 10 s.
        """
        # With its protocol named, asyncio sends small answers at once instead of after 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, self.port))
        self.port = listener.getsockname()[1]
        self._server = server = _Server(_config(self._app))
        run = {"sockets": [listener]}
        self._thread = threading.Thread(target=server.run, kwargs=run, daemon=True)
        self._thread.start()
        if not server.ready.wait(10):
            raise TimeoutError("the simulator's web server did not start within 10 s")

    def stop(self) -> None:
        """Close every connection and wait for the thread's end."""
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=1,
    )
