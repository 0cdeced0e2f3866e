"""A row that kills its process, again and again: it is parked, and the others are done."""

from __future__ import annotations

import subprocess
import sys

from sqlalchemy import select

from models.alert import Alert
from models.customer import Customer
from models.session import Database
from tests.models.rows import add_customer
from tests.services.clock import START
from tests.worker.poisoned import LEASE

ROWS = 30


def test_a_row_that_kills_its_worker_parks_alone(db: Database, database_url: str) -> None:
    """Its crashes are counted, its neighbours of the same batch are none the worse for it."""
    with db.write() as session:
        due = {"next_review_at": START}
        rows = [add_customer(session, START, member_id=str(n), **due).id for n in range(ROWS)]
    poison = rows[ROWS // 2]
    crashes = 0
    command = [sys.executable, "-m", "tests.worker.poisoned", database_url, str(poison)]
    for _ in range(LEASE.max_attempts + 2):  # as a restart policy does
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode == 0:
            break
        assert ended.returncode == 9, ended.stderr
        crashes += 1
    assert crashes == LEASE.max_attempts
    with db.read() as session:
        customers = session.scalars(select(Customer)).all()
        (alert,) = session.scalars(select(Alert))
    parked = [customer for customer in customers if customer.parked_at is not None]
    assert [customer.id for customer in parked] == [poison]
    assert "died" in (parked[0].error or "")
    assert all(c.next_review_at is None and c.attempts == 0 for c in customers if c not in parked)
    assert alert.rule == "job-parked"
    assert f" {poison}:" in alert.details["detail"]
