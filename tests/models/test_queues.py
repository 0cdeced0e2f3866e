"""The queues: a tick looks into an index of what is open, however much is done."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from models.domain.values import CarrierName
from models.queue import Queue
from models.queues import COPIES, DELIVERIES, NOTICES, POLLS, REVIEWS, slots_of
from models.session import Database
from models.shipment import Shipment
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
