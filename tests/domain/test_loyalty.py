"""A customer's standing in the loyalty programme."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.domain.loyalty import LoyaltyStanding, standing
from models.domain.months import PvMonth
from models.domain.values import CustomerFacts, OrderFacts, OrderFamily

OCTOBER = PvMonth(2026, 10)


def loyalty(number: int, month: PvMonth, pv: str = "60", **facts: Any) -> OrderFacts:
    """An AS on the 5th of a month."""
    return OrderFacts(
        **{
            "number": str(number),
            "customer_id": "1",
            "order_date": month.first_day.replace(day=5),
            "pv_month": month,
            "source": "AS",
            "family": OrderFamily.LOYALTY,
            "pv": Decimal(pv),
            **facts,
        }
    )


def chain(months: int, until: PvMonth = OCTOBER) -> list[OrderFacts]:
    """One AS in each of so many months, the last one in `until`."""
    return [loyalty(1000 - back, until.plus(-back)) for back in range(months)]


def seen(
    orders: list[OrderFacts],
    *,
    day: date = date(2026, 10, 25),
    enrolled: date | None = None,
    told: bool | None = None,
) -> LoyaltyStanding:
    """The standing in October 2026."""
    return standing(CustomerFacts("1", "Muster", enrolled, told), orders, OCTOBER, day)


@pytest.mark.parametrize(
    ("back", "expected", "source"),
    [(0, False, "none"), (1, True, "orders"), (3, True, "orders"), (4, False, "none")],
)
def test_orders_of_three_months_before_speak_for_a_member(
    back: int, expected: bool, source: str
) -> None:
    """The month itself proves nothing, and four months ago is too long."""
    result = seen([loyalty(1, OCTOBER.plus(-back))])
    assert (result.expected, result.source) == (expected, source)


@pytest.mark.parametrize("told", [True, False])
def test_the_user_knows_better(told: bool) -> None:
    """Her word outranks the orders, and the card says so."""
    result = seen(chain(3), told=told)
    assert (result.expected, result.source) == (told, "told")


@pytest.mark.parametrize(
    ("day", "at_risk"),
    [
        (date(2026, 10, 19), False),
        (date(2026, 10, 20), True),
        (date(2026, 10, 31), True),
        (date(2026, 11, 1), False),
        (date(2026, 9, 30), False),
    ],
)
def test_only_a_running_month_is_at_risk(day: date, at_risk: bool) -> None:
    """From the 20th to the end; a month that is over is lost, not at risk."""
    assert seen(chain(2, OCTOBER.plus(-1)), day=day).at_risk is at_risk


def test_the_month_of_enrolment_is_not_at_risk() -> None:
    """No AS is possible then."""
    result = seen([], enrolled=date(2026, 10, 2), told=True)
    assert (result.enrolment_month, result.at_risk) == (True, False)
    assert seen([], enrolled=date(2026, 9, 30), told=True).at_risk


def test_the_first_as_that_keeps_the_rate_is_named() -> None:
    """The card shows which order saved the month: the first of at least 1 PV, not cancelled."""
    orders = [
        loyalty(3, OCTOBER),
        loyalty(2, OCTOBER, cancelled=True),
        loyalty(1, OCTOBER, pv="0.99"),
        loyalty(4, OCTOBER),
    ]
    assert seen(orders).this_month_as == "3"


@pytest.mark.parametrize(
    ("months", "rate"),
    [(1, 10), (3, 10), (4, 15), (6, 15), (7, 20), (9, 20), (10, 25), (12, 25), (13, 30), (20, 30)],
)
def test_rate_grows_with_the_months_in_the_programme(months: int, rate: int) -> None:
    """The table of the programme, at each of its steps."""
    enrolled = OCTOBER.plus(-months).first_day
    result = seen(chain(months), enrolled=enrolled)
    assert (result.months_in_programme, result.rate) == (months, rate)


def test_a_missed_month_starts_again() -> None:
    """After a gap the months count from one, at 10 %."""
    orders = [*chain(2), *chain(9, OCTOBER.plus(-3))]
    result = seen(orders)
    assert (result.months_in_programme, result.rate) == (2, 10)


def test_a_month_still_without_as_shows_what_it_would_earn() -> None:
    """Three months done, the fourth open: its AS earns 15 %."""
    result = seen(chain(3, OCTOBER.plus(-1)), enrolled=date(2026, 6, 15))
    assert (result.months_in_programme, result.rate) == (3, 15)


def test_history_that_does_not_reach_back_claims_nothing() -> None:
    """Three known months may be the last of thirty; only the highest rate is proven by months."""
    assert (seen(chain(3)).months_in_programme, seen(chain(3)).rate) == (None, None)
    assert (seen(chain(13)).months_in_programme, seen(chain(13)).rate) == (None, 30)
    older = loyalty(1, OCTOBER.plus(-5), source="IO", family=OrderFamily.STANDARD)
    assert (seen([older, *chain(3)]).months_in_programme, seen([older, *chain(3)]).rate) == (3, 10)
