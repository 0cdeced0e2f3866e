"""A case's facts: its order, its steps, and all that is known of its customer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal

from models.domain.values import CaseStep, OrderFacts, Parcel
from models.domain.workdays import Workdays


@dataclass(frozen=True, slots=True)
class CaseLimits:
    """The numbers of a case: working days, calendar days, PV, share of a basket."""

    credit_working_days: int = 10
    cancel_working_days: int = 3
    long_days: int = 21
    keeping_pv: Decimal = Decimal(1)
    similarity: Decimal = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was made: when (aware UTC), and what shows it; `seen` or ticked by the user."""

    at: datetime
    by: str | None = None
    seen: bool = True


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case with its order, and all that is known of its customer.

    `known` are the steps that are stored, `orders` all of hers, `parcels` those of the order.
    `credit` is what shows that the order was taken back; `reorder_due` says that a loyalty order
    was expected in its place. `restored_at` is when a backup was restored last (aware UTC).
    """

    order: OrderFacts
    opened_at: datetime
    known: Mapping[CaseStep, Step]
    orders: Sequence[OrderFacts]
    parcels: Sequence[Parcel]
    credit: Step | None
    reorder_due: bool
    tz: tzinfo
    workdays: Workdays
    limits: CaseLimits = CaseLimits()
    restored_at: datetime | None = None

    def day(self, moment: datetime) -> date:
        """The local calendar day of an aware time."""
        return moment.astimezone(self.tz).date()

    def start_of(self, day: date) -> datetime:
        """The first moment of a local day, aware UTC."""
        return datetime.combine(day, time.min, self.tz).astimezone(UTC)
