"""Reviews at once what the user told or had read, so that the next list shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.bootstrap import House


def review_now(house: House) -> None:
    """Review whoever is due in this process, as `sync` and `import` do, and look at the cases.

    A worker that takes the rows over meanwhile does the same work; nothing is lost.
    """
    from models.claims import ClaimLost
    from tasks.run import Run
    from worker.job_table import make_jobs

    try:
        jobs = make_jobs(house)
        for name in ("review-orders", "check-cases", "review-orders"):
            jobs[name].work(Run())
    except ClaimLost:
        return


def check_what_was_read(house: House) -> None:
    """After `sync` and `import`: review whoever is due, and queue the mails about it."""
    from tasks.alerts.watch import send_alerts
    from tasks.run import Run

    review_now(house)
    if house.desk is not None:
        alerting = house.alert_options(house.desk, summary_at_once=True)
        send_alerts(house.db, house.clock, alerting, Run())
