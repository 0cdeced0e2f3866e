"""How a finding about an order, a customer's month or a parcel is made: its key and facts. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime

from models.domain.alerting import LAPSES_AT
from models.domain.months import PvMonth
from models.domain.values import Finding, OrderFacts, Parcel, Severity
from tasks.checks.situation import Situation

Detail = str | int | bool | None


def about_order(
    now: Situation,
    rule: str,
    severity: Severity,
    order: OrderFacts,
    *,
    until: date | None,
    deadline: datetime | None = None,
    **details: Detail,
) -> Finding:
    """A finding that stands on one order; it ends by itself when the local day `until` begins."""
    return Finding(
        rule=rule,
        severity=severity,
        key=f"{rule}:{order.number}",
        customer_id=order.customer_id or now.customer.member_id,
        order=order.number,
        month=order.pv_month,
        deadline=deadline,
        details=details | _lapse(now.start_of(until) if until else None),
    )


def about_month(
    now: Situation,
    rule: str,
    severity: Severity,
    month: PvMonth,
    *,
    until: date,
    deadline: datetime | None = None,
    **details: Detail,
) -> Finding:
    """A finding about the customer in one PV month; it ends when the local day `until` begins.

    The owner of a saved order history may have no number; she is "owner" in the key.
    """
    member = now.customer.member_id
    return Finding(
        rule=rule,
        severity=severity,
        key=f"{rule}:{member or 'owner'}:{month}",
        customer_id=member,
        month=month,
        deadline=deadline,
        details=details | _lapse(now.start_of(until)),
    )


def about_parcel(
    now: Situation,
    rule: str,
    severity: Severity,
    parcel: Parcel,
    *,
    since: datetime,
    until: datetime | None = None,
    deadline: datetime | None = None,
    **details: Detail,
) -> Finding:
    """A finding that stands on one parcel, in its state `since`; it ends at `until` (UTC).

    A box may hold the orders of several customers: each has a finding of her own.
    """
    member = now.customer.member_id
    facts: dict[str, Detail] = {
        "carrier": parcel.carrier,
        "stop": parcel.stop,
        "since": now.local_day(since).isoformat(),
    }
    return Finding(
        rule=rule,
        severity=severity,
        key=f"{rule}:{member or 'owner'}:{parcel.number}",
        customer_id=member,
        order=parcel.order_number,
        shipment=parcel.number,
        deadline=deadline,
        details=facts | details | _lapse(until),
    )


def _lapse(until: datetime | None) -> dict[str, Detail]:
    return {LAPSES_AT: until.astimezone(UTC).isoformat()} if until else {}
