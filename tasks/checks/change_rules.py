"""The rule that needs history: R17, an order vanished or changed since it was first seen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from models.domain.values import Finding, OrderChange, OrderFacts, Severity
from tasks.checks.findings import Detail, about_order
from tasks.checks.situation import Situation

#: The most telling first: it is named where there is room for one.
_FIELDS = ("type", "list_type", "pv", "total")


def order_changed(now: Situation) -> Iterator[Finding]:
    """R17: an order was there and is gone, or its PV, total or type is not what it was.

    It holds for some days after the last change (`Thresholds.order_days`) while its month is one
    that the back office still shows, and ends when all is as before. A credit is no change.
    """
    for order in now.orders:
        changes = recent_changes(now, order)
        until = changed_until(now, order)
        if until is None or now.today >= until:
            continue
        gone: dict[str, Detail] = {"change": "vanished"}
        if details := gone if _net(changes, "vanished") else _changed(changes):
            details |= {"seen_on": now.local_day(changes[-1].at).isoformat()}
            found = about_order(now, "order-changed", Severity.MEDIUM, order, until=until)
            yield replace(found, details=details | found.details)


def changed_until(now: Situation, order: OrderFacts) -> date | None:
    """The local day on which the changes of an order are no news any more; None = there are none.

    Orders that were old at first sight, that the user accepted, or that were credited never have.
    """
    changes = recent_changes(now, order)
    silent = order.historic or order.accepted or order.credited or not _worth(order)
    if silent or not changes:
        return None
    no_news = now.local_day(changes[-1].at) + timedelta(days=now.limits.order_days + 1)
    return min(no_news, order.pv_month.plus(now.limits.covered_months).first_day)


def recent_changes(now: Situation, order: OrderFacts) -> tuple[OrderChange, ...]:
    """The changes of the last days (`Thresholds.order_days`), oldest first."""
    first = now.today - timedelta(days=now.limits.order_days)
    return tuple(change for change in order.changes if now.local_day(change.at) >= first)


def _worth(order: OrderFacts) -> bool:
    """Not a credit: neither an order of negative value nor one that became so."""
    return order.pv >= 0 and (order.total is None or order.total >= 0)


def _net(changes: Sequence[OrderChange], field: str) -> tuple[str | None, str | None] | None:
    """What a field was before all changes and is now; None when that is the same."""
    of_field = [change for change in changes if change.field == field]
    if not of_field or of_field[0].before == of_field[-1].after:
        return None
    return of_field[0].before, of_field[-1].after


def _changed(changes: Sequence[OrderChange]) -> dict[str, Detail]:
    """The details of a change: the most telling field, and each field's old value."""
    net = {field: pair for field in _FIELDS if (pair := _net(changes, field))}
    if not net:
        return {}
    field, (before, after) = next(iter(net.items()))
    olds: dict[str, Detail] = {f"{name}_before": pair[0] for name, pair in net.items()}
    return {"change": "changed", "field": field, "before": before, "after": after, **olds}
