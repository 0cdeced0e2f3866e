"""A day as the user types it."""

from __future__ import annotations

from datetime import date

from worker.cli.cards import plain
from worker.cli.output import WrongUse


def read_day(option: str, text: str) -> date:
    """The day of `option`'s value, `2026-11-30`. Raises WrongUse."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise WrongUse(
            f"{option} {plain(text)!r} is no date; YYYY-MM-DD such as 2026-11-30 would be right"
        ) from None
