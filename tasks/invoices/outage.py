"""What the back office's failures mean for copies: how long they wait, and what it costs them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models import claims
from models.claims import Claim
from models.order import Invoice
from models.queues import COPIES
from models.session import Database
from models.source import Source
from models.sources import record_failure, record_success, source_row
from tasks.ports import (
    Clock,
    LoginCodeWanted,
    LoginRefused,
    PageChanged,
    SourceError,
    SourceRefused,
)
from tasks.refusal import pause_source, paused_until

SOURCE = "backoffice"

#: The pause after a refused invoice is one of invoices alone: the lists may be read well, and their
#: reading must not wait for a PDF.
INVOICES = "invoices"

#: How long all copies wait after the source could not be used: a hiccup is soon over; the longer
#: the source has been failing, the longer the wait; a refused login is not hammered.
FIRST_WAIT = timedelta(minutes=2)
LONGEST_WAIT = timedelta(minutes=30)


def put_back(
    db: Database,
    clock: Clock,
    pause: timedelta,
    held: Claim,
    left: tuple[int, ...],
    error: SourceError,
) -> None:
    """The first of `left` met `error`, the others were not tried.

    A refusal pauses all copies, at first for `pause`. An outage costs nobody an attempt; an
    invoice that can't be read costs it its own.
    """
    now = clock.now()
    with db.write() as session:
        source = source_row(session, SOURCE)
        again_at = now + _wait(source, error, now)
        if isinstance(error, SourceRefused):
            record_failure(session, INVOICES, now, str(error))
            paused = pause_source(session, INVOICES, error, pause, now)
            again_at = max(again_at, paused)
        ours = claims.still_held(session, COPIES, held) & set(left)
        if _is_its_own(error, source) and left[0] in ours:
            claims.fail(session, COPIES, held, left[0], now, str(error))
            ours -= {left[0]}
        claims.give_back(session, COPIES, held, ours, again_at)


def _is_its_own(error: SourceError, source: Source) -> bool:
    """Whether this invoice is the trouble: all else is read well."""
    refused_alone = isinstance(error, SourceRefused) and source.failures == 0
    return isinstance(error, PageChanged) or refused_alone


def _wait(source: Source, error: SourceError, now: datetime) -> timedelta:
    if isinstance(error, LoginRefused | LoginCodeWanted):
        return LONGEST_WAIT
    failing = now - (source.failing_since or now)
    return min(max(failing, FIRST_WAIT), LONGEST_WAIT)


def answered(session: Session, now: datetime) -> None:
    """Invoices are to be had again, if they were refused."""
    invoices = session.get(Source, INVOICES)
    if invoices is not None and invoices.failures:
        record_success(session, INVOICES, now).paused_until = None


def left_alone(db: Database, clock: Clock, held: Claim, invoice_id: int) -> bool:
    """Whether the back office has refused us; the copy is then due when its pause is over.

    One that was refused itself comes after the others then: it may be the only one.
    """
    now = clock.now()
    with db.write() as session:
        pauses = (paused_until(session, name, now) for name in (SOURCE, INVOICES))
        until = max(filter(None, pauses), default=None)
        if until is None:
            return False
        refused = session.get_one(Invoice, invoice_id).error is not None
        later = until + FIRST_WAIT if refused else until
        claims.give_back(session, COPIES, held, [invoice_id], later)
    return True
