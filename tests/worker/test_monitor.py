"""/metrics and /health as a monitor on the same machine sees them."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

import httpx2
import pytest

from models.alert import Alert
from models.customer import Customer
from models.domain.values import AlertState, MailKind, MailState, Severity
from models.mail import Mail
from models.session import Database
from models.sources import record_failure, source_row
from tests.services.clock import START, FakeClock
from tests.services.redis_server import free_port
from tests.worker.test_service import house, running, wait_for_beat
from worker.job_table import make_jobs
from worker.metrics import RowMetrics, make_registry, page_of
from worker.monitor import Monitor, PortTaken
from worker.service import Service


def values(text: str) -> dict[str, float]:
    """The page as a monitor reads it."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def scrape(database_url: str, clock: FakeClock) -> dict[str, float]:
    """What a scrape says of the rows."""
    mine = house(database_url, None)
    rows = RowMetrics(mine.db, clock, make_jobs(mine))
    kind, body = page_of(make_registry(rows))()
    mine.close()
    assert kind.startswith("text/plain")
    return values(body.decode())


def add_mail(db: Database, key: str, state: MailState, due: datetime | None) -> None:
    """A mail of that state."""
    with db.write() as session:
        session.add(
            Mail(
                kind=MailKind.TEST, recipient="a@example.org", language="de", facts={}, state=state,
                dedupe_key=key, message_id=key, created_at=START, next_attempt_at=due,
            )
        )  # fmt: skip


def test_rows_are_counted_when_somebody_asks(
    db: Database, database_url: str, clock: FakeClock
) -> None:
    """Backlog, age of the oldest, alerts, mails and sources: what an operator draws curves of."""
    late = START - timedelta(minutes=3)
    with db.write() as session:
        for name in ("1", "2"):
            known = {"name": name, "name_key": name, "first_seen_at": START}
            session.add(Customer(member_id=name, next_review_at=late, **known))
        alert = {"severity": Severity.HIGH, "fingerprint": "", "opened_at": START}
        session.add(Alert(key="a", rule="unpaid", state=AlertState.OPEN, **alert))
        session.add(Alert(key="b", rule="unpaid", state=AlertState.RESOLVED, **alert))
        record_failure(session, "hermes", START, "it is down")
        source_row(session, "hermes").paused_until = START + timedelta(hours=1)
    add_mail(db, "1", MailState.QUEUED, START + timedelta(hours=1))
    add_mail(db, "2", MailState.PARKED, None)
    add_mail(db, "3", MailState.SENT, None)
    seen = scrape(database_url, clock)
    assert seen["orderwatch_database_up"] == 1
    assert seen['orderwatch_backlog_rows{job="review-orders"}'] == 2
    assert seen['orderwatch_oldest_due_seconds{job="review-orders"}'] == 180
    assert seen['orderwatch_oldest_due_seconds{job="deliver-mail"}'] == 0
    assert seen['orderwatch_alerts_open{severity="high"}'] == 1
    assert seen['orderwatch_mails{state="queued"}'] == 1
    assert seen['orderwatch_mails{state="parked"}'] == 1
    assert seen['orderwatch_source_failures{source="hermes"}'] == 1
    assert seen['orderwatch_source_paused{source="hermes"}'] == 1
    assert "orderwatch_heartbeat_age_seconds" not in seen
    assert seen["process_resident_memory_bytes"] > 0


def test_without_a_database_the_page_says_so(sqlite_url: str, clock: FakeClock) -> None:
    """A scrape is an answer even then."""
    mine = house(sqlite_url, None)
    jobs = make_jobs(mine)
    away = Database(f"{sqlite_url}/nowhere")
    page = page_of(make_registry(RowMetrics(away, clock, jobs)))
    assert values(page()[1].decode())["orderwatch_database_up"] == 0
    away.close()


def test_a_running_program_shows_itself(sqlite_url: str) -> None:
    """Messages are counted, health is told; only loopback is listened on."""
    port = free_port()
    db = Database(sqlite_url)
    with running(
        Service(house(sqlite_url, None, METRICS_PORT=str(port)), scheduler=True, worker=True)
    ):
        wait_for_beat(db)
        page = httpx2.get(f"http://127.0.0.1:{port}/metrics")
        health = httpx2.get(f"http://127.0.0.1:{port}/health")
        other = httpx2.get(f"http://127.0.0.1:{port}/secrets")
    labels = '{actor_name="heartbeat",queue_name="orderwatch"}'
    assert values(page.text)[f"dramatiq_messages_total{labels}"] >= 1
    assert "orderwatch_heartbeat_age_seconds" in values(page.text)
    assert (health.status_code, health.json()) == (200, {"ok": True, "reason": None})
    assert other.status_code == 404
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"http://127.0.0.1:{port}/metrics")
    db.close()


def test_a_dead_loop_is_503() -> None:
    """A monitor that looks at the status alone sees it."""
    monitor = Monitor(free_port(), lambda: ("text/plain", b""), lambda: "no worker takes it up")
    monitor.start()
    answer = httpx2.get(f"http://127.0.0.1:{monitor.port}/health")
    monitor.stop()
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "reason": "no worker takes it up"}


def test_a_port_that_is_taken_is_told() -> None:
    """Two processes with one setting: the second says in a line what would be right."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port} can't be used"):
            Monitor(port, lambda: ("", b""), lambda: None)
