"""Stories on a customer's beginning and end: enrolments, namesakes, unknown types, silence."""

from __future__ import annotations

from datetime import date, timedelta

from tests.checks.labelled.life import FOUNDER, FOUNDERS_EMAIL, Life, months_after, story


@story
def enrolment(life: Life) -> None:
    """A new customer with 100 PV: welcome her; no loyalty order is possible in that month."""
    day = _enrolled(life)
    number = life.order(day, "IN", "100")
    life.expect("new-enrolment", number, "info", day)
    _stays(life)


@story
def small_enrolment(life: Life) -> None:
    """A cent below 100 PV."""
    day = _enrolled(life)
    number = life.order(day, "IN", "99.99")
    life.expect("new-enrolment", number, "info", day)
    life.expect("small-enrolment", number, "info", day)
    _stays(life)


@story
def enrolment_month(life: Life) -> None:
    """Told to be in the programme: silent in the month of enrolment, not in the next."""
    day = _enrolled(life)
    life.told(day, True, hour=9)
    number = life.order(day, "IN", "120")
    life.expect("new-enrolment", number, "info", day)
    life.order(life.day(24), "IO")
    wrong = life.order(life.day(3, 1), "IO")
    life.expect("wrong-order-type", wrong, "medium", life.day(3, 1))
    life.order(life.day(8, 1))
    life.told(life.day(9, 1), False)
    _stays(life, first=2)


@story
def enrolled_again(life: Life) -> None:
    """An enrolment of a number that has older orders."""
    life.casual()
    number = life.order(life.day(15), "IN", "100")
    life.expect("enrolment-of-known-customer", number, "high", life.day(15))
    life.expect("new-enrolment", number, "info", life.day(15))


@story
def enrolled_under_a_new_number(life: Life) -> None:
    """The same name and address as somebody who is known."""
    life.columns |= {"name": FOUNDER, "email": FOUNDERS_EMAIL}
    day = _enrolled(life)
    number = life.order(day, "IN", "100")
    life.expect("enrolment-of-known-customer", number, "high", day)
    life.expect("new-enrolment", number, "info", day)
    _stays(life)


@story
def namesake_with_another_address(life: Life) -> None:
    """Two people may have one name."""
    life.columns |= {"name": FOUNDER}
    day = _enrolled(life)
    number = life.order(day, "IN", "100")
    life.expect("new-enrolment", number, "info", day)
    _stays(life)


@story
def first_order_not_enrolment(life: Life) -> None:
    """Enrolled this month, and the first order is no IN."""
    day = _enrolled(life)
    number = life.order(day, "IO", "100")
    life.expect("first-order-not-enrolment", number, "medium", day)
    _stays(life)


@story
def first_order_a_month_later(life: Life) -> None:
    """Enrolled last month: whatever she does first, nobody expects an IN now."""
    life.columns["enrolled_on"] = life.day(20, -1)
    life.order(life.day(4), "IO", "100")
    _stays(life)


@story
def first_order_of_somebody_long_enrolled(life: Life) -> None:
    """Without a known day of enrolment nothing is concluded."""
    life.order(life.day(4), "IO", "100")
    _stays(life)


def _enrolled(life: Life) -> date:
    day = life.day(life.rng.randint(3, 16))
    life.columns["enrolled_on"] = day
    return day


def _stays(life: Life, first: int = 1) -> None:
    """A standard order every other month from then on, so that nobody misses her."""
    while life.month.plus(first) < life.month.plus(14):
        life.order(life.day(25, first), "IO")
        first += 2


@story
def inactive(life: Life) -> None:
    """After her last order: told after three, six and eleven months."""
    stop = life.rng.randint(0, 3)
    life.casual()
    last = life.day(life.as_day, stop - 6)
    life.events = [e for e in life.events if e.columns["order_date"] <= last]
    newest = max(e.columns["order_date"] for e in life.events)
    life.goes_quiet(newest)


@story
def nearly_inactive(life: Life) -> None:
    """A day before the three months are over she orders again."""
    life.casual()
    life.events = [e for e in life.events if e.columns["order_date"] <= life.day(1)]
    day = max(e.columns["order_date"] for e in life.events)
    while day.year < 2027:
        day = months_after(day, 3) - timedelta(days=1)
        life.order(day, "IO")


@story
def unexpected_loyalty_order(life: Life) -> None:
    """An AS after the user's no; the one before it and the second one are not told."""
    life.as_day = life.rng.randint(8, 12)
    life.casual()
    life.order(life.day(1), pv="50")
    life.told(life.day(2), False)
    first = life.order(life.day(7))
    life.expect("unexpected-loyalty-order", first, "medium", life.day(7))
    life.expect("second-loyalty-order", first, "medium", life.day(7))
    life.order(life.day(7, 1))


@story
def unknown_type(life: Life) -> None:
    """A code that no table holds: told once, on the first order that shows it."""
    life.casual()
    code = f"X{life.index}"
    number = life.order(life.day(14), code)
    life.expect("unknown-order-type", number, "low", life.day(14))
    life.order(life.day(20), code)
