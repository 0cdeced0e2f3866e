"""One row of an order file -> an order and her who placed it, or ValueError. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from models.domain.months import PvMonth
from tasks.orders.cells import NOTHING
from tasks.orders.files import values
from tasks.orders.files.columns import REQUIRED, Heading
from tasks.ports import OrderRecord

_READERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "order_number": values.order_number,
        "order_date": values.day,
        "pv_month": values.month,
        "customer_id": values.member_id,
        "customer_name": values.name,
        "customer_email": values.email,
        "order_type": values.code,
        "list_type": values.code,
        "pv": values.pv,
        "total": values.money,
        "currency": values.currency,
        "invoice_number": values.short_text,
        "ship_date": values.day,
        "tracking_url": values.tracking,
        "paid": values.yes_or_no,
        "items": values.items,
        "enrolled_on": values.day,
    }
)


_NO_MONEY = (None, None)


@dataclass(frozen=True, slots=True)
class Person:
    """What a row says of the customer. None = not shown."""

    member_id: str
    name: str | None
    email: str | None
    enrolled_on: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row says."""

    order: OrderRecord
    person: Person


class RowReader:
    """Reads the rows below one heading; `currency` is that of amounts which name none."""

    def __init__(self, heading: Heading, currency: str) -> None:
        self._width, self._currency = heading.width, currency
        self._columns = [
            (name, place, heading.labels[place], _READERS[name], name in REQUIRED)
            for name, place in heading.places.items()
        ]

    def read(self, cells: Sequence[str], where: str) -> Entry:
        """The row's order. Raises ValueError, whose text names the column as the file does."""
        if len(cells) != self._width:
            raise ValueError(f"{len(cells)} cells where the heading has {self._width}")
        shown = self._shown(cells)
        ordered, customer_id = shown["order_date"], shown["customer_id"]
        name, total = shown.get("customer_name"), shown.get("total", _NO_MONEY)
        order = OrderRecord(
            number=shown["order_number"],
            customer_id=customer_id,
            customer_name=name,
            order_date=ordered,
            pv_month=shown.get("pv_month") or PvMonth.of(ordered),
            source=shown["order_type"],
            pv=shown["pv"],
            list_type=shown.get("list_type", "I"),
            total=total[0],
            currency=_currency(shown.get("currency"), total[1]) or self._currency,
            invoice_number=shown.get("invoice_number"),
            ship_date=shown.get("ship_date"),
            tracking=shown.get("tracking_url"),
            paid=shown.get("paid", True),
            lines=shown.get("items") or None,
            where=where,
        )
        person = _person(customer_id, name, shown.get("customer_email"), shown.get("enrolled_on"))
        return Entry(order, person)

    def _shown(self, cells: Sequence[str]) -> dict[str, Any]:
        """The columns that the row fills."""
        shown = {}
        for name, place, label, reader, required in self._columns:
            text = cells[place]
            if not text or text.strip().casefold() in NOTHING:
                if required:
                    raise ValueError(f"{label}: empty")
                continue
            try:
                shown[name] = reader(text)
            except ValueError as error:
                raise ValueError(f"{label}: {error}") from None
        return shown


def _currency(named: str | None, beside: str | None) -> str | None:
    if named and beside and named != beside:
        raise ValueError(f"the amount is in {beside}, the currency says {named}")
    return named or beside


@lru_cache(20_000)
def _person(
    member_id: str, name: str | None, email: str | None, enrolled_on: date | None
) -> Person:
    return Person(member_id, name, email, enrolled_on)
