"""The rule that needs history: R17, an order vanished or changed since it was first seen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from models.domain.credits import is_credit
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
        net = _net(now, order)
        if not net:
            continue
        last = max(change.at for change in net.values())
        details = {"seen_on": now.local_day(last).isoformat(), **_details(net)}
        until = min(_no_news(now, last), _shown_until(now, order))
        found = about_order(now, "order-changed", Severity.MEDIUM, order, until=until)
        yield replace(found, details=details | found.details)


def changed_days(now: Situation, order: OrderFacts) -> Iterator[date]:
    """The local days whose beginning makes a change of the order no news any more."""
    for change in _net(now, order).values():
        yield _no_news(now, change.at)
        yield _shown_until(now, order)


def _net(now: Situation, order: OrderFacts) -> dict[str, OrderChange]:
    """Per field what it was at first and is now, where that differs and is still news.

    Of orders that were old at first sight, that the user accepted, or that were credited: nothing.
    Of one that is cancelled, only that it vanished.
    """
    silent = order.historic or order.accepted or order.credited or is_credit(order)
    if silent or now.today >= _shown_until(now, order):
        return {}
    of_field: dict[str, list[OrderChange]] = {}
    for change in order.changes:
        of_field.setdefault(change.field, []).append(change)
    net = {f: replace(all_[-1], before=all_[0].before) for f, all_ in of_field.items()}
    news = {f: change for f, change in net.items() if _is_news(now, change)}
    return {} if order.cancelled and "vanished" not in news else news


def _is_news(now: Situation, change: OrderChange) -> bool:
    """An order that is back is none, whatever was seen of its going."""
    if change.before == change.after or (change.field, change.after) == ("vanished", "no"):
        return False
    return now.today < _no_news(now, change.at)


def _no_news(now: Situation, at: datetime) -> date:
    return now.local_day(at) + timedelta(days=now.limits.order_days + 1)


def _shown_until(now: Situation, order: OrderFacts) -> date:
    """The day from which the back office no longer shows the order's month."""
    return order.pv_month.plus(now.limits.covered_months).first_day


def _details(net: Mapping[str, OrderChange]) -> dict[str, Detail]:
    """What the words tell: gone, or the most telling field; and each field's old value."""
    if "vanished" in net:
        return {"change": "vanished"}
    first = next(net[field] for field in _FIELDS if field in net)
    olds: dict[str, Detail] = {f"{field}_before": change.before for field, change in net.items()}
    told = {"field": first.field, "before": first.before, "after": first.after}
    return {"change": "changed", **told, **olds}
