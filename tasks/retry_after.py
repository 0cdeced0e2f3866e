"""What a server's `Retry-After` says, in either form of the standard (RFC 9110, 10.2.3). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER_SECONDS = 86_400.0
"""Nobody is obeyed for longer than a day: the next day's first request asks again."""


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds to wait, from a number of seconds or an HTTP date; None = not readable.

    `now` (aware UTC) is what a date is measured from.
    """
    if header is None:
        return None
    value = header.strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        until = parsedate_to_datetime(value)
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        seconds = (until - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
