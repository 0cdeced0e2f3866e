"""Amounts, PV and dates are read for sure or not at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.months import PvMonth
from tasks.orders import numbers

_CENTS = st.integers(min_value=-99_999_999, max_value=99_999_999)


def _written(cents: int, group: str, mark: str) -> str:
    whole, rest = divmod(abs(cents), 100)
    return ("-" if cents < 0 else "") + f"{whole:,}".replace(",", group) + f"{mark}{rest:02}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,045.63", "1045.63"), ("1.045,63", "1045.63"), ("R$ 7,00", "7.00"),
        ("1 045,63", "1045.63"), ("1\u00a0045,63\u00a0€", "1045.63"), ("1\u202f045,63", "1045.63"),
        ("-7,00", "-7.00"), ("\u22127,00", "-7.00"), ("R$ -7,00", "-7.00"), ("-R$ 7,00", "-7.00"),
        ("7,00-", "-7.00"), ("0,00", "0"), ("7", "7"), ("1.045", "1045"), ("1'045.63", "1045.63"),
        ("1.234.567,89", "1234567.89"), ("EUR 45,5", "45.5"), ("  45,50\n", "45.50"),
    ],
)  # fmt: skip
def test_amounts_of_every_market_are_read(text: str, value: str) -> None:
    """German, English and Brazilian amounts give the same number, whatever the blanks."""
    assert numbers.amount(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    ["", "-", "abc", "1.045.63", "1,2,3", "12,3456", "1 04,00", "0,045", "45,50 kg", "--5", "1..5",
     "\u0664\u0665,\u0665\u0660", "1e5", "NaN", "9" * 60, "7,00 8,00"],
)  # fmt: skip
def test_what_is_no_amount_for_sure_is_an_error(text: str) -> None:
    """A guess would put a wrong sum into an alert; the reason names the value."""
    with pytest.raises(ValueError, match="not a number"):
        numbers.amount(text)


@given(_CENTS, st.sampled_from([(".", ","), (",", "."), (" ", ","), ("\u00a0", ","), ("'", ".")]))
def test_any_amount_survives_any_way_of_writing(cents: int, marks: tuple[str, str]) -> None:
    """Two decimals and groups of three are read exactly, in every mix of marks."""
    assert numbers.amount(_written(cents, *marks)) == Decimal(cents) / 100


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_one_clear_error(text: str) -> None:
    """No text of a page may end in anything but a number or a ValueError."""
    try:
        value = numbers.amount(text)
    except ValueError:
        return
    assert value.is_finite()
    assert any(c in "0123456789" for c in text)


@pytest.mark.parametrize(("text", "value"), [("57", "57"), ("45,5", "45.5"), ("45.50", "45.50")])
def test_pv_has_none_one_or_two_decimals(text: str, value: str) -> None:
    """PV is written with fewer decimals than money."""
    assert numbers.pv(text) == Decimal(value)


def test_pv_is_no_money() -> None:
    """A currency in the PV column means that the columns have moved."""
    with pytest.raises(ValueError, match="not a number"):
        numbers.pv("45,50 €")


def test_a_sort_value_is_a_plain_decimal_only() -> None:
    """The attribute has a point as its mark; anything else is not what it was."""
    assert numbers.plain_decimal("1045.630") == Decimal("1045.63")
    with pytest.raises(ValueError, match="plain decimal"):
        numbers.plain_decimal("1.045,63")
    with pytest.raises(ValueError, match="plain decimal"):
        numbers.plain_decimal("45.123")  # amounts have cents, and are stored as such


def test_the_currency_is_what_stands_beside_the_amount() -> None:
    """A bare dollar sign proves no currency."""
    assert numbers.currency("R$ 7,00") == "BRL"
    assert numbers.currency("7,00 €") == "EUR"
    assert numbers.currency("$ 7.00") is None
    assert numbers.currency("7,00") is None


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_a_date_is_read_in_the_profiles_order(day: date) -> None:
    """The same digits mean another day in another market."""
    assert numbers.day(day.strftime("%d.%m.%Y"), "DD.MM.YYYY") == day
    assert numbers.day(day.strftime("%m/%d/%Y"), "MM/DD/YYYY") == day
    assert numbers.day(f"{day.day}/{day.month}/{day.year:04}", "D/M/YYYY") == day


@pytest.mark.parametrize(
    "text",
    ["5.10.2026", "05/10/2026", "05.10.26", "31.02.2026", "05.10.2026 08:00", "", "heute",
     "01.01.0001", "31.12.9999"],
)  # fmt: skip
def test_a_date_that_would_be_a_guess_is_an_error(text: str) -> None:
    """Another separator, a missing digit, an impossible day or a system's "never" is refused."""
    with pytest.raises(ValueError, match=r"DD\.MM\.YYYY"):
        numbers.day(text, "DD.MM.YYYY")


def test_pv_months_come_unpadded() -> None:
    """The order table writes September as `9/2026`."""
    assert numbers.pv_month("\u00a09/2026 ") == PvMonth(2026, 9)


@pytest.mark.parametrize(("text", "value"), [("2", 2), ("2,00", 2), (" 10 ", 10)])
def test_quantities_are_whole(text: str, value: int) -> None:
    """Pieces are counted."""
    assert numbers.quantity(text) == value


@pytest.mark.parametrize("text", ["", "1,5", "-1", "zwei"])
def test_half_a_piece_is_an_error(text: str) -> None:
    """A quantity that is none means that the columns have moved."""
    with pytest.raises(ValueError, match="not a quantity"):
        numbers.quantity(text)
