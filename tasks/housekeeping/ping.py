"""The wire to a dead man's switch: one GET that may fail. Its address is a secret."""

from __future__ import annotations

import httpx2
import structlog
from pydantic import SecretStr

log = structlog.get_logger()

TIMEOUT_SECONDS = 5.0


class Ping:
    """Asks the address when it is called; a failure is logged and harms nobody."""

    def __init__(self, url: SecretStr, user_agent: str) -> None:
        self._url, self._agent = url, user_agent

    def __call__(self) -> None:
        """Ask once. The library's own words are not logged: they hold the address."""
        try:
            answer = httpx2.get(
                self._url.get_secret_value(),
                headers={"User-Agent": self._agent},
                timeout=TIMEOUT_SECONDS,
            )
        except httpx2.HTTPError as error:
            log.warning("heartbeat could not be told", error=type(error).__name__)
            return
        if not answer.is_success:
            log.warning("heartbeat was not accepted", status=answer.status_code)
