"""A back office on loopback, and the client opened on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from tasks.orders.backoffice import BackOffice
from tasks.orders.session import Credentials
from tests.orders.site import DE, Open, Site
from tests.services.clock import FakeClock


@pytest.fixture
def site(httpserver: HTTPServer) -> Site:
    """A back office on loopback."""
    return Site(httpserver)


@pytest.fixture
def open_office(site: Site, clock: FakeClock) -> Iterator[Open]:
    """Opens a BackOffice on the site; closes it in the end."""
    opened: list[BackOffice] = []

    def open_it(timeout: float = 15.0, **known: str | None) -> BackOffice:
        known = {"member_id": "1234567", "password": site.password, "cookie": None} | known
        password, cookie = known["password"], known["cookie"]
        credentials = Credentials(
            known["member_id"],
            SecretStr(password) if password else None,
            SecretStr(cookie) if cookie else None,
        )
        url = site.server.url_for
        office = BackOffice(
            DE, credentials, clock, user_agent="orderwatch/test (+mailto:me@example.org)",
            base_url=url("/"), login_url=url("/sign-in"), timeout=timeout,
        )  # fmt: skip
        opened.append(office)
        return office

    yield open_it
    for office in opened:
        office.close()
