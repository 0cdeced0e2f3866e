"""What a page or file that no longer looks as expected leaves behind: a sample and one alert."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from models.page import any_broken, keep_sample, mend_pages
from models.system_alerts import close_system_alert, open_system_alert
from tasks.ports import PageChanged

RULE = "source-changed"


def report_breach(
    session: Session, source: str, error: PageChanged, redacted: str, now: datetime
) -> None:
    """Keep the redacted input, and tell the operator unless she knows of this source already."""
    keep_sample(session, source, error.page, error.missing, redacted, now)
    open_system_alert(session, RULE, source, str(error), now, page=error.page)


def note_good_pages(session: Session, source: str, pages: Collection[str], now: datetime) -> None:
    """Pages of these kinds were read well; the alert ends when no kind is broken any more."""
    mend_pages(session, source, pages, now)
    if not any_broken(session, source):
        close_system_alert(session, RULE, source, now)
