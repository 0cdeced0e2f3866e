"""How long things are kept, and how many rows are forgotten at a time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

#: Rows of one transaction, so that nobody waits for long.
MOST_AT_ONCE = 500
#: Orders of one transaction: some twenty rows hang on each.
ORDERS_AT_ONCE = 50


@dataclass(frozen=True)
class Limits:
    """How long things are kept (domain.md, "Personal data")."""

    history: timedelta
    tracking: timedelta
    invoices: timedelta
    mails: timedelta = timedelta(days=90)
    samples: timedelta = timedelta(days=30)
    orders_months: int = 24
