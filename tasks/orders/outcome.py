"""What a sync's end means: a baseline reached, an outage begun or over, pages broken or mended."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.sources import record_failure, record_success
from models.system_alerts import close_system_alert, open_system_alert
from tasks.orders.drift import note_good_pages, report_breach
from tasks.orders.guard import PageTally
from tasks.orders.redaction import redact_page
from tasks.ports import LoginCodeWanted, LoginRefused, PageChanged, SourceError, SourceRefused
from tasks.refusal import pause_source

#: One failure may be a hiccup; from this many in a row the operator hears of it.
FAILURES_TO_REPORT = 3

#: A site that wants to be left alone for longer than this is reported at once.
LONG = timedelta(hours=1)


def sync_succeeded(session: Session, name: str, now: datetime) -> None:
    """The source is well; the first complete sync is the baseline."""
    source = record_success(session, name, now)
    source.baseline_at = source.baseline_at or now
    source.paused_until = None
    close_system_alert(session, "sync-failing", name, now)


def sync_failed(
    session: Session, name: str, error: SourceError, pause: timedelta, now: datetime
) -> None:
    """Count the failure; report at once what waiting will not mend, the rest when it lasts.

    A page that has changed is reported as such (`pages_seen`). A site that refuses us is left
    alone, at first for `pause`.
    """
    source = record_failure(session, name, now, str(error))
    if isinstance(error, SourceRefused):
        pause_source(session, name, error, pause, now)
    if isinstance(error, PageChanged):
        return
    if _will_last(error) or source.failures >= FAILURES_TO_REPORT:
        open_system_alert(session, "sync-failing", name, str(error), now)


def _will_last(error: SourceError) -> bool:
    """Whether it takes a human, or hours."""
    if isinstance(error, SourceRefused):
        return error.retry_after is None or error.retry_after >= LONG.total_seconds()
    return isinstance(error, LoginRefused | LoginCodeWanted)


def pages_seen(
    session: Session, name: str, tally: PageTally, words: Collection[str], now: datetime
) -> None:
    """Report the kinds of pages that were broken, close what is mended."""
    for errors in tally.broken.values():
        newest = errors[-1]
        report_breach(session, name, newest, redact_page(newest.sample, words), now)
    note_good_pages(session, name, tally.mended, now)
