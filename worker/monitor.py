"""A small HTTP server on loopback, for monitors: /metrics and /health."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Nobody else's business: a monitor on another machine comes by a tunnel or a proxy.
HOST = "127.0.0.1"

_REQUEST_SECONDS = 5

#: A page's content type and its bytes, made when it is asked for.
Page = Callable[[], tuple[str, bytes]]

#: Why the program is not well, None when it is.
Trouble = Callable[[], str | None]


class PortTaken(Exception):
    """Another program, or another process of ours, listens there."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"ORDERWATCH_METRICS_PORT: {HOST}:{port} can't be used, something else may listen "
            "there; another port, or none for this process, would be right"
        )


class Monitor:
    """Listens from the start on; answers between `start` and `stop`. Raises PortTaken."""

    def __init__(self, port: int, metrics: Page, trouble: Trouble) -> None:
        handler = type("Handler", (_Handler,), {"pages": (metrics, trouble)})
        try:
            self._server = ThreadingHTTPServer((HOST, port), handler)
        except OSError:
            raise PortTaken(port) from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="monitor", daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Two pages."""

    pages: tuple[Page, Trouble]
    timeout = _REQUEST_SECONDS
    server_version, sys_version = "orderwatch", ""

    def do_GET(self) -> None:
        """/metrics, /health, and nothing else."""
        metrics, trouble = self.pages
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, *metrics())
        elif path == "/health":
            reason = trouble()
            body = json.dumps({"ok": reason is None, "reason": reason}).encode()
            self._answer(503 if reason else 200, "application/json", body)
        else:
            self._answer(404, "text/plain; charset=utf-8", b"there are /metrics and /health\n")

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A scrape each few seconds is no news."""
