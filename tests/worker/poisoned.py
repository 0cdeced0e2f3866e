"""A worker as a process of its own, in which one row ends the process: `… URL ROW`.

Stands for whatever no exception can catch: a crash in a library, a kill for its memory.
"""

from __future__ import annotations

import os
import sys
import threading
from datetime import timedelta

from models import claims
from models.claims import Lease
from models.queues import REVIEWS
from models.session import Database
from tasks.run import Counts, Run
from tasks.taking import take
from worker.clock import SystemClock
from worker.jobs import Job
from worker.runner import Runner

LEASE = Lease(timedelta(seconds=0.3), max_attempts=4)


def main() -> None:
    """Work until nothing is due any more."""
    db, clock, poison = Database(sys.argv[1]), SystemClock(), int(sys.argv[2])

    def work(run: Run) -> Counts:
        counts = Counts()
        while True:
            held = take(db, clock, REVIEWS, LEASE, 100)
            if not held.ids:
                return counts
            for row_id in held.ids:
                if row_id == poison:
                    os._exit(9)
            with db.write() as session:
                claims.finish(session, REVIEWS, held, held.ids, None)
            counts["done"] += len(held.ids)

    jobs = {"review-orders": Job("review-orders", work, REVIEWS)}
    runner = Runner(db, clock, jobs, LEASE, lambda job: None, threading.Event())
    while something_waits(db):
        runner.on_message("review-orders")
        clock.sleep(0.05)
    db.close()


def something_waits(db: Database) -> bool:
    """Whether a row is due now or later."""
    with db.read() as session:
        return REVIEWS.next_due_at(session) is not None


if __name__ == "__main__":
    main()
