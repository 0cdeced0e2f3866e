"""What a sync's end means: a baseline reached, an outage begun or over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from models.sources import record_failure, record_success
from models.system_alerts import close_system_alert, open_system_alert
from tasks.ports import LoginCodeWanted, LoginRefused, PageChanged, SourceError

#: One failure may be a hiccup; from this many in a row the operator hears of it.
FAILURES_TO_REPORT = 3


def sync_succeeded(session: Session, name: str, now: datetime) -> None:
    """The source is well; the first complete sync is the baseline."""
    source = record_success(session, name, now)
    source.baseline_at = source.baseline_at or now
    close_system_alert(session, "sync-failing", name, now)
    close_system_alert(session, "source-changed", name, now)


def sync_failed(session: Session, name: str, error: SourceError, now: datetime) -> None:
    """Count the failure; report at once what waiting will not mend, the rest when it lasts."""
    source = record_failure(session, name, now, str(error))
    if isinstance(error, PageChanged):
        open_system_alert(session, "source-changed", name, str(error), now, page=error.page)
    elif isinstance(error, LoginRefused | LoginCodeWanted) or source.failures >= FAILURES_TO_REPORT:
        open_system_alert(session, "sync-failing", name, str(error), now)
