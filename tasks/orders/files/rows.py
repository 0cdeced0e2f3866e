"""One row of an order file -> an order and its customer, or ValueError. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Any, NamedTuple

from models.domain.months import PvMonth
from tasks.orders.cells import NOTHING
from tasks.orders.files import values
from tasks.orders.files.columns import COLUMNS, REQUIRED, Heading
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
        "list_type": values.list_type,
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


#: What tells an order and its customer.
_FIRST = (
    "order_number", "order_date", "customer_id", "customer_name", "customer_email", "enrolled_on",
)  # fmt: skip

#: Name, place, label and whether it is required.
_Column = tuple[str, int, str, bool]

#: What a file need not show: an order that is new gets what is usual.
_USUAL = frozenset({"pv_month", "list_type", "currency", "paid"})

_NOTHING = NOTHING | {text.upper() for text in NOTHING}
_NO_MONEY = (None, None)

#: Raised when a value is read otherwise than before: rows that are known are read again then.
_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Person:
    """What a row says of the customer. None = not shown."""

    member_id: str
    name: str | None
    email: str | None
    enrolled_on: date | None


class Spotted(NamedTuple):
    """What must be known of a row to tell whether it is known: cheap for all rows of a file."""

    number: str
    ordered: date
    person: Person
    digest: str
    """Of the row's cells by column: equal means that it says what it said before."""
    line: int
    cells: Sequence[str]
    shown: Mapping[str, Any]
    """The columns that were read for this."""


class RowReader:
    """Reads the rows below one heading; `currency` is that of amounts which name none."""

    def __init__(self, heading: Heading, currency: str) -> None:
        self._width, self._currency = heading.width, currency
        places, labels = heading.places, heading.labels
        columns = {
            name: (name, places[name], labels[places[name]], name in REQUIRED)
            for name in COLUMNS
            if name in places
        }
        self._first = [column for name, column in columns.items() if name in _FIRST]
        self._rest = [column for name, column in columns.items() if name not in _FIRST]
        self._places = [places[name] for name in columns]
        self._salt = ";".join((_VERSION, currency, *columns))

    def spot(self, cells: Sequence[str], line: int) -> Spotted:
        """Whose order it is and when it was placed. Raises ValueError like `read`."""
        if len(cells) != self._width:
            raise ValueError(f"{len(cells)} cells where the heading has {self._width}")
        shown = _shown(self._first, cells)
        customer_id, name = shown["customer_id"], shown.get("customer_name")
        person = _person(customer_id, name, shown.get("customer_email"), shown.get("enrolled_on"))
        said = "\x1f".join([self._salt, *[cells[place].strip() for place in self._places]])
        digest = sha256(said.encode()).hexdigest()
        number, ordered = shown["order_number"], shown["order_date"]
        return Spotted(number, ordered, person, digest, line, cells, shown)

    def read(self, row: Spotted, where: str) -> OrderRecord:
        """The row's order. Raises ValueError, whose text names the column as the file does."""
        shown = {**row.shown, **_shown(self._rest, row.cells)}
        ordered, total = shown["order_date"], shown.get("total", _NO_MONEY)
        return OrderRecord(
            number=shown["order_number"],
            customer_id=shown["customer_id"],
            customer_name=shown.get("customer_name"),
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
            assumed=_USUAL - shown.keys(),
        )


def _shown(columns: Sequence[_Column], cells: Sequence[str]) -> dict[str, Any]:
    """The columns that the row fills."""
    shown = {}
    for name, place, label, required in columns:
        text = cells[place].strip()
        if text in _NOTHING:
            if required:
                raise ValueError(f"{label}: empty")
            continue
        try:
            shown[name] = _READERS[name](text)
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
