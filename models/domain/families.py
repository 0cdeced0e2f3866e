"""Which family an order belongs to: the "Quelle" code's table and the replacement. Pure.

The defaults are the table of order types in the domain reference. What a code means for a
one-time loyalty order is unknown, so the table is a setting; a code that is not in it stays
UNKNOWN and is never mapped silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from models.domain.values import OrderFamily

#: "Quelle" code -> family, as known of doTERRA Europe. VO is seen in lists, its meaning is not.
DEFAULT_FAMILIES: Mapping[str, OrderFamily] = MappingProxyType(
    {
        "AS": OrderFamily.LOYALTY,
        "IO": OrderFamily.STANDARD,
        "SO": OrderFamily.STANDARD,
        "VO": OrderFamily.STANDARD,
        "IN": OrderFamily.ENROLMENT,
    }
)

#: The list type of a replacement delivery, whose value is 0.
REPLACEMENT_LIST_TYPE = "R"


def family_table(overrides: Mapping[str, str] | None = None) -> Mapping[str, OrderFamily]:
    """The default table with the user's entries over it, such as `{"VO": "loyalty"}`.

    Codes are compared without case and blanks. Raises ValueError for a family that does not
    exist, naming those that do.
    """
    own = {_plain(code): _family(code, name) for code, name in (overrides or {}).items()}
    return MappingProxyType({**DEFAULT_FAMILIES, **own})


def family_of(
    source: str,
    *,
    list_type: str = "I",
    pv: Decimal = Decimal(0),
    total: Decimal | None = None,
    table: Mapping[str, OrderFamily] = DEFAULT_FAMILIES,
) -> OrderFamily:
    """The family of an order by its raw code; UNKNOWN when the table does not hold the code.

    A replacement is list type R with value 0; an R that has a value is judged by its code.
    """
    if _plain(list_type) == REPLACEMENT_LIST_TYPE and not pv and not total:
        return OrderFamily.REPLACEMENT
    return table.get(_plain(source), OrderFamily.UNKNOWN)


def _plain(code: str) -> str:
    return code.strip().upper()


def _family(code: str, name: str) -> OrderFamily:
    if not _plain(code):
        raise ValueError("a family has no order type code (VO=standard would be right)")
    try:
        return OrderFamily(name.strip().lower())
    except ValueError:
        right = ", ".join(OrderFamily)
        raise ValueError(f"order type {code!r}: no such family {name!r} ({right})") from None
