"""Writes what changed of an order, for R17: PV, total and types, and that it vanished or came back.

The rows are written in the transaction that stores the change; the rule reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from models.order_change import OrderChange

#: Column -> the field's name in the history.
_WATCHED = {"pv": "pv", "total": "total", "source": "type", "list_type": "list_type"}


def changed_rows(row: Any, changes: Mapping[str, Any], now: datetime) -> list[dict[str, Any]]:
    """The history of one order's update: `row` is the stored one, `changes` its new values."""
    return [
        _row(row.id, field, _text(getattr(row, column)), _text(changes[column]), now)
        for column, field in _WATCHED.items()
        if column in changes and getattr(row, column) is not None
    ]


def vanished_rows(ids: Iterable[int], now: datetime, *, back: bool = False) -> list[dict[str, Any]]:
    """The history of orders that vanished, or that are back."""
    before, after = ("yes", "no") if back else ("no", "yes")
    return [_row(order_id, "vanished", before, after, now) for order_id in ids]


def write_history(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write the rows in bulk."""
    if rows:
        session.execute(insert(OrderChange), rows)


def _row(
    order_id: int, field: str, before: str | None, after: str | None, now: datetime
) -> dict[str, Any]:
    return {"order_id": order_id, "field": field, "before": before, "after": after, "at": now}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value)[:40]
