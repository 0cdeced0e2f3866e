"""What stands before every simulated partner: the log, the latency and the forced answers."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tasks.ports import Clock
from worker.simulator.faults import Answer, Faults
from worker.simulator.request_log import RequestLog

CONTROL = "/_control/"
_NUMBERS = ("odhnumber", "id", "trackingnumber")


class Gate:
    """An ASGI app in front of another one; requests to `/_control/` are neither logged nor hit."""

    def __init__(self, app: ASGIApp, clock: Clock, faults: Faults, log: RequestLog) -> None:
        self._app, self._clock, self._faults, self._log = app, clock, faults, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        partner = partner_of(request.url.path)
        self._note(request, partner)
        if self._faults.latency:
            await asyncio.sleep(self._faults.latency)
        forced = self._faults.take(partner, f"{request.url.path}?{request.url.query}")
        await (_response(forced) if forced else self._app)(scope, receive, send)

    def _note(self, request: Request, partner: str) -> None:
        params = dict(parse_qsl(request.url.query, keep_blank_values=True))
        self._log.add(
            self._clock.now(),
            partner=partner,
            method=request.method,
            path=request.url.path,
            params=params,
            number=_number(request.url.path, params),
            user_agent=request.headers.get("user-agent", ""),
        )


def partner_of(path: str) -> str:
    """hermes, dhl or backoffice, by the path alone."""
    if path.startswith("/tnt/"):
        return "hermes"
    return "dhl" if path.startswith("/track/") else "backoffice"


def _number(path: str, params: dict[str, str]) -> str | None:
    if partner_of(path) == "hermes":
        return path.rsplit("/", 1)[-1]
    return next((value for key, value in params.items() if key.lower() in _NUMBERS), None)


def _response(answer: Answer) -> Response:
    body = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
    return Response(body, answer.status, dict(answer.headers))
