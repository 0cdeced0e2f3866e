"""R7, R9, R13 to R15, R18 and the baseline: orders of every family."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.domain.baskets import similarity
from models.domain.values import OrderFamily, ParcelState, Severity
from models.domain.workdays import Workdays
from tasks.checks.judge import judge
from tests.checks.subjects import ANNA, BERLIN, basket, found, local, order, parcel, rules

LEMONS = basket(lemon=4, mint=1)


def test_second_as_in_the_month_stands_on_the_later_one() -> None:
    """Two AS are usually one too many; like baskets are called a duplicate."""
    orders = [order(200, "2026-10-05", lines=LEMONS), order(201, "2026-10-20", lines=LEMONS)]
    finding = found("2026-10-20 09:00", orders)["second-loyalty-order:201"]
    assert finding.severity is Severity.MEDIUM
    assert (finding.details["other_order"], finding.details["similarity"]) == ("200", 100)
    assert finding.details["duplicate"] is True


def test_second_as_with_another_basket_is_no_duplicate() -> None:
    """A different second AS is told as second, not as a duplicate."""
    orders = [
        order(200, "2026-10-05", lines=LEMONS),
        order(201, "2026-10-20", lines=basket(clove=1)),
    ]
    assert (
        found("2026-10-20 09:00", orders)["second-loyalty-order:201"].details["duplicate"] is False
    )


@pytest.mark.parametrize(
    "other",
    [
        order(200, "2026-10-05", month="2026-09"),
        order(200, "2026-10-05", cancelled=True),
        order(200, "2026-10-05", "IO"),
    ],
)
def test_one_as_of_the_pv_month_is_no_second(other: Any) -> None:
    """An AS of another PV month, a cancelled one and a standard order do not count."""
    result = found("2026-10-20 09:00", [other, order(201, "2026-10-20")])
    assert "second-loyalty-order" not in rules(result)


def test_second_as_suppresses_the_duplicate_of_the_same_pair() -> None:
    """One trouble, one alert."""
    orders = [order(200, "2026-10-05", lines=LEMONS), order(201, "2026-10-05", lines=LEMONS)]
    assert rules(found("2026-10-05 09:00", orders)) == {"second-loyalty-order"}


def pair(day: str = "2026-10-06", **facts: Any) -> list[Any]:
    """Two like standard orders, the second unshipped unless told."""
    later = {"lines": LEMONS, "ship_date": None, **facts}
    return [order(200, "2026-10-06", "IO", lines=LEMONS), order(201, day, "IO", **later)]


def test_duplicate_stands_on_the_higher_number_and_is_high_while_unshipped() -> None:
    """The one that can still be stopped is named, with its twin."""
    finding = found("2026-10-06 09:00", pair())["duplicate-order:201"]
    assert finding.severity is Severity.HIGH
    assert finding.details["other_order"] == "200"
    shipped = found("2026-10-06 09:00", pair(ship_date=date(2026, 10, 6)))
    assert shipped["duplicate-order:201"].severity is Severity.MEDIUM


def test_higher_number_is_compared_as_a_number() -> None:
    """Order 1000 comes after order 999, whatever their first digits."""
    orders = [replace(o, number=n) for o, n in zip(pair(), ("1000", "999"), strict=True)]
    assert "duplicate-order:1000" in found("2026-10-06 09:00", orders)


@pytest.mark.parametrize(
    ("day", "double"),
    [("2026-10-08", True), ("2026-10-09", False), ("2026-10-04", True), ("2026-10-03", False)],
)
def test_duplicates_are_at_most_two_days_apart(day: str, double: bool) -> None:
    """The same basket three days later is a new wish, whichever number is higher."""
    assert ("duplicate-order:201" in found("2026-10-09 09:00", pair(day))) is double


def test_baskets_are_alike_from_four_fifths_on() -> None:
    """4 of 5 in common is alike, 3 of 4 is not; quantities count."""
    five, four = basket(lemon=4, mint=1), basket(lemon=4)
    assert "duplicate-order" in rules(found("2026-10-06 09:00", pair(lines=four)))
    three = [
        order(200, "2026-10-06", "IO", lines=four),
        order(201, "2026-10-06", "IO", lines=basket(lemon=3)),
    ]
    assert "duplicate-order" not in rules(found("2026-10-06 09:00", three))
    assert similarity(order(1, "2026-10-01", lines=five), order(2, "2026-10-01")) is None


@pytest.mark.parametrize(
    ("first", "second", "double"),
    [("99.90", "99.90", True), ("99.90", "99.91", False), ("0", "0", False)],
)
def test_same_total_is_a_duplicate_too(first: str, second: str, double: bool) -> None:
    """Where lines are not known, one sum twice is suspicious, nothing twice is not."""
    orders = [
        order(200, "2026-10-06", "IO", total=Decimal(first)),
        order(201, "2026-10-06", "IO", total=Decimal(second)),
    ]
    assert ("duplicate-order" in rules(found("2026-10-06 09:00", orders))) is double


@pytest.mark.parametrize(
    "facts", [{"family": OrderFamily.REPLACEMENT}, {"cancelled": True}, {"accepted": True}]
)
def test_replacement_is_no_duplicate(facts: dict[str, Any]) -> None:
    """A replacement repeats its order by intent; cancelled and accepted ones are settled."""
    first, second = pair()
    assert "duplicate-order" not in rules(
        found("2026-10-06 09:00", [first, replace(second, **facts)])
    )


def test_cancelling_the_first_settles_the_duplicate() -> None:
    """When either of the two is cancelled, one is left."""
    first, second = pair()
    orders = [replace(first, cancelled=True), second]
    assert "duplicate-order" not in rules(found("2026-10-06 09:00", orders))


def usual(n: int) -> list[Any]:
    """`n` earlier standard orders of 100 PV."""
    return [order(i, f"2026-0{i + 1}-05", "IO", "100", historic=True) for i in range(1, n + 1)]


@pytest.mark.parametrize(
    ("before", "pv", "unusual"), [(4, "250.01", True), (4, "250", False), (3, "900", False)]
)
def test_unusual_size_needs_four_orders_and_more_than_two_and_a_half_times(
    before: int, pv: str, unusual: bool
) -> None:
    """A big order is only unusual for somebody whose usual is known."""
    orders = [*usual(before), order(200, "2026-10-05", "IO", pv)]
    assert ("unusual-order-size:200" in found("2026-10-05 09:00", orders)) is unusual


@pytest.mark.parametrize(("now", "late"), [("2026-10-08 23:59", False), ("2026-10-09 00:00", True)])
def test_not_shipped_after_three_full_working_days(now: str, late: bool) -> None:
    """Ordered on Monday: Tuesday to Thursday must have passed."""
    result = found(now, [order(200, "2026-10-05", "IO", ship_date=None)])
    assert ("not-shipped:200" in result) is late
    if late:
        assert result["not-shipped:200"].severity is Severity.MEDIUM
        assert result["not-shipped:200"].details["working_days"] == 3


def test_holidays_and_weekends_are_no_working_days() -> None:
    """Over Christmas nobody packs: ordered on the 23rd, late only on the 30th."""
    orders = [order(200, "2026-12-23", "IO", ship_date=None)]
    assert "not-shipped" not in rules(found("2026-12-29 23:59", orders))
    assert "not-shipped" in rules(found("2026-12-30 00:00", orders))


def test_the_land_decides_on_the_holidays() -> None:
    """All Saints is a holiday in Bavaria, so the same order is late a day later there."""
    orders = [order(200, "2027-10-28", "IO", ship_date=None)]
    keys = {
        land: {
            f.rule
            for f in judge(ANNA, orders, (), local("2027-11-03 09:00"), BERLIN, Workdays(land))
        }
        for land in ("BY", "BE")
    }
    assert keys == {"BY": set(), "BE": {"not-shipped"}}


@pytest.mark.parametrize(
    "facts",
    [
        {"ship_date": date(2026, 10, 8)},
        {"family": OrderFamily.REPLACEMENT},
        {"cancelled": True},
        {"accepted": True},
        {"historic": True, "order_date": date(2026, 9, 5), "pv_month": None},
    ],
)
def test_not_shipped_is_silent_for_what_needs_no_shipping(facts: dict[str, Any]) -> None:
    """Shipped, replaced, cancelled, accepted or long past: nobody has to act."""
    plain = order(200, "2026-10-05", "IO", ship_date=None)
    if facts.get("historic"):
        facts["pv_month"] = plain.pv_month.plus(-1)
    assert not found("2026-10-20 09:00", [replace(plain, **facts)])


def test_moving_parcel_proves_shipping_before_the_list_does() -> None:
    """The carrier has it, so it left, whatever the ship date column says; announced is no proof."""
    orders = [order(200, "2026-10-05", "IO", ship_date=None)]
    scanned = local("2026-10-09 08:00")
    assert not found(
        "2026-10-09 09:00", orders, [parcel(ParcelState.IN_TRANSIT, last_event_at=scanned)]
    )
    announced = found("2026-10-09 09:00", orders, [parcel(ParcelState.ANNOUNCED)])
    assert "not-shipped" in rules(announced)


def test_unpaid_order_is_reported_as_unpaid_only() -> None:
    """What is not paid can't ship, so it is R15's and never R14's; paying ends it."""
    waiting = order(200, "2026-10-05", "IO", ship_date=None, paid=False)
    result = found("2026-10-20 09:00", [waiting])
    assert rules(result) == {"unpaid"}
    assert result["unpaid:200"].severity is Severity.MEDIUM
    assert "unpaid" not in rules(found("2026-10-20 09:00", [replace(waiting, paid=True)]))


@pytest.mark.parametrize("rule", ["not-shipped", "unpaid"])
def test_open_ends_stay_open_however_old(rule: str) -> None:
    """An order that never ships must not fall silent by growing old."""
    waiting = order(200, "2026-10-05", "IO", ship_date=None, paid=rule != "unpaid")
    finding = found("2026-12-20 09:00", [waiting])[f"{rule}:200"]
    assert "lapses_at" not in finding.details


def test_unknown_type_is_reported_once_a_code() -> None:
    """A new code is news on the first order that shows it, not on each."""
    orders = [
        order(200, "2026-10-05", "ZZ"),
        order(201, "2026-10-09", "ZZ"),
        order(202, "2026-10-09", "YY"),
    ]
    result = found("2026-10-09 09:00", orders)
    assert {"unknown-order-type:200", "unknown-order-type:202"} == set(result)
    assert result["unknown-order-type:200"].severity is Severity.LOW
    assert set(found("2026-10-09 09:00", orders, first_shown={"ZZ": "77", "YY": "202"})) == {
        "unknown-order-type:202"
    }


def test_history_of_a_first_sync_yields_no_alert() -> None:
    """Old months are facts to compare with: only the running PV month is judged."""
    past = [replace(o, historic=True, ship_date=None) for o in pair()]
    moved = [replace(o, pv_month=o.pv_month.plus(-1)) for o in past]
    assert not found("2026-10-07 09:00", moved)
    assert "duplicate-order:201" in found("2026-10-07 09:00", past)
    assert not found("2026-11-01 00:00", past)


def test_what_the_first_sight_opened_does_not_close_with_the_month() -> None:
    """With the first sight known, an unshipped order of that month stays reported after it."""
    waiting = order(200, "2026-10-20", "IO", ship_date=None, historic=True)
    since = date(2026, 10, 25)
    assert "not-shipped" in rules(found("2026-11-05 09:00", [waiting], watched_since=since))
    assert not found("2026-11-05 09:00", [waiting], watched_since=date(2026, 11, 1))


def test_accepted_order_is_never_reported_again_but_still_compared() -> None:
    """Accepting the first of two leaves the second reported."""
    first, second = pair()
    assert set(found("2026-10-06 09:00", [replace(first, accepted=True), second])) == {
        "duplicate-order:201"
    }


def test_credit_is_no_order() -> None:
    """A negative order is money coming back, not something unshipped or small."""
    assert not found("2026-10-20 09:00", [order(200, "2026-10-05", "AS", "-60", ship_date=None)])
