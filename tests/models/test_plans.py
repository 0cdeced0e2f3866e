"""What works each second, each day and by hand looks into indexes, however much has piled up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from models.domain.values import MailKind
from models.queues import ALL_QUEUES
from models.session import Database
from models.setback import ahead_by
from tasks.alerts.few import full_until, is_gathering
from tasks.alerts.summary import summary_is_due
from tests.bench.history import analyze, grow
from tests.bench.review import NOW
from tests.bench.site import WORKS, Site
from tests.bench.tick import running
from tests.mail.samples import IDENTITY
from worker.cli.case_views import OPEN, case_views
from worker.cli.invoice_views import invoice_views
from worker.cli.mail_views import mail_views
from worker.cli.shipment_views import shipment_card, shipment_views

#: Tables that grow with every order.
LARGE = "orders|order_lines|shipments|shipment_events|mails|alerts|customers|invoices"

#: What else is looked at, by the program each second or by hand.
LOOKS: dict[str, Callable[[Session], object]] = {
    "gathering": lambda session: is_gathering(session, NOW),
    "summary_due": lambda session: summary_is_due(session, NOW),
    "mails_of_an_hour": lambda session: full_until(session, MailKind.ALERT, 6, NOW),
    "shipments_list": lambda session: shipment_views(session, limit=500),
    "shipments_show": lambda session: shipment_card(session, "H3", "Europe/Berlin"),
    "cases_list": lambda session: case_views(session, OPEN),
    "mail_list": lambda session: mail_views(session, IDENTITY),
    "invoices_list": lambda session: invoice_views(session, limit=500),
    "backlog": lambda session: [queue.next_due_at(session) for queue in ALL_QUEUES],
    "clock": lambda session: ahead_by(session, NOW),
}

#: What may read such a table or a whole index of it: once a day, by hand, or until it has enough.
READS_ALL = {
    "orders_list": r"ORDER BY orders\.order_date DESC, orders\.id DESC LIMIT",
    "invoices_list": r"ORDER BY orders\.order_date DESC, orders\.number DESC LIMIT",
    "shipments_list": r"ORDER BY shipments\.id DESC LIMIT",
    "mail_list": r"ORDER BY mails\.id DESC LIMIT",
    "customers_find": r"FROM customers WHERE .* LIKE",
    "digest": r"SELECT orders\.id, .* orders\.first_seen_at > ",
    "housekeeping": r"FROM invoices WHERE invoices\.pdf|FROM mails WHERE mails\.state IN"
    r"|FROM shipments? .*coalesce\(shipments\.last_event_at|FROM ledger_entries",
    "status": r"SELECT mails\.state, count",
}


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """Some thousand old orders, and a few that are open."""
    with running(database_url, NOW) as (house, runner):
        grow(house.db, 3_000, whole=True)
        found = Site(house, runner)
        found.begin()
        analyze(house.db)
        yield found


@pytest.mark.parametrize("name", [*WORKS, *LOOKS])
def test_no_large_table_is_read_from_end_to_end(site: Site, name: str) -> None:
    """Only what is open or asked for is read, as far as an index can find it."""
    statements: dict[str, Any] = {}

    def note(*words: Any) -> None:
        statements[words[2]] = words[3]

    if name in WORKS:
        WORKS[name](site)  # what it does only the first time is another matter
    event.listen(site.db.engine, "before_cursor_execute", note)
    if name in WORKS:
        WORKS[name](site)
    else:
        with site.db.read() as session:
            LOOKS[name](session)
    event.remove(site.db.engine, "before_cursor_execute", note)
    assert statements
    for statement, values in statements.items():
        words = " ".join(statement.split())
        if re.match("SELECT|UPDATE|DELETE", words) and not _allowed(name, words):
            plan = plan_of(site.db, statement, values)
            assert not reads_all(plan, words), f"{words}\n{plan}"


def _allowed(name: str, words: str) -> bool:
    return name in READS_ALL and re.search(READS_ALL[name], words) is not None


def reads_all(plan: str, words: str) -> bool:
    """Whether a large table, or a whole index of it, is read from end to end."""
    # SQLite calls it a search, too, when nearly all rows have none of what is looked for.
    nobody = "claim_token IS NULL" in words and "claim_token (claim_token=?)" in plan
    scans = rf"^SCAN ({LARGE})\b(?!.*ORDER)|Seq Scan on ({LARGE})\b"
    return nobody or re.search(scans, plan, re.MULTILINE) is not None


def plan_of(db: Database, statement: str, values: Any) -> str:
    """How the database goes about it; PostgreSQL reads small tables at once unless it is told."""
    with db.read() as session:
        connection = session.connection()
        if db.is_sqlite:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", _one(values))
            return "\n".join(row[-1] for row in found)
        session.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(
            row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", _one(values))
        )


def _one(values: Any) -> Any:
    """Of many rows' values the first."""
    return values[0] if isinstance(values, list) else values
