"""The table of order types."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.domain.families import family_of, family_table
from models.domain.values import OrderFamily


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("AS", OrderFamily.LOYALTY),
        ("IO", OrderFamily.STANDARD),
        ("SO", OrderFamily.STANDARD),
        ("VO", OrderFamily.STANDARD),
        ("IN", OrderFamily.ENROLMENT),
        (" as ", OrderFamily.LOYALTY),
        ("ZZ", OrderFamily.UNKNOWN),
        ("", OrderFamily.UNKNOWN),
        ("ASX", OrderFamily.UNKNOWN),
    ],
)
def test_codes_mean_what_the_reference_says(code: str, family: OrderFamily) -> None:
    """Known codes have their family, any other stays unknown."""
    assert family_of(code) is family


@pytest.mark.parametrize(
    ("list_type", "pv", "total", "family"),
    [
        ("R", "0", "0", OrderFamily.REPLACEMENT),
        ("r", "0", None, OrderFamily.REPLACEMENT),
        ("R", "0", "0.01", OrderFamily.STANDARD),
        ("R", "1", "0", OrderFamily.STANDARD),
        ("I", "0", "0", OrderFamily.STANDARD),
        ("D", "0", "0", OrderFamily.STANDARD),
    ],
)
def test_replacement_is_a_list_type_without_value(
    list_type: str, pv: str, total: str | None, family: OrderFamily
) -> None:
    """A replacement is worth nothing; an R with a value is judged by its code."""
    worth = None if total is None else Decimal(total)
    assert family_of("SO", list_type=list_type, pv=Decimal(pv), total=worth) is family


def test_settings_override_and_extend_the_table() -> None:
    """Who knows what VO or a new code is can say so; the rest stays."""
    table = family_table({"vo": "loyalty", " LP ": "Loyalty"})
    assert family_of("VO", table=table) is OrderFamily.LOYALTY
    assert family_of("LP", table=table) is OrderFamily.LOYALTY
    assert family_of("IN", table=table) is OrderFamily.ENROLMENT
    assert family_of("LP") is OrderFamily.UNKNOWN


def test_wrong_family_is_refused_with_the_right_ones() -> None:
    """A typing mistake in the settings names code and choices."""
    with pytest.raises(ValueError, match=r"'VO'.*'treue'.*loyalty, standard"):
        family_table({"VO": "treue"})
    with pytest.raises(ValueError, match="no order type code"):
        family_table({" ": "loyalty"})
