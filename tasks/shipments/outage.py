"""What a carrier's refusals do to the whole source: pauses, and one alert per outage."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.finding_facts import utc_text
from models.politeness import is_paused
from models.sources import record_failure, record_success, source_row
from models.system_alerts import close_system_alert, open_system_alert
from tasks.ports import CarrierBlocked, CarrierBusy, CarrierError

BLOCKED_PAUSE = timedelta(hours=6)
BUSY_PAUSE = timedelta(minutes=15)
FIRST_PAUSE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=15)
"""An outage is probed by one request, so that parcels on tour are current soon after it."""

#: A hiccup is not worth an alert; so many failed batches in a row are.
FAILURES_TO_REPORT = 3


def pause_after(error: CarrierError, failures: int) -> timedelta:
    """For how long nobody asks, after the given number of failures in a row."""
    if isinstance(error, CarrierBlocked):
        return BLOCKED_PAUSE
    said = timedelta(seconds=max(error.retry_after or 0, 1))
    if isinstance(error, CarrierBusy):
        return BUSY_PAUSE if error.retry_after is None else said
    doubled: timedelta = FIRST_PAUSE * 2 ** min(max(failures - 1, 0), 10)
    return max(said, min(doubled, LONGEST_PAUSE))


def carrier_failed(session: Session, name: str, error: CarrierError, now: datetime) -> datetime:
    """Pause the source; report what lasts. Returns when it may be asked again (UTC)."""
    source = record_failure(session, name, now, str(error))
    source.paused_until = now + pause_after(error, source.failures)
    if isinstance(error, CarrierBlocked) or source.failures >= FAILURES_TO_REPORT:
        since = utc_text(source.failing_since)
        open_system_alert(session, "tracking-unavailable", name, str(error), now, since=since)
    return source.paused_until


def carrier_answered(session: Session, name: str, now: datetime, *, probed: bool) -> None:
    """The carrier is well; an outage that was reported is over.

    While another process has paused it, only a probe's answer counts: others are older news.
    """
    if not probed and is_paused(source_row(session, name), now):
        return
    source = record_success(session, name, now)
    source.paused_until = None
    close_system_alert(session, "tracking-unavailable", name, now)
