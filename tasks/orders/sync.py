"""The job `sync-orders`: reads the back office, writes what is new, one step a customer.

Each step asks first and writes then, in one transaction. Killed in the middle, a sync has lost
nothing: a customer counts as read only when all of her was written; the next one does the rest.
One request at a time: the spacing, not the answers, is what a sync spends its time with, so that
more at a time would save nothing.
"""

from __future__ import annotations

import structlog

from models import claims
from models.queues import REVIEWS
from models.session import Database
from models.turns import keep_turn, take_turn
from tasks.orders.outcome import pages_seen, sync_failed, sync_succeeded
from tasks.orders.read_customers import read_customers
from tasks.orders.read_ledger import read_ledger
from tasks.orders.read_owner import read_owner
from tasks.orders.reading import Reading, SyncOptions
from tasks.ports import Clock, OrderSource, PageChanged, SourceError
from tasks.refusal import paused_until
from tasks.run import Counts, JobFailed, Run

log = structlog.get_logger()

SOURCE = "backoffice"


def sync_orders(
    db: Database, clock: Clock, source: OrderSource, options: SyncOptions, run: Run
) -> Reading:
    """Read what may have changed. Raises JobFailed when the source can't be read."""
    reading = Reading(db, clock, source, options, run, SOURCE)
    _begin(reading)
    try:
        complete = read_customers(reading) and read_owner(reading) and read_ledger(reading)
        reading.tally.check()
    except SourceError as error:
        if isinstance(error, PageChanged):
            reading.tally.note(error)
        with db.write() as session:
            sync_failed(session, SOURCE, error, options.refused_pause, clock.now())
        raise JobFailed(str(error), again=False) from error
    else:
        if complete:
            with db.write() as session:
                sync_succeeded(session, SOURCE, clock.now())
    finally:
        _end(reading)
    return reading


def sync_unless_paused(
    db: Database, clock: Clock, source: OrderSource, options: SyncOptions, run: Run
) -> Counts:
    """The scheduled reading: a site that has refused us is left alone until its pause is over."""
    with db.read() as session:
        until = paused_until(session, SOURCE, clock.now())
    if until is not None:
        log.info("the back office has refused us and is left alone", until=str(until))
        return Counts(paused=1)
    return sync_orders(db, clock, source, options, run).counts


def _begin(reading: Reading) -> None:
    with reading.db.write() as session:
        token = take_turn(session, SOURCE, reading.clock.now(), reading.options.turn)
    if token is None:
        raise JobFailed("another sync is reading the back office; try again when it has ended")
    reading.token = token


def _end(reading: Reading) -> None:
    """Let others read, report broken pages, have all that changed reviewed now, together."""
    now = reading.clock.now()
    with reading.db.write() as session:
        pages_seen(session, SOURCE, reading.tally, reading.options.words, now)
        claims.make_due(session, REVIEWS, reading.touched, now)
        keep_turn(session, SOURCE, reading.token, None)
