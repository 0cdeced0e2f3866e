"""Each partner's faults, found by a real connection, with a hint that names the remedy."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from models.session import Database
from models.source import Source
from models.sources import source_row
from tests.doctor.conftest import Doctor
from tests.services.redis_server import RedisServer, free_port
from worker.doctor.result import Result
from worker.doctor.visit import CHECKS
from worker.simulator.server import Simulator


def faults(found: dict[str, Result]) -> list[str]:
    """The ids of what failed."""
    return [result.id for result in found.values() if not result.ok]


def test_a_program_that_is_well(
    doctor: Doctor, simulator: Simulator, database_url: str, redis_url: str
) -> None:
    """Every check has been made, none failed, no mail was sent, each partner was asked little."""
    found = doctor(DATABASE_URL=database_url, REDIS_URL=redis_url)
    assert list(found) == [name for name in CHECKS if name != "inbox"]  # no folder is set
    assert faults(found) == []
    assert found["settings"].hint is None
    assert "within 2 minutes of the clock of" in found["clock"].detail
    assert simulator.log.count("hermes") == 1
    assert simulator.mailbox.all() == []


def test_three_faults_at_once(doctor: Doctor, sqlite_url: str) -> None:
    """One fault hides no other, and each hint names the setting that is to be mended."""
    found = doctor(
        DATABASE_URL=sqlite_url,
        REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
        SMTP__PORT=str(free_port()),
        BACKOFFICE__PASSWORD="wrong",
    )
    assert faults(found) == ["broker", "backoffice", "smtp"]
    assert "ORDERWATCH_REDIS_URL" in (found["broker"].hint or "")
    assert "ORDERWATCH_BACKOFFICE__PASSWORD" in (found["backoffice"].hint or "")
    assert "ORDERWATCH_SMTP__PORT" in (found["smtp"].hint or "")
    assert "wrong" not in str(found)


def test_what_is_not_set_is_well_with_a_hint(doctor: Doctor, sqlite_url: str) -> None:
    """A newcomer's empty settings are no fault: she is told what they would be good for."""
    off = {"SMTP__HOST": "", "SMTP__FROM": "", "CONSULTANT__EMAIL": "", "REDIS_URL": ""}
    more = {"BACKOFFICE__ENABLED": "false", "HERMES__ENABLED": "false"}
    found = doctor(DATABASE_URL=sqlite_url, **off, **more)
    assert faults(found) == []
    for name in ("settings", "broker", "backoffice", "hermes", "smtp", "clock"):
        assert found[name].hint, name


def test_a_server_that_hangs_costs_seconds(doctor: Doctor, sqlite_url: str) -> None:
    """A host that takes the connection and never says a word is a fault like any other."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = str(deaf.getsockname()[1])
        began = time.monotonic()
        silent = {"SMTP__PORT": port, "BACKOFFICE__ENABLED": "false"}
        found = doctor(deadline=2, DATABASE_URL=sqlite_url, **silent)
        assert time.monotonic() - began < 6
    assert faults(found) == ["smtp"]
    assert found["smtp"].detail == "no answer within 2 s"


def test_a_phone_code_is_answered_with_the_cookie(
    doctor: Doctor, simulator: Simulator, sqlite_url: str
) -> None:
    """Where a new device must show a code, the hint names the way around it."""
    simulator.faults.want_code = True
    found = doctor(DATABASE_URL=sqlite_url)
    assert faults(found) == ["backoffice"]
    assert "ORDERWATCH_BACKOFFICE__COOKIE" in (found["backoffice"].hint or "")


def test_missing_credentials_are_named(doctor: Doctor, sqlite_url: str) -> None:
    """A back office that is switched on without a login is a fault before any request."""
    found = doctor(DATABASE_URL=sqlite_url, BACKOFFICE__PASSWORD="")
    assert faults(found) == ["backoffice"]
    assert "BACKOFFICE__MEMBER_ID" in found["backoffice"].detail


def test_an_smtp_login_that_is_refused(doctor: Doctor, sqlite_url: str) -> None:
    """A mail server without any login says so, and the hint leads to security or login."""
    found = doctor(DATABASE_URL=sqlite_url, SMTP__USERNAME="anna", SMTP__PASSWORD="secret-7")
    assert faults(found) == ["smtp"]
    assert "ORDERWATCH_SMTP__" in (found["smtp"].hint or "")
    assert "secret-7" not in str(found)


def test_a_local_server_without_starttls(doctor: Doctor, sqlite_url: str) -> None:
    """A server that knows no STARTTLS is mostly one's own: the hint names `none`, too."""
    found = doctor(DATABASE_URL=sqlite_url, BACKOFFICE__ENABLED="false", SMTP__SECURITY="starttls")
    assert faults(found) == ["smtp"]
    assert "none" in (found["smtp"].hint or "")


def test_hermes_is_left_alone_while_it_pauses(
    doctor: Doctor, simulator: Simulator, db: Database, database_url: str
) -> None:
    """A carrier that asked for a pause is not asked by the doctor either."""
    until = datetime.now(UTC) + timedelta(hours=1)
    with db.write() as session:
        source = source_row(session, "hermes")
        source.paused_until, source.error = until, "Hermes refuses this network (403)"
    found = doctor(DATABASE_URL=database_url)
    assert faults(found) == ["hermes"]
    assert "refuses this network" in found["hermes"].detail
    assert simulator.log.count("hermes") == 0


def test_the_doctor_takes_its_turn(doctor: Doctor, db: Database, database_url: str) -> None:
    """Its request is one of the day's, seen by every process that asks."""
    doctor(DATABASE_URL=database_url)
    with db.read() as session:
        source = session.get_one(Source, "hermes")
    assert source.budget_used == 1
    assert source.next_request_at is not None


@pytest.mark.parametrize("busy", ["budget", "queue"])
def test_hermes_is_not_asked_out_of_turn(
    doctor: Doctor, simulator: Simulator, db: Database, database_url: str, busy: str
) -> None:
    """When today's requests are used or the next seconds are reserved, nobody pushes in."""
    now = datetime.now(UTC)
    with db.write() as session:
        source = source_row(session, "hermes")
        source.budget_day = now.astimezone().date()
        source.budget_used = 10**6 if busy == "budget" else 1
        source.next_request_at = now + timedelta(seconds=25)
    found = doctor(DATABASE_URL=database_url, TIMEZONE="UTC")
    assert found["hermes"].ok
    assert simulator.log.count("hermes") == 0


def test_a_redis_that_is_there(doctor: Doctor, sqlite_url: str, redis_server: RedisServer) -> None:
    """The hint of a Redis that answers is none."""
    found = doctor(DATABASE_URL=sqlite_url, REDIS_URL=redis_server.url)
    assert found["broker"].ok
    assert found["broker"].hint is None


def test_a_page_that_has_changed_is_named(
    doctor: Doctor, simulator: Simulator, sqlite_url: str
) -> None:
    """Which part of the profile no longer fits, and what can be done about it."""
    simulator.faults.change("team", "drop-table")
    found = doctor(DATABASE_URL=sqlite_url)
    assert faults(found) == ["backoffice"]
    assert "team" in found["backoffice"].detail
    assert "ORDERWATCH_BACKOFFICE__PROFILE" in (found["backoffice"].hint or "")


def test_a_ledger_that_is_not_read_is_not_asked_for(
    doctor: Doctor, simulator: Simulator, sqlite_url: str
) -> None:
    """Whoever switched it off has a reason, such as an account that shows none."""
    simulator.faults.change("ledger", "drop-table")
    assert faults(doctor(DATABASE_URL=sqlite_url)) == ["backoffice"]
    assert faults(doctor(DATABASE_URL=sqlite_url, BACKOFFICE__LEDGER="false")) == []
