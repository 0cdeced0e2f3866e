"""Amounts, PV, quantities and dates as pages and files write them. Pure.

A value that cannot be read for sure raises ValueError; the text says why and what would be right.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import lru_cache

from models.domain.months import PvMonth

#: Symbols and codes that may stand beside an amount; a bare `$` names no currency for sure.
CURRENCIES: dict[str, str | None] = {
    "€": "EUR", "EUR": "EUR", "R$": "BRL", "BRL": "BRL", "US$": "USD", "USD": "USD",
    "£": "GBP", "GBP": "GBP", "CHF": "CHF", "$": None,
}  # fmt: skip

_LONGEST = 40
_SYMBOL = re.compile("|".join(re.escape(s) for s in sorted(CURRENCIES, key=len, reverse=True)))
_MINUS = str.maketrans({"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2013": "-"})
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[.,' ])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
_PLAIN = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2}0{0,4})?")


def without_currency(text: str) -> str:
    """The digits and marks of an amount, without its symbol and odd blanks."""
    return _SYMBOL.sub("", _tidy(text), count=1).strip()


def amount(text: str) -> Decimal:
    """Money: `1,045.63`, `1.045,63`, `R$ 7,00`, `1 045,63`, `-7,00`, NBSP, `7`.

    The last separator followed by exactly two digits is the decimal mark (backoffice.md). One
    digit after it (`45.5`) has one reading only and is accepted; three digits are a group.
    Raises ValueError when no reading or more than one is possible.
    """
    return _signed(without_currency(text), text)


def pv(text: str) -> Decimal:
    """PV: like `amount`, with 0 to 2 decimals, but without a currency. Raises ValueError."""
    return _signed(_tidy(text), text)


def plain_decimal(text: str) -> Decimal:
    """The plain decimal of a `data-sort-value`: `1045.63`, point as the mark, no part of a cent.

    Raises ValueError.
    """
    if not _PLAIN.fullmatch(text.strip()):
        raise ValueError(f"not a plain decimal: {text[:_LONGEST]!r} (1045.63 would be)")
    return Decimal(text.strip())


def currency(text: str) -> str | None:
    """The ISO code that the symbol beside an amount proves; None when there is none."""
    match = _SYMBOL.search(_tidy(text))
    return CURRENCIES[match[0]] if match else None


def quantity(text: str) -> int:
    """A whole number of pieces: `2`, also `2,00`. Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,5})(?:[.,]0{1,2})?", _tidy(text))
    if not match:
        raise ValueError(f"not a quantity: {text[:_LONGEST]!r} (2 would be)")
    return int(match[1])


def day(text: str, order: str) -> date:
    """A calendar day written in `order`, such as `DD.MM.YYYY`, `D/M/YYYY` or `YYYY-MM-DD`.

    Strict: another separator, a missing digit or an impossible day raises ValueError; so does a
    year outside of 2000 to 2100, such as the 01.01.0001 that some systems show for "no day".
    """
    match = re.fullmatch(_day_pattern(order), text.strip())
    if not match:
        raise ValueError(f"not a date as {order}: {text[:_LONGEST]!r}")
    try:
        found = date(int(match["Y"]), int(match["M"]), int(match["D"]))
        PvMonth.of(found)
    except ValueError:
        raise ValueError(f"no such day as {order}: {text[:_LONGEST]!r}") from None
    return found


def check_order(order: str) -> None:
    """Raise ValueError when `order` is no way to write a date."""
    _day_pattern(order)


def swapped(order: str) -> str:
    """The same date order with day and month exchanged: what a wrong profile would mean."""
    return order.translate(str.maketrans("DM", "MD"))


def pv_month(text: str) -> PvMonth:
    """A PV month: `9/2026`, `10/2026`, `2026-10`, `202610`. Raises ValueError."""
    return PvMonth.parse(_tidy(text))


@lru_cache(maxsize=32)  # a profile has one, and each row of a page asks for it
def _day_pattern(order: str) -> str:
    tokens = {"DD": "(?P<D>[0-9]{2})", "D": "(?P<D>[0-9]{1,2})", "YYYY": "(?P<Y>[0-9]{4})"}
    tokens |= {"MM": "(?P<M>[0-9]{2})", "M": "(?P<M>[0-9]{1,2})"}
    parts = re.findall(r"[DMY]+|[^DMY]+", order)
    if sorted(part[0] for part in parts if part in tokens) != ["D", "M", "Y"]:
        raise ValueError(f"not a date order: {order!r} (DD.MM.YYYY would be)")
    return "".join(tokens[part] if part in tokens else re.escape(part) for part in parts)


def _tidy(text: str) -> str:
    """One line of plain blanks and hyphens, no invisible characters."""
    if text.isascii():
        return " ".join(text.split())
    visible = (" " if unicodedata.category(c) == "Zs" else c for c in text)
    kept = "".join(c for c in visible if unicodedata.category(c) != "Cf")
    return " ".join(kept.translate(_MINUS).replace("’", "'").split())


def _signed(cleaned: str, raw: str) -> Decimal:
    if not cleaned or len(cleaned) > _LONGEST:
        raise ValueError(f"not a number: {raw[:_LONGEST]!r}")
    negative = cleaned.startswith("-") or cleaned.endswith("-")
    digits = cleaned.removeprefix("-") if cleaned.startswith("-") else cleaned.removesuffix("-")
    value = _unsigned(digits.strip(), raw)
    return -value if negative else value


def _unsigned(digits: str, raw: str) -> Decimal:
    """Digits with marks: first the decimals are split off, then the groups must be regular."""
    split = re.fullmatch(r"(?P<whole>.*[0-9])(?P<mark>[.,])(?P<cents>[0-9]{1,2})", digits)
    whole, mark = (split["whole"], split["mark"]) if split else (digits, "")
    groups = _GROUPED.fullmatch(whole)
    if not re.fullmatch(r"[0-9]{1,12}", whole) and not (groups and groups["mark"] != mark):
        raise ValueError(f"not a number for sure: {raw[:_LONGEST]!r} (1.045,63 would be)")
    plain = re.sub(r"[^0-9]", "", whole)
    return Decimal(f"{plain}.{split['cents']}" if split else plain)
