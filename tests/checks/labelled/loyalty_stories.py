"""Stories on the loyalty programme: every rule's case, and its neighbour one step beyond."""

from __future__ import annotations

from datetime import date, timedelta

from models.domain.months import PvMonth
from tests.checks.labelled.life import FIRST, Life, story

STANDARD = ("IO", "SO", "VO")


@story
def quiet_loyal(life: Life) -> None:
    """A loyalty order each month: nothing to say."""
    life.loyal()


@story
def wrong_type_unshipped(life: Life) -> None:
    """Outside the programme before the month's AS: urgent, until the AS runs late in the month."""
    life.as_day = life.rng.randint(5, 12)
    life.loyal(life.month)
    number = life.order(life.day(10), life.rng.choice(STANDARD), ship_date=None)
    life.change(number, life.day(10), 18, ship_date=life.day(10))
    life.expect("wrong-order-type", number, "high", life.day(10))
    life.order(life.day(12))


@story
def wrong_type_shipped(life: Life) -> None:
    """The same, but it has left already when it becomes known."""
    life.as_day = 12
    life.loyal()
    number = life.order(life.day(3), life.rng.choice(STANDARD))
    life.expect("wrong-order-type", number, "medium", life.day(3))


@story
def wrong_type_softened(life: Life) -> None:
    """The month's AS was there before: the rate is safe, and the digest tells it."""
    life.loyal()
    number = life.order(life.day(20), "SO", "0.01")
    life.expect("wrong-order-type", number, "info", life.day(20))


@story
def as_under_one_softens_nothing(life: Life) -> None:
    """An AS of 0.99 PV keeps no rate: the wrong order stays urgent and the month at risk."""
    life.loyal(life.month)
    small = life.order(life.day(life.as_day), pv="0.99")
    life.expect("loyalty-order-without-points", small, "low", life.day(life.as_day))
    number = life.order(life.day(16), "IO")
    life.expect("wrong-order-type", number, "medium", life.day(16))
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), life.day(1, 1))
    life.expect("loyalty-rate-lost", life.month, "info", life.day(1, 1), life.day(1, 2))


@story
def without_pv(life: Life) -> None:
    """Samples of no PV are no lost points."""
    life.loyal()
    life.order(life.day(20), "IO", "0")


@story
def as_three_months_ago(life: Life) -> None:
    """An AS three PV months before: still in the programme."""
    life.loyal(first=-5, last=-1)
    life.month = PvMonth(2025, 11)
    _lost(life)
    number = life.order(life.day(15), "IO")
    life.expect("wrong-order-type", number, "medium", life.day(15))
    life.goes_quiet(life.day(15))


@story
def as_four_months_ago(life: Life) -> None:
    """An AS four PV months before: out of the programme, by the orders."""
    life.loyal(first=-5, last=-1)
    life.month = PvMonth(2025, 12)
    _lost(life)
    life.order(life.day(15), "IO")
    life.goes_quiet(life.day(15))


def _lost(life: Life) -> None:
    """Her last AS was in August: three months are at risk, then lost, and she is missed."""
    for month in (PvMonth(2025, 9), PvMonth(2025, 10), PvMonth(2025, 11)):
        risk, over = month.first_day.replace(day=20), month.plus(1).first_day
        life.expect("loyalty-month-at-risk", month, "high", risk, over)
        life.expect("loyalty-rate-lost", month, "info", over)
    missed = PvMonth(2025, 11)
    life.expect("inactive-customer", missed, "info", missed.first_day.replace(day=life.as_day))


@story
def told_yes_without_as(life: Life) -> None:
    """The user knows better than the orders: she is in the programme."""
    life.casual()
    life.told(life.day(1), True, hour=1)
    number = life.order(life.day(14), "IO", pv="30")
    _her_casual_order(life, "medium")
    life.expect("wrong-order-type", number, "medium", life.day(14))
    life.told(life.day(18), None)


@story
def told_no(life: Life) -> None:
    """The user says that she has left: her standard orders are right, her next AS is not."""
    life.loyal(last=life.month.minus(FIRST) - 1)
    life.told(life.day(1), False, hour=1)
    life.order(life.day(5), "IO")
    number = life.order(life.day(9))
    life.expect("unexpected-loyalty-order", number, "medium", life.day(9))
    second = life.order(life.day(16))
    life.expect("second-loyalty-order", second, "medium", life.day(16))
    _off_schedule(life, second, 16)
    life.goes_quiet(life.day(16))


def _off_schedule(life: Life, number: str, day: int) -> None:
    """Her last six AS were five on her day and one on the ninth: the lower median is her day."""
    usual = sorted([life.as_day] * 5 + [9])[2]
    if abs(day - usual) > 7:
        life.expect("loyalty-order-off-schedule", number, "low", life.day(day))


@story
def changed_mind(life: Life) -> None:
    """Told yes, a finding; told no, it is over; told to judge by the orders, still over."""
    life.casual()
    life.told(life.day(13), True)
    number = life.order(life.day(14), "SO")
    life.expect("wrong-order-type", number, "medium", life.day(14), life.day(15))
    _her_casual_order(life, "medium", known=life.day(13))
    life.told(life.day(15), False)
    life.told(life.day(16), None)


def _her_casual_order(life: Life, severity: str, known: date | None = None) -> None:
    """Her usual order of that month, if she has one, is outside the programme too."""
    day = life.day(life.as_day)
    for event in life.events:
        if event.columns.get("order_date") == day:
            life.expect("wrong-order-type", event.number, severity, max(day, known or day))


@story
def pv_month_of_the_last(life: Life) -> None:
    """An order of the first that counts for the month before, which has its AS already."""
    life.loyal()
    number = life.order(life.day(1, 1), "IO", pv_month=life.month)
    life.expect("wrong-order-type", number, "info", life.day(1, 1))


@story
def pv_month_without_as(life: Life) -> None:
    """The same, but the month before had no AS: one in the new month does not soften it."""
    life.loyal(life.month)
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), life.day(1, 1))
    life.expect("loyalty-rate-lost", life.month, "info", life.day(1, 1), life.day(1, 2))
    number = life.order(life.day(1, 1), "IO", pv_month=life.month)
    life.expect("wrong-order-type", number, "medium", life.day(1, 1))


@story
def at_risk_saved(life: Life) -> None:
    """No AS until the 20th; one PV on the 25th saves the month."""
    life.loyal(life.month)
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), life.day(25))
    number = life.order(life.day(25), pv="1")
    life.expect("loyalty-order-without-points", number, "low", life.day(25))
    life.expect("loyalty-order-off-schedule", number, "low", life.day(25))


@story
def at_risk_not_yet(life: Life) -> None:
    """The AS comes on the 19th, a day before anybody worries."""
    life.as_day = 12
    life.loyal(life.month)
    life.order(life.day(19))


@story
def at_risk_for_hours(life: Life) -> None:
    """The AS comes on the 20th itself: at risk from midnight until it is seen."""
    life.as_day = 13
    life.loyal(life.month)
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), life.day(20))
    life.order(life.day(20))


@story
def rate_lost(life: Life) -> None:
    """A whole month without an AS: at risk, then lost, and nobody else says so."""
    life.loyal(life.month)
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), life.day(1, 1))
    life.expect("loyalty-rate-lost", life.month, "info", life.day(1, 1), life.day(1, 2))


@story
def saved_on_the_last_day(life: Life) -> None:
    """An AS in the last hour of the month keeps the rate."""
    life.loyal(life.month)
    last = life.month.last_day
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), last)
    number = life.order(last, hour=23)
    life.expect("loyalty-order-off-schedule", number, "low", last)


@story
def late_booking_saves(life: Life) -> None:
    """Booked on the first for the month before: lost for some hours, then not."""
    life.as_day = 12
    life.loyal(life.month)
    life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), life.day(1, 1))
    life.expect("loyalty-rate-lost", life.month, "info", life.day(1, 1), life.day(1, 1))
    number = life.order(life.day(1, 1), pv_month=life.month)
    life.expect("loyalty-order-off-schedule", number, "low", life.day(1, 1))


@story
def no_points(life: Life) -> None:
    """An AS of 44.99 PV earns nothing and is not even near."""
    _sized(life, "44.99", "loyalty-order-without-points")


@story
def nearly_points(life: Life) -> None:
    """From 45 PV on it is just below the 50."""
    _sized(life, life.rng.choice(["45", "49.99"]), "just-below-threshold")


@story
def enough_points(life: Life) -> None:
    """50 PV earn points."""
    _sized(life, "50", None)


@story
def far_below_product(life: Life) -> None:
    """114.99 PV is not near the product of the month."""
    _sized(life, "114.99", None)


@story
def nearly_product(life: Life) -> None:
    """From 115 PV on, until the 15th is over."""
    life.loyal(life.month)
    day = life.day(life.as_day)
    number = life.order(day, pv=life.rng.choice(["115", "124.99"]))
    life.expect("just-below-threshold", number, "low", day, life.day(16))


@story
def product(life: Life) -> None:
    """125 PV by the 15th is the product of the month."""
    life.as_day = 15
    _sized(life, "125", None)


@story
def nearly_product_on_the_last_day(life: Life) -> None:
    """On the 15th it is told, on the 16th it is too late to matter."""
    life.as_day = life.rng.choice([15, 16])
    life.loyal(life.month)
    day = life.day(life.as_day)
    number = life.order(day, pv="120")
    if life.as_day == 15:
        life.expect("just-below-threshold", number, "low", day, life.day(16))


@story
def product_missed(life: Life) -> None:
    """125 PV on the 16th comes a day too late."""
    life.as_day = 16
    _sized(life, "125", "product-of-month-missed", "info")


def _sized(life: Life, pv: str, rule: str | None, severity: str = "low") -> None:
    life.loyal(life.month)
    day = life.day(life.as_day)
    number = life.order(day, pv=pv)
    if rule:
        life.expect(rule, number, severity, day)


@story
def second_large_order(life: Life) -> None:
    """The product was had on the 5th; another 125 PV on the 16th miss nothing."""
    life.as_day = 9
    life.loyal(life.month)
    life.order(life.day(5), pv="125")
    second = life.order(life.day(16), pv="125")
    life.expect("second-loyalty-order", second, "medium", life.day(16))


@story
def second_as(life: Life) -> None:
    """Two AS in one PV month; the later one is told, whatever is in them."""
    life.loyal()
    day = life.day(life.as_day) + timedelta(days=1)
    number = life.order(day)
    life.expect("second-loyalty-order", number, "medium", day)
    if life.rng.random() < 0.5:
        for event in life.events:
            if event.columns["order_date"] in (day, day - timedelta(days=1)):
                event.columns["basket"] = {"lemon": 4, "mint": 1}


@story
def two_as_in_two_pv_months(life: Life) -> None:
    """Two AS in one calendar month that count for two PV months are none too many."""
    life.as_day = 4
    life.loyal(life.month.plus(1))
    life.order(life.month.last_day, pv_month=life.month.plus(1))


@story
def off_schedule(life: Life) -> None:
    """Eight days from the usual day: the template runs on the wrong one."""
    life.loyal(life.month)
    day = life.day(life.as_day + 8)
    if day.day >= 20:
        life.expect("loyalty-month-at-risk", life.month, "high", life.day(20), day)
    number = life.order(day)
    life.expect("loyalty-order-off-schedule", number, "low", day)


@story
def nearly_off_schedule(life: Life) -> None:
    """Seven days are within what is usual."""
    life.loyal(life.month)
    life.order(life.day(life.as_day + 7))


@story
def too_young_for_a_schedule(life: Life) -> None:
    """Two AS make no usual day, three do: the median of the third, fourth and eighteenth."""
    life.order(date(2026, 6, 3), "IO")
    for month, day in ((7, 3), (8, 4), (9, 18), (10, 11)):
        life.order(date(2026, month, day))
