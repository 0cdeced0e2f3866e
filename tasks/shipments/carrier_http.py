"""One bounded GET to a carrier: time-out, size cap, no redirects, typed errors. Wire.

Exception texts name the carrier and what happened, never the address: the parcel number in it
opens the whole history. For the same reason the library's own errors are not chained.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from tasks.ports import CarrierBlocked, CarrierBusy, CarrierUnavailable
from tasks.retry_after import retry_after

TIMEOUT_SECONDS = 15.0
"""For connecting, and again for the whole answer (reference page on Hermes, "Politeness")."""

MAX_BODY_BYTES = 750_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A carrier's answer with a status that its own wire file has to judge: 200, 400, 401, 404."""

    status: int
    body: bytes


class CarrierHttp:
    """A long-lived connection pool to one carrier; safe to share between threads."""

    def __init__(
        self,
        carrier: str,
        user_agent: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        client: httpx2.Client | None = None,
    ) -> None:
        """`carrier` is its name in messages. A `client` that is handed in is ours from now on."""
        self._carrier = carrier
        self._timeout = timeout_seconds
        self._client = client or httpx2.Client(timeout=timeout_seconds)
        self._client.headers.update({"Accept": "application/json", "User-Agent": user_agent})

    def close(self) -> None:
        self._client.close()

    def get(
        self,
        url: str,
        now: datetime,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask once. `now` (aware UTC) is what a Retry-After date is measured from.

        Raises CarrierBlocked (403), CarrierBusy (429) and CarrierUnavailable (no answer in time,
        5xx, a redirect, too long an answer).
        """
        deadline = time.monotonic() + self._timeout
        try:
            with self._client.stream("GET", url, headers=headers, params=params) as response:
                self._refuse(response, now)
                return Answer(response.status_code, self._body(response, deadline))
        except httpx2.TimeoutException:
            raise self._unavailable(f"did not answer within {self._timeout:g} s") from None
        except httpx2.ConnectError:
            raise self._unavailable("can't be reached: no connection") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unavailable(f"broke off: {type(error).__name__}") from None

    def json(self, answer: Answer) -> Any:
        """The decoded body. Raises CarrierUnavailable when it is no JSON, such as a web page."""
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            page = answer.body.lstrip()[:1] == b"<"
            what = "a web page" if page else "something that is no JSON"
            raise self._unavailable(f"sent {what} instead of data (maintenance?)") from None

    def _unavailable(self, what: str, wait: float | None = None) -> CarrierUnavailable:
        return CarrierUnavailable(f"{self._carrier} {what}; try again later", wait)

    def _refuse(self, response: httpx2.Response, now: datetime) -> None:
        status = response.status_code
        if status == 403:
            raise CarrierBlocked(
                f"{self._carrier} refuses this network (403); a pause of some hours is right"
            )
        wait = retry_after(response.headers.get("Retry-After"), now)
        if status == 429:
            said = f"; it asks to wait {wait:.0f} s" if wait is not None else ""
            raise CarrierBusy(f"{self._carrier} says too many requests (429){said}", wait)
        if response.has_redirect_location or 300 <= status < 400:
            raise self._unavailable(f"redirects elsewhere ({status}), which is not followed")
        if status not in (200, 400, 401, 404):
            raise self._unavailable(f"answered with {status}", wait)

    def _body(self, response: httpx2.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise self._unavailable(f"sent more than {MAX_BODY_BYTES // 1000} kB")
            if time.monotonic() > deadline:
                raise self._unavailable(f"did not answer within {self._timeout:g} s")
        return bytes(body)


def one_line(value: object, limit: int = 200) -> str:
    """A carrier's own words, safe for a message: printable, one line, not endless."""
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return "".join(char for char in words if char.isprintable())[:limit]
