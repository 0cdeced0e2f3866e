"""A back office on loopback, and the client opened on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from models.session import Database
from tasks.orders.backoffice import BackOffice
from tasks.orders.session import Credentials
from tests.orders.site import DE, Open, Site
from tests.orders.syncing import Syncing
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


@pytest.fixture
def syncing(db: Database) -> Iterator[Syncing]:
    """A simulated back office and a program that has never read it, on both databases."""
    ready = Syncing(db)
    yield ready
    ready.close()


@pytest.fixture(scope="session")
def synced_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file after the first sync, to copy."""
    path = tmp_path_factory.mktemp("synced") / "template.db"
    path.write_bytes(sqlite_template.read_bytes())
    first = Syncing(Database(f"sqlite:///{path}"))
    first.sync()
    first.close()
    first.db.close()
    return path


@pytest.fixture
def synced(synced_template: Path, tmp_path: Path) -> Iterator[Syncing]:
    """The same on SQLite alone, logged in, a minute after its first sync."""
    path = tmp_path / "synced.db"
    path.write_bytes(synced_template.read_bytes())
    ready = Syncing(Database(f"sqlite:///{path}"))
    ready.clock.advance(timedelta(minutes=1))
    ready.office.team_page(1)
    yield ready
    ready.close()
    ready.db.close()
