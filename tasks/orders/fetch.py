"""Wire: one polite HTTP client for the back office. Values out, typed errors, no parsing.

One request at a time with spacing in between, one more try after a passing fault, redirects only
between the known hosts, bodies of limited size.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urljoin

import httpx2

from tasks.orders.exchange import Answer, Ask, origin
from tasks.ports import Clock, PageChanged, SourceRefused, SourceUnavailable
from tasks.retry_after import retry_after

#: Seconds (backoffice.md: public tools wait that long).
TIMEOUT = 15.0
#: Seconds for one answer as a whole: a server that drips bytes never meets the time-out above.
DEADLINE = 60.0
#: Seconds before the second try.
BACK_OFF = 5.0

_MOST_REDIRECTS = 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Fetcher:
    """Asks the hosts in `origins` and no other."""

    def __init__(
        self,
        client: httpx2.Client,
        clock: Clock,
        *,
        origins: frozenset[str],
        user_agent: str,
        spacing: float,
        timeout: float = TIMEOUT,
        back_off: float = BACK_OFF,
    ) -> None:
        self._client, self._clock, self._origins = client, clock, origins
        self._headers = {"User-Agent": user_agent}
        self._spacing, self._timeout, self._back_off = spacing, timeout, back_off
        self._last: datetime | None = None
        self._turn = threading.Lock()

    def ask(self, ask: Ask) -> Answer:
        """The answer, redirects followed; a question without a form is put twice at need.

        Raises SourceUnavailable (network, time-out, 5xx, 429, 403) and PageChanged (any other
        status, a body that is too large, a redirect to another host).
        """
        try:
            return self._follow(ask)
        except SourceUnavailable as error:
            # A login is never repeated blindly: it may have been counted as a failed one.
            if ask.form is not None or isinstance(error, SourceRefused):
                raise
        self._clock.sleep(self._back_off)
        return self._follow(ask)

    def _follow(self, ask: Ask) -> Answer:
        url, form = ask.url, ask.form
        for _ in range(_MOST_REDIRECTS):
            self._check_host(ask.page, url)
            answer, target = self._once(ask, url, form)
            if target is None:
                return answer
            url = urljoin(url, target)
            if ask.stop_at is not None and ask.stop_at(url):
                return Answer(url, answer.status, b"")
            form = form if answer.status in {307, 308} else None
        raise PageChanged(ask.page, f"more than {_MOST_REDIRECTS} redirects")

    def _check_host(self, page: str, url: str) -> None:
        try:
            host = origin(url)
        except ValueError:
            raise PageChanged(page, "it redirects to something that is no address") from None
        if host not in self._origins:
            raise PageChanged(page, f"it leads to another host, {host}; not followed")

    def _once(
        self, ask: Ask, url: str, form: Mapping[str, str] | None
    ) -> tuple[Answer, str | None]:
        """One request in its turn: the answer, and where it redirects to."""
        with self._turn:
            self._wait()
            try:
                return self._send(ask, url, form)
            except httpx2.TimeoutException:
                raise SourceUnavailable(
                    f"the back office did not answer within {self._timeout:g} s ({ask.page})"
                ) from None
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                kind = type(error).__name__
                raise SourceUnavailable(
                    f"the back office can't be reached ({ask.page}: {kind})"
                ) from None
            except httpx2.DecodingError:
                raise PageChanged(ask.page, "its compressed body is broken") from None

    def _wait(self) -> None:
        """Keep the spacing between the starts of two requests."""
        now = self._clock.now()
        if self._last is not None:
            # A clock that was set back must not make us wait for the difference.
            left = self._spacing - max((now - self._last).total_seconds(), 0.0)
            if left > 0:
                self._clock.sleep(left)
        self._last = self._clock.now()

    def _send(
        self, ask: Ask, url: str, form: Mapping[str, str] | None
    ) -> tuple[Answer, str | None]:
        request = self._client.build_request(
            "GET" if form is None else "POST",
            url,
            data=dict(form) if form is not None else None,
            headers={**ask.headers, **self._headers},
            timeout=self._timeout,
        )
        response = self._client.send(request, stream=True, follow_redirects=False)
        try:
            if response.status_code in _REDIRECTS and "location" in response.headers:
                return Answer(url, response.status_code, b""), response.headers["location"]
            self._check_status(ask.page, response)
            body = _body(ask, response)
        finally:
            response.close()
        return Answer(url, response.status_code, body, response.charset_encoding), None

    def _check_status(self, page: str, response: httpx2.Response) -> None:
        status = response.status_code
        if 200 <= status < 300 or status == 401:
            return
        if status in {403, 429}:
            raise _refusal(page, response, self._clock.now())
        if status >= 500:
            raise SourceUnavailable(f"the back office answers {status} ({page})")
        raise PageChanged(page, f"the back office answers {status}")


def _refusal(page: str, response: httpx2.Response, now: datetime) -> SourceRefused:
    wait = retry_after(response.headers.get("retry-after"), now)
    if response.status_code == 403:
        return SourceRefused(
            f"the back office refuses this network or program (403, {page}); "
            "saved pages can be imported instead",
            wait,
        )
    said = f", again after {wait:.0f} s" if wait is not None else ""
    return SourceRefused(f"the back office finds our requests too many (429, {page}{said})", wait)


def _body(ask: Ask, response: httpx2.Response) -> bytes:
    """The body piece by piece, refused as soon as it is too large or too slow."""
    body = bytearray()
    # A real socket is waited for, so this is real time, not the clock that is handed in.
    end = time.monotonic() + DEADLINE
    for piece in response.iter_bytes():
        body += piece
        if len(body) > ask.largest:
            raise PageChanged(ask.page, f"larger than {ask.largest / 1_000_000:g} MB")
        if time.monotonic() > end:
            raise SourceUnavailable(f"the back office took over {DEADLINE:g} s ({ask.page})")
    return bytes(body)
