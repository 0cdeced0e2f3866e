"""Builders of customers, orders and parcels for the checks' tests. October 2026 is "now"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from models.domain.families import family_of
from models.domain.months import PvMonth
from models.domain.values import (
    CarrierName,
    CustomerFacts,
    Finding,
    OrderFacts,
    OrderLine,
    Parcel,
    ParcelState,
)
from models.domain.workdays import Workdays
from tasks.checks.judge import judge
from tasks.checks.thresholds import DEFAULT_THRESHOLDS, Thresholds

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAYS = Workdays(None)
ANNA = CustomerFacts("1234567", "Muster, Anna")


def local(text: str) -> datetime:
    """A Berlin wall clock time such as `2026-10-05 09:00`, as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def customer(**facts: Any) -> CustomerFacts:
    """Anna, with something else known of her."""
    return CustomerFacts(**{"member_id": "1234567", "name": "Muster, Anna", **facts})


def order(
    number: int | str, day: str, source: str = "AS", pv: str = "60", **facts: Any
) -> OrderFacts:
    """A paid, shipped order; the PV month is the date's unless told."""
    placed = date.fromisoformat(day)
    month = facts.pop("month", None)
    return OrderFacts(
        **{
            "number": str(number),
            "customer_id": "1234567",
            "order_date": placed,
            "pv_month": PvMonth.parse(month) if month else PvMonth.of(placed),
            "source": source,
            "family": family_of(source),
            "pv": Decimal(pv),
            "ship_date": placed,
            **facts,
        }
    )


def basket(**quantities: int) -> tuple[OrderLine, ...]:
    """Order lines by item, such as `basket(lemon=2)`."""
    return tuple(OrderLine(item, quantity) for item, quantity in quantities.items())


def parcel(state: ParcelState | None, **facts: Any) -> Parcel:
    """A Hermes parcel of order 200; it was scanned on Monday 5 October 2026 at noon."""
    seen = local("2026-10-05 12:00")
    return Parcel(
        **{
            "number": "12345678901237",
            "carrier": CarrierName.HERMES,
            "order_number": "200",
            "state": state,
            "first_seen_at": seen,
            "last_event_at": seen,
            "state_since": seen,
            **facts,
        }
    )


def found(
    now: str,
    orders: Sequence[OrderFacts] = (),
    parcels: Sequence[Parcel] = (),
    *,
    who: CustomerFacts = ANNA,
    limits: Thresholds = DEFAULT_THRESHOLDS,
    **known: Any,
) -> dict[str, Finding]:
    """What `judge` finds at a Berlin wall clock time, by key."""
    findings = judge(who, orders, parcels, local(now), BERLIN, WORKDAYS, limits, **known)
    assert len({f.key for f in findings}) == len(findings)
    return {finding.key: finding for finding in findings}


def rules(findings: dict[str, Finding]) -> set[str]:
    """The names of the rules that found something."""
    return {finding.rule for finding in findings.values()}
