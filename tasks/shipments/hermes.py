"""Hermes Germany's public tracking over HTTP: one request, typed answers and errors. Wire.

Known from public sources, undocumented, may change any day; no key, no postcode. The
postcode-protected address endpoint and the phone app's interface are never called.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self
from urllib.parse import quote

import httpx2

from models.domain.tracking import clean_number, mask_number
from models.domain.values import CarrierName
from tasks.ports import CarrierAnswer, CarrierUnavailable, NotKnown, NumberRefused
from tasks.shipments.carrier_http import TIMEOUT_SECONDS, Answer, CarrierHttp, one_line
from tasks.shipments.hermes_facts import facts


class Hermes:
    """A `Carrier`. One long-lived instance for all threads; `close` it at the end."""

    name: CarrierName = CarrierName.HERMES

    def __init__(
        self,
        base_url: str,
        user_agent: str,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        client: httpx2.Client | None = None,
    ) -> None:
        """`base_url`: the number is appended as `/{number}`. `user_agent`: an honest one.

        A `client` that is handed in is closed with the carrier.
        """
        self._base_url = base_url.rstrip("/")
        self._http = CarrierHttp(
            "Hermes", user_agent, timeout_seconds=timeout_seconds, client=client
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(self, number: str, now: datetime) -> CarrierAnswer:
        """One request for one parcel number; `now` is aware UTC.

        Raises NumberRefused (400), CarrierBlocked (403), CarrierBusy (429), CarrierUnavailable.
        """
        number = clean_number(number)
        if not number:
            raise NumberRefused("Hermes can't be asked for an empty parcel number")
        url = f"{self._base_url}/{quote(number, safe='')}"
        answer = self._http.get(url, now, headers={"X-Language": "de"})
        if answer.status == 200:
            return facts(self._http.json(answer), number, now)
        if answer.status == 404:
            return NotKnown()
        if answer.status == 400:
            raise NumberRefused(self._refusal(answer, number))
        raise CarrierUnavailable(f"Hermes answered with {answer.status}; try again later")

    def _refusal(self, answer: Answer, number: str) -> str:
        """Why Hermes refuses the number, in its own words where it has any."""
        try:
            body = self._http.json(answer)
        except CarrierUnavailable:
            body = None
        reason = one_line(body.get("reason")) if isinstance(body, dict) else ""
        reason = (reason or "no reason given").replace(number, mask_number(number))
        return f"Hermes refuses the parcel number {mask_number(number)}: {reason}"
