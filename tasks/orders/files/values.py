"""The text of one cell, without blanks around it -> a value, or ValueError. Pure.

A value that can't be read for sure is an error, never a guess. Files repeat themselves (days,
types, whole baskets), so what was read lately is remembered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from models.domain.months import PvMonth
from models.domain.values import OrderLine
from tasks.orders import numbers
from tasks.orders.cells import item_number, short
from tasks.orders.customer_pages import natural_name

_REMEMBERED = 20_000
_LONGEST_NAME, _LONGEST_LINK, _LONGEST_EMAIL, _LONGEST_LIST_TYPE = 200, 500, 320, 8
_CENT = Decimal("0.01")

_ORDER = re.compile(r"[0-9]{6,12}")
_MEMBER = re.compile(r"[0-9]{4,10}")
_EXCEL_WHOLE = re.compile(r"([0-9]+)[.,]0+")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_/-]{0,15}")
_PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,9}[.,][0-9]{1,2}")
_ONE_GROUP = re.compile(r"-?[0-9]{1,3}[.,][0-9]{3}-?")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MIDNIGHT_OR_TIME = re.compile(r"(?<=[0-9])[T ]+[0-2]?[0-9]:[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?Z?")
_EMAIL = re.compile(r"[^\s@<>\",;:\\]{1,64}@[^\s@<>\",;:\\]+\.[^\s@<>\",;:\\]+")
_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_PIECES = re.compile(r"(?P<item>.+?)(?:\s*[xX×*]\s*(?P<count>[0-9]{1,5}))?")

_TWO_COUNTS = re.compile(r"[0-9]\s*[xX×*]\s*[0-9]+$")

_YES = frozenset({"yes", "y", "ja", "j", "true", "wahr", "1"})
_NO = frozenset({"no", "n", "nein", "false", "falsch", "0"})


def order_number(text: str) -> str:
    """6 to 12 digits (today's have 9); Excel's `184145362.0` is one too."""
    return _digits(text, _ORDER, "an order number", "184145362")


def member_id(text: str) -> str:
    """4 to 10 digits (today's have 6 to 8)."""
    return _digits(text, _MEMBER, "a customer number", "7654321")


@lru_cache(_REMEMBERED)
def day(text: str) -> date:
    """`2026-10-05` or `05.10.2026`; a time of day after it is let go."""
    text = _MIDNIGHT_OR_TIME.sub("", text)
    order = "YYYY-MM-DD" if _ISO_DAY.fullmatch(text) else "D.M.YYYY"
    try:
        read = numbers.day(text, order)
        PvMonth.of(read)  # refuses the years that no order is from
    except ValueError:
        raise ValueError(f"no day: {_shown(text)} (2026-10-05 or 05.10.2026 would be)") from None
    return read


@lru_cache(_REMEMBERED)
def month(text: str) -> PvMonth:
    """`2026-10`, `10/2026`; also the first of a month, which spreadsheets make of it."""
    try:
        return numbers.pv_month(text)
    except ValueError:
        pass
    try:
        first = day(text)
    except ValueError:
        first = None
    if first is None or first.day != 1:
        raise ValueError(f"no month: {_shown(text)} (2026-10 or 10/2026 would be)")
    return PvMonth.of(first)


@lru_cache(_REMEMBERED)
def pv(text: str) -> Decimal:
    """PV, with two decimals."""
    return _two_decimals(text, numbers.pv)


def money(text: str) -> tuple[Decimal, str | None]:
    """An amount with two decimals, and the currency that a symbol beside it proves."""
    if _PLAIN_AMOUNT.fullmatch(text):
        return Decimal(text.replace(",", ".")).quantize(_CENT), None
    return _two_decimals(text, numbers.amount), numbers.currency(text)


@lru_cache(_REMEMBERED)
def currency(text: str) -> str:
    """Three letters, or a symbol that names one currency."""
    code = text.upper()
    found = code if re.fullmatch("[A-Z]{3}", code) else numbers.currency(code)
    if found is None or (code not in numbers.CURRENCIES and code != found):
        raise ValueError(f"no currency: {_shown(text)} (EUR would be)")
    return found


@lru_cache(_REMEMBERED)
def code(text: str) -> str:
    """The raw type of an order, in capitals: AS, IO …"""
    read = text.upper()
    if not _CODE.fullmatch(read):
        raise ValueError(f"no type: {_shown(text)} (AS or IO would be)")
    return read


def list_type(text: str) -> str:
    """The raw type of a row in the list: I, R, D."""
    return short(code(text), _LONGEST_LIST_TYPE)


@lru_cache(_REMEMBERED)
def yes_or_no(text: str) -> bool:
    """yes/no, ja/nein, true/false, wahr/falsch."""
    said = text.casefold()
    if said not in _YES | _NO:
        raise ValueError(f"neither yes nor no: {_shown(text)} (ja or nein would be)")
    return said in _YES


@lru_cache(_REMEMBERED)
def name(text: str) -> str:
    """A person's name on one line; `Last, First` is turned round."""
    return natural_name(_one_line(text, _LONGEST_NAME))


@lru_cache(_REMEMBERED)
def email(text: str) -> str:
    """An e-mail address."""
    read = _one_line(text, _LONGEST_EMAIL)
    if not _EMAIL.fullmatch(read):
        raise ValueError(f"no e-mail address: {_shown(text)} (name@example.org would be)")
    return read


def short_text(text: str) -> str:
    """An invoice number, or what else is kept as it stands; Excel's `.0` is let go."""
    return _one_line(_whole(text), 64)


def tracking(text: str) -> str:
    """A tracking link or a parcel number, as it stands."""
    if text[0].isdigit() and _ROUNDED.fullmatch(text):
        raise ValueError(f"a number that the spreadsheet has rounded: {_shown(text)}")
    return _one_line(_whole(text), _LONGEST_LINK)


def items(text: str) -> tuple[OrderLine, ...]:
    """`60204657x2; 60204656x1`; without a count it is one piece."""
    parts = text.replace("\n", ";").split(";")
    return tuple([_pieces(part) for part in map(str.strip, parts) if part])


@lru_cache(_REMEMBERED)
def _pieces(text: str) -> OrderLine:
    match = _PIECES.fullmatch(text)
    if not match:
        raise ValueError(f"no article: {_shown(text)} (60204657x2 would be)")
    count = int(match["count"] or 1)
    if not count or _TWO_COUNTS.search(match["item"]):
        raise ValueError(f"no number of pieces for sure: {_shown(text)} (60204657x2 would be)")
    return OrderLine(item_number(_whole(match["item"])), count)


def _digits(text: str, pattern: re.Pattern[str], what: str, example: str) -> str:
    read = text if pattern.fullmatch(text) else _whole(text)
    if not pattern.fullmatch(read):
        raise ValueError(f"not {what}: {_shown(text)} ({example} would be)")
    return read


def _whole(text: str) -> str:
    """A whole number without the `.0` that spreadsheets put behind it."""
    match = _EXCEL_WHOLE.fullmatch(text) if text[:1].isdigit() else None
    return match[1] if match else text


def _two_decimals(text: str, read: Callable[[str], Decimal]) -> Decimal:
    if _PLAIN_AMOUNT.fullmatch(text):
        return Decimal(text.replace(",", ".")).quantize(_CENT)
    value = read(text)
    if _ONE_GROUP.fullmatch(numbers.without_currency(text)):
        plain = re.sub("[^0-9]", "", text)
        raise ValueError(
            f"not a number for sure: {_shown(text)} may be {plain} or have three decimals "
            f"({plain},00 would be sure)"
        )
    return value.quantize(_CENT)


def _one_line(text: str, longest: int) -> str:
    read = text if " " not in text and text.isprintable() else " ".join(text.split())
    if not read.isprintable():
        read = " ".join("".join(c for c in read if unicodedata.category(c) != "Cf").split())
    if len(read) > longest:
        raise ValueError(f"longer than {longest} characters")
    if not read.isprintable():
        raise ValueError("holds control characters")
    return read


def _shown(text: str) -> str:
    return repr(" ".join(text.split())[:40])
