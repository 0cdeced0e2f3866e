"""Values of a table row's cells: numbers, amounts, days, texts that may be missing. Pure."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from tasks.orders import document, numbers
from tasks.orders.tables import Row

#: How a page writes that a cell holds nothing.
NOTHING = frozenset({"", "-", "–", "—", "n/a"})

_ITEM = re.compile(r"(?=[^0-9]*[0-9])[0-9A-Za-z][0-9A-Za-z._-]{0,19}")


def item_number(text: str) -> str:
    """An item number: 8 digits, 4 for promotions, letters in some markets. Raises ValueError."""
    if not _ITEM.fullmatch(text):
        raise ValueError(f"not an item number: {text[:40]!r}")
    return text


def optional_day(text: str, order: str) -> date | None:
    """A date, None for an empty cell. Raises ValueError."""
    return None if text.casefold() in NOTHING else numbers.day(text, order)


def optional_text(text: str) -> str | None:
    """A text, None for an empty cell."""
    return None if text.casefold() in NOTHING else text


def short(text: str, longest: int) -> str:
    """The text as it is. Raises ValueError when no order has such a long one."""
    if len(text) > longest:
        raise ValueError(f"longer than {longest} characters: {text[:20]!r} …")
    return text


def number_in(row: Row, column: str, parameter: str, pattern: str) -> str:
    """A number from a cell's text or its link's parameter; both must agree. Raises ValueError."""
    cell = row.cell(column)
    shown = row.text(column).lstrip("#").strip()
    address = " ".join(document.links(cell)) if cell is not None else ""
    linked: list[str] = re.findall(rf"(?i)[?&;]{parameter}=([^&#;'\" )]*)", address)
    found = {value for value in linked if re.fullmatch(pattern, value)}
    found |= {shown} if re.fullmatch(pattern, shown) else set()
    if len(found) != 1:
        raise ValueError(f"no single number ({pattern}) in {column!r}: {shown[:40]!r}")
    return found.pop()


def decimal_in(row: Row, column: str) -> Decimal:
    """A cell's PV or amount: `data-sort-value` (the plain decimal) before its text."""
    cell = row.cell(column)
    plain = document.attribute(cell, "data-sort-value") if cell is not None else ""
    read = numbers.pv if column == "pv" else numbers.amount
    return numbers.plain_decimal(plain) if plain else read(row.text(column))
