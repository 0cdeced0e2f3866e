"""DHL's official tracking API over HTTP: one request, typed answers and errors. Wire.

A free key gives 250 calls a day, one per 5 s (reference page on Hermes, "Other carriers").
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import SecretStr

from models.domain.tracking import clean_number, mask_number
from models.domain.values import CarrierName
from tasks.ports import CarrierAnswer, CarrierBlocked, NotKnown, NumberRefused
from tasks.shipments.carrier_http import TIMEOUT_SECONDS, CarrierHttp
from tasks.shipments.dhl_facts import facts

BASE_URL = "https://api-eu.dhl.com/track/shipments"


class Dhl:
    """A `Carrier`. One long-lived instance for all threads; `close` it at the end."""

    name: CarrierName = CarrierName.DHL

    def __init__(
        self,
        api_key: SecretStr,
        user_agent: str,
        *,
        base_url: str = BASE_URL,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """`api_key`: of a developer account. Raises ValueError when it can't be a key."""
        key = api_key.get_secret_value()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("the DHL API key is empty or holds blanks or odd characters")
        self._api_key = api_key
        self._base_url = base_url.rstrip("/")
        self._http = CarrierHttp("DHL", user_agent, timeout_seconds=timeout_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def ask(self, number: str, now: datetime) -> CarrierAnswer:
        """One request for one parcel number; `now` is aware UTC.

        Raises NumberRefused (400), CarrierBlocked (401 and 403: the key), CarrierBusy (429),
        CarrierUnavailable.
        """
        number = clean_number(number)
        if not number:
            raise NumberRefused("DHL can't be asked for an empty parcel number")
        answer = self._http.get(
            self._base_url,
            now,
            headers={"DHL-API-Key": self._api_key.get_secret_value()},
            params={"trackingNumber": number, "language": "de"},
        )
        if answer.status == 200:
            return facts(self._http.json(answer), number, now)
        if answer.status == 404:
            return NotKnown()
        if answer.status == 401:
            raise CarrierBlocked("DHL refuses the API key (401); check ORDERWATCH_DHL__API_KEY")
        raise NumberRefused(f"DHL refuses the parcel number {mask_number(number)}")
