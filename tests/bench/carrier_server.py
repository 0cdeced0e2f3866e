"""A carrier that answers after a fixed time, as a process of its own; prints its address."""

from __future__ import annotations

import asyncio
import sys

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from worker.simulator.serving import Serving

LATENCY_SECONDS = 0.02

_SCANS = (
    ("2026-10-01T17:25:10Z", "ANNOUNCED"),
    ("2026-10-02T18:40:00Z", "TAKEN_OVER_BY_HERMES"),
    ("2026-10-03T03:58:50Z", "SORTED"),
)


async def answer(request: Request) -> JSONResponse:
    """The same three scans for every number."""
    await asyncio.sleep(LATENCY_SECONDS)
    rows = [{"timestamp": at, "parcelStatus": code, "historyText": None} for at, code in _SCANS]
    return JSONResponse([{"barcode": request.path_params["number"], "parcelProgress": rows}])


def main() -> None:
    """Serve until standard input ends."""
    app = Starlette(routes=[Route("/{number}", answer)])
    with Serving(app) as server:
        print(server.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
