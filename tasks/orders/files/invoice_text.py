"""The text of an invoice PDF -> its numbers, date, item lines and total. Pure.

Labels are the profile's, and those that invoices have; what stands there twice with different
values, or does not add up, tells nothing for sure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from models.domain.values import OrderLine
from tasks.orders import numbers
from tasks.orders.files import values
from tasks.orders.profile_values import Profile

#: Labels of invoices, beside those of the profile.
LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "order": ("Bestellnummer", "Bestell-Nr.", "Order Number", "Order No.", "Order"),
        "invoice": ("Rechnungsnummer", "Rechnungs-Nr.", "Invoice Number", "Invoice No."),
        "ordered": ("Bestelldatum", "Order Date"),
        "member": ("Kundennummer", "Mitgliedsnummer", "Customer Number", "Member ID"),
        "subtotal": ("Zwischensumme", "Subtotal"),
        "total": ("Gesamtbetrag", "Rechnungsbetrag", "Gesamt", "Grand Total", "Total"),
    }
)

_AMOUNT = r"-?[0-9][0-9.,' ]*[.,][0-9]{2}"
_ITEM_START = re.compile(r"\s*[0-9]{4,8}\s+\S")
_ITEM = re.compile(
    r"\s*(?P<item>[0-9]{4,8})\s+(?P<text>\S.*?)\s+(?P<count>[0-9]{1,4})"
    r"(?P<amounts>(?:\s+-?[0-9][0-9.,]*[.,][0-9]{2}){1,4})\s*(?:€|EUR)?\s*"
)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """What an invoice says for sure. None = not shown."""

    order: str | None
    invoice: str | None
    ordered: date | None
    member: str | None
    total: Decimal | None
    lines: tuple[OrderLine, ...] | None


def read_invoice(text: str, profile: Profile) -> InvoiceFacts:
    """Read an invoice's text. Raises ValueError: it shows neither number, or several orders."""
    shown = _Labelled(text, profile)
    facts = InvoiceFacts(
        order=shown.only("order", _matching(profile.order_number)),
        invoice=shown.only("invoice", _matching(r"[0-9A-Za-z][0-9A-Za-z/.-]{2,31}")),
        ordered=shown.only("ordered", lambda said: values.day(said.split()[0])),
        member=shown.only("member", _matching(profile.member_id)),
        total=shown.only("total", _amount),
        lines=_lines(text, shown.only("subtotal", _amount)),
    )
    if facts.order is None and facts.invoice is None:
        raise ValueError("no order or invoice number in its text; an invoice shows one of them")
    return facts


class _Labelled:
    """The labelled values of a text: `Bestellnummer: 184145362`, also on the next line."""

    def __init__(self, text: str, profile: Profile) -> None:
        self._text = text
        self._labels = {
            "order": profile.orders.columns.get("number", ()),
            "invoice": profile.month.columns.get("invoice_number", ()),
            "total": profile.detail.totals.get("total", ()),
        }

    def only(self, key: str, read: Callable[[str], Value]) -> Value | None:
        """The one value of a label. Raises ValueError when an order's number is not the only."""
        found = {value for said in self._said(key) if (value := _tried(read, said)) is not None}
        if len(found) > 1 and key in {"order", "invoice"}:
            raise ValueError(f"it shows several {key} numbers; an invoice is of one order")
        return found.pop() if len(found) == 1 else None

    def _said(self, key: str) -> Iterable[str]:
        labels = {*LABELS[key], *self._labels.get(key, ())}
        any_of = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
        # An amount's label begins its line: a total of PV is none of money.
        begin = r"^[ \t]*" if key in {"total", "subtotal"} else r"(?:^|\s)"
        pattern = rf"(?im){begin}(?:{any_of})\s*[:#]?[ \t]*(?:\n\s*)?(\S.*)$"
        return re.findall(pattern, self._text)


def _matching(pattern: str) -> Callable[[str], str]:
    def read(said: str) -> str:
        match = re.match(rf"(?:{pattern})(?![0-9A-Za-z])", said)
        if not match:
            raise ValueError(said)
        return match[0]

    return read


def _amount(said: str) -> Decimal:
    """The amount that is all of the value, a currency aside."""
    return values.money(said.strip())[0]


def _tried(read: Callable[[str], Value], said: str) -> Value | None:
    try:
        return read(said)
    except ValueError:
        return None


def _lines(text: str, subtotal: Decimal | None) -> tuple[OrderLine, ...] | None:
    """The item lines; None when one of them can't be read. Values only if they add up."""
    rows = [line for line in text.splitlines() if _ITEM_START.match(line)]
    read = [_ITEM.fullmatch(line) for line in rows]
    matches = [match for match in read if match is not None]
    if not matches or len(matches) != len(rows):
        return None
    amounts = [[numbers.amount(part) for part in match["amounts"].split()] for match in matches]
    prices = [found[-1] for found in amounts]
    proved = subtotal is not None and sum(prices, Decimal(0)) == subtotal
    has_pv = proved and all(len(found) == 2 for found in amounts) and _pv_first(text)
    return tuple(
        OrderLine(
            match["item"],
            int(match["count"]),
            match["text"][:300],
            found[0] if has_pv else None,
            found[-1] if proved else None,
        )
        for match, found in zip(matches, amounts, strict=True)
    )


def _pv_first(text: str) -> bool:
    """Whether a heading shows PV before the price, which is the last column."""
    return re.search(r"(?im)^.*(?:menge|qty|quantity)\s+PV\s+\S.*$", text) is not None
