"""A day as the user types it."""

from __future__ import annotations

import re
from datetime import date

from worker.cli.cards import plain
from worker.cli.output import WrongUse

_GERMAN = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})")


def read_day(option: str, text: str) -> date:
    """The day of `option`'s value, `2026-11-30` or `30.11.2026`. Raises WrongUse."""
    german = _GERMAN.fullmatch(text.strip())
    try:
        if german:
            return date(int(german["year"]), int(german["month"]), int(german["day"]))
        return date.fromisoformat(text.strip())
    except ValueError:
        raise WrongUse(
            f"{option} {plain(text)!r} is no date; YYYY-MM-DD such as 2026-11-30, or 30.11.2026, "
            "would be right"
        ) from None
