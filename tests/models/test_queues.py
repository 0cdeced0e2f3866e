"""The queues: a tick looks into an index of what is open, however much is done."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.alert import Alert
from models.claims import make_due
from models.customer import Customer
from models.domain.values import CarrierName, Severity
from models.finding_facts import finding_facts
from models.queue import Queue
from models.queues import COPIES, DELIVERIES, NOTICES, POLLS, REVIEWS, slots_of
from models.session import Database
from models.shipment import Shipment
from tests.models.rows import add_customer
from tests.services.clock import START

HERMES = Queue(Shipment, Shipment.next_poll_at, (Shipment.carrier == CarrierName.HERMES,))
QUEUES = {
    "polls": POLLS, "polls of a carrier": HERMES, "reviews": REVIEWS, "notices": NOTICES,
    "copies": COPIES, "deliveries": DELIVERIES, "slots": slots_of("housekeeping"),
}  # fmt: skip


def plan_of(session: Session, queue: Queue) -> str:
    """How the database looks whether something is due."""
    query = queue.due_ids(START).limit(1)
    words = str(query.compile(session.connection(), compile_kwargs={"literal_binds": True}))
    if session.get_bind().dialect.name == "postgresql":
        # So small a table is read at once; the question is whether it need not be.
        session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
        return "\n".join(session.scalars(text(f"EXPLAIN {words}")))
    return "\n".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {words}")))


@pytest.mark.parametrize("name", QUEUES)
def test_whether_something_is_due_is_read_from_an_index(db: Database, name: str) -> None:
    """A second is short: no table is read and nothing is sorted to find that nothing is due."""
    index = f"ix_{QUEUES[name].model.__tablename__}_{QUEUES[name].due.key}"
    with db.read() as session:
        plan = plan_of(session, QUEUES[name])
    assert re.search(rf"SEARCH .* INDEX {index} |Index (Only )?Scan using {index} ", plan), plan
    assert not re.search(r"Sort|TEMP B-TREE", plan), plan


def test_a_list_of_any_length_can_be_named(db: Database) -> None:
    """A sync that changes everybody, and all alerts of years: databases bound one statement."""
    with db.write() as session:
        row = add_customer(session, START).id
        make_due(session, REVIEWS, range(row, row + 66_000), START)
    with db.read() as session:
        assert session.get_one(Customer, row).next_review_at == START
        alert = {"severity": Severity.LOW, "opened_at": START, "details": {}}
        alerts = [Alert(order_id=n, **alert) for n in range(66_000)]
        assert len(finding_facts(session, alerts)) == 66_000
