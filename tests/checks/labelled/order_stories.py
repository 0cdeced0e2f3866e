"""Stories on orders of every family: doubles, sizes, shipping, payment, types, first sight."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from models.domain.months import PvMonth
from tests.checks.labelled.life import BEGINS, Life, after_working_days, moment, story

BASKET = {"lemon": 4, "mint": 1}
PAID, NOTHING = Decimal(90), Decimal(0)


@story
def quiet_casual(life: Life) -> None:
    """A standard order every other month: nothing to say."""
    life.casual()


@story
def duplicate(life: Life) -> None:
    """Two days apart, four fifths alike; nothing has been shipped."""
    life.casual()
    day = life.monday()
    life.order(day, "IO", basket=BASKET)
    second = life.order(day + timedelta(days=2), "SO", basket=BASKET | {"mint": 2}, ship_date=None)
    life.change(second, day + timedelta(days=3), ship_date=day + timedelta(days=3))
    life.expect("duplicate-order", second, "high", day + timedelta(days=2))


@story
def duplicate_three_days_apart(life: Life) -> None:
    """A day more is a repeated order, not a double one."""
    life.casual()
    for days in (0, 3):
        life.order(life.monday() + timedelta(days=days), "IO", basket=BASKET)


@story
def duplicate_not_alike_enough(life: Life) -> None:
    """Eleven of fourteen items in common are less than four fifths."""
    life.casual()
    life.order(life.monday(), "IO", basket={"lemon": 11})
    life.order(life.monday(), "IO", basket={"lemon": 11, "mint": 3})


@story
def duplicate_by_total(life: Life) -> None:
    """Other items, but the same total above 0; both have left already."""
    life.casual()
    life.order(life.monday(), "IO", total=PAID)
    second = life.order(life.monday() + timedelta(days=1), "SO", total=PAID)
    life.expect("duplicate-order", second, "medium", life.monday() + timedelta(days=1))


@story
def no_duplicate_of_nothing(life: Life) -> None:
    """Two orders that cost nothing agree in that alone."""
    life.casual()
    for _ in range(2):
        life.order(life.monday(), "IO", total=NOTHING)


@story
def duplicate_seen_in_the_wrong_order(life: Life) -> None:
    """The later order becomes known first: the finding stands on it all the same."""
    life.casual()
    day = life.monday()
    first = life.order(day, "IO", basket=BASKET, at=moment(day + timedelta(days=2), 10))
    second = life.order(day + timedelta(days=1), "IO", basket=BASKET)
    assert first < second
    life.expect("duplicate-order", second, "medium", day + timedelta(days=2))


@story
def replacement(life: Life) -> None:
    """A replacement repeats its order for nothing: no double, nothing to ship or pay."""
    life.loyal()
    day = life.day(life.as_day)
    life.order(
        day + timedelta(days=1), "IO", "0", list_type="R", total=NOTHING, ship_date=None,
        paid=False, basket=BASKET,
    )  # fmt: skip


@story
def loyal_pair_of_two_pv_months(life: Life) -> None:
    """Two AS of two PV months a day apart: each in its month, but alike: a possible double."""
    life.as_day = 2
    life.loyal(life.month, life.month.plus(1))
    life.order(life.day(2), basket={"rose": 9})
    last = life.month.last_day
    life.order(last, "AS", pv_month=life.month.plus(1), basket=BASKET)
    double = life.order(life.day(1, 1), "IO", basket=BASKET)
    life.expect("duplicate-order", double, "medium", life.day(1, 1))
    life.expect("wrong-order-type", double, "info", life.day(1, 1))


@story
def unusual_size(life: Life) -> None:
    """Above two and a half times the median of 60 PV."""
    life.casual()
    number = life.order(life.day(14), "IO", "150.01")
    life.expect("unusual-order-size", number, "info", life.day(14))


@story
def nearly_unusual_size(life: Life) -> None:
    """Two and a half times the median are just usual."""
    life.casual()
    life.order(life.day(14), "IO", "150")


@story
def too_few_for_a_median(life: Life) -> None:
    """Three orders before say nothing about what is usual."""
    for n in range(3):
        life.order(life.day(5, n - 3), "IO")
    life.order(life.day(5), "IO", "600")
    life.goes_quiet(life.day(5))


@story
def not_shipped(life: Life) -> None:
    """Three full working days have passed: told on the next morning, until it leaves."""
    life.casual()
    day = life.monday()
    number = life.order(day, "IO", ship_date=None)
    told = after_working_days(day, 3)
    life.change(number, told, ship_date=told)
    life.expect("not-shipped", number, "medium", told, told)


@story
def shipped_on_the_third_day(life: Life) -> None:
    """It leaves on the evening of the third working day."""
    life.casual()
    number = life.order(life.monday(), "IO", ship_date=None)
    third = after_working_days(life.monday(), 3) - timedelta(days=1)
    life.change(number, third, 20, ship_date=third)


@story
def not_shipped_over_a_holiday(life: Life) -> None:
    """Neither the Third of October nor the weekend after it is worked on."""
    life.casual()
    number = life.order(date(2025, 10, 1), "SO", ship_date=None)
    life.change(number, date(2025, 10, 7), 20, ship_date=date(2025, 10, 7))
    late = life.order(date(2025, 12, 23), "SO", ship_date=None)
    life.expect("not-shipped", late, "medium", date(2025, 12, 31))
    life.change(late, date(2025, 12, 31), 20, ship_date=date(2025, 12, 31))


@story
def not_shipped_but_gone(life: Life) -> None:
    """An order that is no longer in the lists is not waited for."""
    life.casual()
    number = life.order(life.monday(), "IO", ship_date=None)
    gone = life.monday() + timedelta(days=2)
    life.change(number, gone, vanished_at=moment(gone, 10))


@story
def unpaid(life: Life) -> None:
    """Told as unpaid, never as not shipped, until it is paid."""
    life.casual()
    number = life.order(life.monday(), "IO", ship_date=None, paid=False)
    paid = after_working_days(life.monday(), 5)
    life.change(number, paid, paid=True, ship_date=paid)
    life.expect("unpaid", number, "medium", life.monday(), paid)


@story
def credited(life: Life) -> None:
    """A negative order takes the wrong one back: the finding is over."""
    life.as_day = 12
    life.loyal()
    number = life.order(life.day(3), "IO", total=PAID)
    life.order(life.day(7), "IO", "-60", total=-PAID)
    life.expect("wrong-order-type", number, "medium", life.day(3), life.day(7))


@story
def accepted(life: Life) -> None:
    """Fine as it is: the finding is over and never comes back."""
    life.as_day = 12
    life.loyal()
    number = life.order(life.day(3), "IO", ship_date=None)
    life.expect("wrong-order-type", number, "high", life.day(3), life.day(4))
    life.change(number, life.day(4), 8, accepted_at=moment(life.day(4), 8), ship_date=life.day(4))


@story
def first_sight_in_mid_year(life: Life) -> None:
    """Her history is the past; what she ordered in the running month is not."""
    life.seen = moment(life.day(18), 10)
    for n in range(-6, 0):
        life.order(life.day(6, n), "AS")
        life.order(life.day(20, n), "IO", "600", ship_date=None)
    number = life.order(life.day(9), "IO", ship_date=None)
    life.expect("wrong-order-type", number, "high", life.day(18))
    life.change(number, life.day(18), 12, ship_date=life.day(18))
    if after_working_days(life.day(9), 3) <= life.day(18):
        life.expect("not-shipped", number, "medium", life.day(18), life.day(18))
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20))
    life.expect("loyalty-rate-lost", life.month, "info", life.day(1, 1))
    for n in (1, 2):
        month = life.month.plus(n)
        life.expect("loyalty-month-at-risk", month, "high", life.day(20, n))
        life.expect("loyalty-rate-lost", month, "info", life.day(1, n + 1))
    life.goes_quiet(life.day(9))


@story
def first_sight_of_an_old_account(life: Life) -> None:
    """Inactive, at risk and lost long before she was seen: nothing of it is news."""
    for n in range(-10, -4):
        life.order(PvMonth(2025, 9).plus(n).first_day.replace(day=5), "AS", pv="20", ship_date=None)
    assert life.seen == BEGINS
    last = date(2025, 4, 5)
    for months, severity in ((6, "info"), (11, "high")):
        day = date(2025, 10, 5) if months == 6 else date(2026, 3, 5)
        life.expect("inactive-customer", PvMonth.of(day), severity, day)
    assert last < BEGINS.date()


@story
def changed(life: Life) -> None:
    """Its PV is another two days later: told for fourteen days after the change."""
    life.casual()
    number = life.order(life.day(12), "IO")
    life.change(number, life.day(14), 11, pv=Decimal(40))
    life.rewrite(number, life.day(14), "pv", "60.00", "40.00")
    life.expect("order-changed", number, "medium", life.day(14), life.day(14) + timedelta(days=15))


@story
def changed_and_back(life: Life) -> None:
    """A change that is taken back is over."""
    life.casual()
    number = life.order(life.day(12), "IO")
    life.rewrite(number, life.day(14), "pv", "60.00", "40.00")
    life.expect("order-changed", number, "medium", life.day(14), life.day(16))
    life.rewrite(number, life.day(16), "pv", "40.00", "60.00")


@story
def changed_as_accepted(life: Life) -> None:
    """What the user called fine is not reported, whatever becomes of it."""
    life.casual()
    number = life.order(life.day(12), "IO", accepted_at=moment(life.day(12), 10))
    life.rewrite(number, life.day(14), "total", "90.00", "80.00")
