"""The rules on parcels (R16): what has gone wrong, and when silence is a state too. Pure.

How bad a carrier's news is comes with its status code; where that says nothing, the rule's own
severity holds.

Parcels of cancelled orders are the case's business; those of accepted orders are reported, since
"fine as it is" was said of the order. A parcel's news holds until it moves on. That a parcel goes
back is what an open case of its order wants: then it is for the digest only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from models.domain.credits import WENT_BACK
from models.domain.tracking import hermes_check_digit_ok
from models.domain.values import Finding, Parcel, ParcelState, Problem, Severity
from tasks.checks.findings import about_parcel
from tasks.checks.situation import Situation

_STATE_RULES: Mapping[ParcelState, tuple[str, Severity]] = {
    ParcelState.DELIVERY_FAILED: ("delivery-failed", Severity.MEDIUM),
    ParcelState.EXCEPTION: ("parcel-exception", Severity.HIGH),
    ParcelState.RETURNING: ("parcel-returning", Severity.HIGH),
}
#: On the way, so a scan is due; after a status of unknown meaning too.
_MOVING = frozenset({ParcelState.IN_TRANSIT, ParcelState.OUT_FOR_DELIVERY, ParcelState.UNKNOWN})
_AWAITED = _MOVING | {ParcelState.ANNOUNCED}
_SEVERITIES = {
    Problem.LOW: Severity.LOW,
    Problem.MEDIUM: Severity.MEDIUM,
    Problem.HIGH: Severity.HIGH,
}


def watched_parcels(now: Situation) -> tuple[Parcel, ...]:
    """The parcels that may carry a finding: all but those of cancelled orders."""
    cancelled = {order.number for order in now.orders if order.cancelled}
    return tuple(parcel for parcel in now.parcels if parcel.order_number not in cancelled)


def parcel_trouble(now: Situation) -> Iterator[Finding]:
    """`delivery-failed`, `parcel-exception`, `parcel-returning`: the state itself is the news."""
    for parcel in watched_parcels(now):
        found = _STATE_RULES.get(parcel.state) if parcel.state else None
        if found is not None:
            rule, severity = found
            yield about_parcel(
                now, rule, _urgency(now, parcel, severity), parcel, since=_since(parcel)
            )


def parcel_returned(now: Situation) -> Iterator[Finding]:
    """`parcel-returned`: back at the sender; news for 14 days.

    Silent when it came back before it was first seen, for an order that is the past.
    """
    past = {order.number for order in now.orders if now.past(order)}
    for parcel in watched_parcels(now):
        if parcel.state is not ParcelState.RETURNED or now.now >= returned_until(now, parcel):
            continue
        if parcel.order_number not in past or _returned_at(parcel) >= parcel.first_seen_at:
            yield about_parcel(
                now,
                "parcel-returned",
                _urgency(now, parcel, Severity.HIGH),
                parcel,
                since=_returned_at(parcel),
                until=returned_until(now, parcel),
            )


def parcel_stuck(now: Situation) -> Iterator[Finding]:
    """`parcel-stuck`: on the way, and no scan for 3 full working days."""
    for parcel in watched_parcels(now):
        if parcel.state in _MOVING:
            scanned = now.local_day(_last_sign(parcel))
            days = now.workdays.workdays_between(scanned, now.today)
            if days >= now.limits.stuck_working_days:
                yield _silent(now, "parcel-stuck", parcel, days, scanned)


def parcel_not_handed_over(now: Situation) -> Iterator[Finding]:
    """`parcel-not-handed-over`: announced, and no scan for 2 full working days."""
    for parcel in watched_parcels(now):
        if parcel.state is ParcelState.ANNOUNCED:
            announced = now.local_day(parcel.state_since or _last_sign(parcel))
            days = now.workdays.workdays_between(announced, now.today)
            if days >= now.limits.not_handed_over_working_days:
                yield _silent(now, "parcel-not-handed-over", parcel, days, announced)


def parcel_overdue(now: Situation) -> Iterator[Finding]:
    """`parcel-overdue`: its delivery window is past, with some hours of grace."""
    for parcel in watched_parcels(now):
        late_from = overdue_from(now, parcel)
        if parcel.state in _AWAITED and late_from is not None and now.now >= late_from:
            expected = now.local_day(late_from - _grace(now)).isoformat()
            yield about_parcel(
                now,
                "parcel-overdue",
                Severity.LOW,
                parcel,
                since=_since(parcel),
                expected_on=expected,
            )


def pickup_expiring(now: Situation) -> Iterator[Finding]:
    """`pickup-expiring`: waits in a shop for 5 days; kept 10 calendar days, then sent back."""
    for parcel in watched_parcels(now):
        if parcel.state is ParcelState.READY_FOR_PICKUP and now.now >= pickup_from(now, parcel):
            back = now.local_day(_since(parcel)) + timedelta(days=now.limits.pickup_kept_days)
            yield about_parcel(
                now,
                "pickup-expiring",
                Severity.MEDIUM,
                parcel,
                since=_since(parcel),
                deadline=now.end_of(back - timedelta(days=1)),
                sent_back_on=back.isoformat(),
                pickup_name=_place(parcel),
            )


def tracking_number_invalid(now: Situation) -> Iterator[Finding]:
    """`tracking-number-invalid`: its carrier refuses the number, or has not known it for days.

    News for 14 days. Silent once the order shows another number, and for orders of the past,
    whose parcels the carrier may have forgotten.
    """
    past = {order.number for order in now.orders if now.past(order)}
    parcels = watched_parcels(now)
    for parcel in parcels:
        if parcel.given_up is None or parcel.order_number in past or _replaced(parcel, parcels):
            continue
        until = number_news_until(now, parcel)
        if now.now < until:
            yield about_parcel(
                now,
                "tracking-number-invalid",
                Severity.MEDIUM,
                parcel,
                since=parcel.first_seen_at,
                until=until,
                reason=parcel.given_up,
                check_digit_wrong=hermes_check_digit_ok(parcel.number) is False,
            )


def number_news_until(now: Situation, parcel: Parcel) -> datetime:
    """When a number that led nowhere is no news any more, aware UTC."""
    return (parcel.asked_at or parcel.first_seen_at) + timedelta(days=now.limits.returned_days)


def _replaced(parcel: Parcel, others: tuple[Parcel, ...]) -> bool:
    """Whether its order has shown another number since."""
    return any(
        other.order_number == parcel.order_number and other.first_seen_at > parcel.first_seen_at
        for other in others
    )


def _place(parcel: Parcel) -> str | None:
    """Where it waits, in one line."""
    point = parcel.pickup_point
    if point is None:
        return None
    return ", ".join(filter(None, (point.name, point.street, f"{point.zip} {point.city}".strip())))


def returned_until(now: Situation, parcel: Parcel) -> datetime:
    """When a return is no news any more, aware UTC."""
    return _returned_at(parcel) + timedelta(days=now.limits.returned_days)


def overdue_from(now: Situation, parcel: Parcel) -> datetime | None:
    """When the parcel counts as late, aware UTC; None without a delivery window."""
    return parcel.expected_to + _grace(now) if parcel.expected_to else None


def pickup_from(now: Situation, parcel: Parcel) -> datetime:
    """When a parcel that waits in a shop has waited long, aware UTC."""
    return _since(parcel) + timedelta(days=now.limits.pickup_days)


def _grace(now: Situation) -> timedelta:
    return timedelta(hours=now.limits.overdue_hours)


def _since(parcel: Parcel) -> datetime:
    return parcel.state_since or parcel.last_event_at or parcel.first_seen_at


def _returned_at(parcel: Parcel) -> datetime:
    return parcel.last_event_at or _since(parcel)


def _last_sign(parcel: Parcel) -> datetime:
    return parcel.last_event_at or parcel.shipped_at or parcel.first_seen_at


def _urgency(now: Situation, parcel: Parcel, severity: Severity) -> Severity:
    if parcel.state in WENT_BACK and parcel.order_number in now.in_hand:
        return Severity.INFO
    return _SEVERITIES.get(parcel.problem, severity)


def _silent(now: Situation, rule: str, parcel: Parcel, days: int, since: date) -> Finding:
    return about_parcel(
        now,
        rule,
        Severity.MEDIUM,
        parcel,
        since=_since(parcel),
        working_days=days,
        silent_since=since.isoformat(),
    )
