"""`orderwatch status` and `db`: one screen that can be trusted."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from models.domain.values import MailState, ParcelState
from models.heartbeat import Heartbeat
from models.source import Source
from tests.cli.rows import EARLIER, NOW, Cli, Rows


@pytest.fixture
def beating(rows: Rows) -> None:
    """The program runs: its heart has just beaten."""
    with rows.db.write() as session:
        session.add(Heartbeat(id=1, last_beat_at=NOW))


def test_an_empty_house_is_not_running_yet(cli: Cli) -> None:
    """On the first day nothing was read yet; that nothing runs is what `health` says, too."""
    view = cli("status", "--json").json
    assert (view["last_sync"], view["backlog"], view["shipments"]) == (None, 0, {})
    assert view["health"] in cli("health").refused(1)
    assert "never" in cli("status").out


def test_a_house_that_runs_is_well(cli: Cli, beating: None) -> None:
    """`status` and `health` tell one truth, and `jobs list` knows the heartbeat."""
    assert cli("status", "--json").json["health"] == "ok"
    assert cli("health").code == 0
    (beat,) = [row for row in cli("jobs", "list", "--json").json if row["name"] == "heartbeat"]
    assert beat["last_run"]["finished_at"] == "2026-10-22T10:00:00Z"
    assert beat["next_run_at"] == "2026-10-22T10:01:00Z"


def test_it_counts_by_state(cli: Cli, rows: Rows) -> None:
    """Open parcels, standing alerts, mails and due rows are counted; what is over is not open."""
    anna = rows.customer(next_review_at=EARLIER)
    order = rows.order(anna, "1")
    rows.parcel(order, "1000", state=ParcelState.DELIVERED)
    rows.parcel(order, "1001", state=ParcelState.IN_TRANSIT, next_poll_at=EARLIER)
    rows.parcel(order, "1002", next_poll_at=NOW + timedelta(hours=1))
    rows.parcel(order, "1003")  # nobody asks about it any more
    rows.alert("unpaid", anna)
    rows.mail()
    rows.mail(key="2", state=MailState.SENT, next_attempt_at=None)
    with rows.db.write() as session:
        session.add(Source(name="import", last_ok_at=EARLIER))
        session.add(Source(name="smtp", last_ok_at=NOW))
    view = cli("status", "--json").json
    assert view["last_sync"] == "2026-10-20T08:00:00Z"
    assert view["shipments"] == {"in_transit": 1, "not_known_yet": 1}
    assert view["alerts"] == {"open": 1, "acked": 0, "snoozed": 0}
    assert view["mail"] == {"queued": 1, "sending": 0, "sent": 1, "parked": 0, "cancelled": 0}
    due = {name: count for name, count in view["due"].items() if count}
    assert due == {"poll-shipments": 1, "review-orders": 1, "send-alerts": 1, "deliver-mail": 1}


def test_health_says_what_is_wrong(cli: Cli, rows: Rows, beating: None) -> None:
    """A failing sync, an open system alert and a parked mail are each a reason; times are local."""
    rows.mail(state=MailState.PARKED)
    rows.alert("mail-failing")
    with rows.db.write() as session:
        session.add(Source(name="backoffice", failures=3, failing_since=EARLIER))
    health = cli("status", "--json").json["health"]
    assert health == (
        "reading backoffice fails since 2026-10-20T08:00:00Z; "
        "open system alerts: mail-failing; 1 parked mail"
    )
    shown = health.replace("2026-10-20T08:00:00Z", "2026-10-20 10:00")
    assert shown in " ".join(cli("status").out.split())


def test_upgrade_makes_the_database(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder and the tables are there after it, and a second time changes nothing."""
    path = tmp_path / "new" / "orders.db"
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", f"sqlite:///{path}")
    assert cli("db", "upgrade").code == 0
    assert cli("db", "upgrade").code == 0
    connection = sqlite3.connect(path)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert {"orders", "alerts", "mails"} <= tables
