"""R1 to R8 and R21: what the loyalty programme asks of an order and a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.domain.values import OrderFamily, Severity
from tests.checks.subjects import customer, found, local, order, rules

SEPTEMBER = order(100, "2026-09-05", historic=True)
WRONG = "wrong-order-type:200"
RISK = "loyalty-month-at-risk:1234567:2026-10"
LOST = "loyalty-rate-lost:1234567:2026-09"


def test_unshipped_order_outside_the_programme_is_urgent_until_the_month_ends() -> None:
    """While it can still be stopped, a wrong order is high, with the last second of the month."""
    finding = found(
        "2026-10-05 09:00", [SEPTEMBER, order(200, "2026-10-05", "IO", ship_date=None)]
    )[WRONG]
    assert finding.severity is Severity.HIGH
    assert finding.deadline == local("2026-10-31 23:59:59")
    assert finding.details["has_as_this_month"] is False
    assert (finding.order, finding.customer_id) == ("200", "1234567")


def test_shipped_order_outside_the_programme_is_medium() -> None:
    """What has left can't be stopped any more, only made good."""
    assert (
        found("2026-10-05 09:00", [SEPTEMBER, order(200, "2026-10-05", "SO")])[WRONG].severity
        is Severity.MEDIUM
    )


@pytest.mark.parametrize(("pv", "severity"), [("1", Severity.INFO), ("0.99", Severity.HIGH)])
def test_one_pv_as_in_the_month_makes_a_wrong_order_mere_info(pv: str, severity: Severity) -> None:
    """The rate is kept by an AS of 1 PV, not by less."""
    wrong = order(200, "2026-10-05", "IO", ship_date=None)
    result = found("2026-10-06 09:00", [SEPTEMBER, wrong, order(201, "2026-10-06", pv=pv)])
    assert result[WRONG].severity is severity


def test_cancelled_as_keeps_no_rate() -> None:
    """A mended month must be reported again when the mending AS was cancelled."""
    wrong = order(200, "2026-10-05", "IO", ship_date=None)
    mended = order(201, "2026-10-06", cancelled=True)
    assert found("2026-10-06 09:00", [SEPTEMBER, wrong, mended])[WRONG].severity is Severity.HIGH


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-07-31", True), ("2026-06-30", False), ("2026-10-01", False)]
)
def test_loyalty_is_expected_from_an_as_in_the_three_months_before(
    day: str, expected: bool
) -> None:
    """July speaks for October, June and October itself do not."""
    result = found("2026-10-05 09:00", [order(100, day), order(200, "2026-10-05", "IO")])
    assert (WRONG in result) is expected


@pytest.mark.parametrize(
    ("told", "before", "expected"),
    [(True, False, True), (False, True, False), (None, True, True), (None, False, False)],
)
def test_the_users_word_outranks_the_orders(told: Any, before: bool, expected: bool) -> None:
    """Who was told in or out of the programme is judged so, whatever her orders say."""
    orders = [order(200, "2026-10-05", "IO"), *([SEPTEMBER] if before else [])]
    result = found("2026-10-05 09:00", orders, who=customer(expects_loyalty=told))
    assert (WRONG in result) is expected


def test_changed_mind_ends_the_alert() -> None:
    """Once the user says that she left the programme, the finding is gone at once."""
    orders = [SEPTEMBER, order(200, "2026-10-05", "IO")]
    assert WRONG in found("2026-10-05 09:00", orders)
    assert WRONG not in found("2026-10-05 09:05", orders, who=customer(expects_loyalty=False))


@pytest.mark.parametrize(("enrolled", "silent"), [("2026-10-01", True), ("2026-09-30", False)])
def test_enrolment_month_is_silent(enrolled: str, silent: bool) -> None:
    """No AS is possible in the month of enrolment, so nothing is wrong there."""
    who = customer(expects_loyalty=True, enrolled_on=date.fromisoformat(enrolled))
    result = found("2026-10-25 09:00", [order(200, "2026-10-20", "IO")], who=who)
    assert (WRONG not in result) is silent
    assert (RISK not in result) is silent


def test_enrolment_month_is_known_from_the_first_order_too() -> None:
    """Without an enrolment date, a first order IN says the month."""
    who = customer(expects_loyalty=True)
    orders = [order(199, "2026-10-02", "IN", "150"), order(200, "2026-10-20", "IO")]
    assert {WRONG, RISK}.isdisjoint(found("2026-10-25 09:00", orders, who=who))


@pytest.mark.parametrize(
    "facts",
    [
        {"family": OrderFamily.REPLACEMENT},
        {"cancelled": True},
        {"accepted": True},
        {"family": OrderFamily.UNKNOWN, "source": "ZZ"},
    ],
)
def test_replacement_cancelled_and_accepted_orders_are_never_of_the_wrong_type(
    facts: dict[str, Any],
) -> None:
    """What was replaced, cancelled, said to be fine or is of unknown type is no wrong order."""
    bad = replace(order(200, "2026-10-05", "IO"), **facts)
    assert "wrong-order-type" not in rules(found("2026-10-05 09:00", [SEPTEMBER, bad]))


@pytest.mark.parametrize(("pv", "expected"), [("0.01", True), ("0", False), ("-60", False)])
def test_order_without_pv_is_no_wrong_order(pv: str, expected: bool) -> None:
    """An order that earns nothing (and a credit) costs the programme nothing."""
    result = found("2026-10-05 09:00", [SEPTEMBER, order(200, "2026-10-05", "IO", pv)])
    assert (WRONG in result) is expected


def test_the_pv_month_counts_not_the_date() -> None:
    """An AS of 1 October that counts for September keeps September's rate, not October's."""
    late = order(150, "2026-10-01", month="2026-09")
    wrong = order(200, "2026-10-02", "IO")
    finding = found("2026-10-02 09:00", [late, wrong])[WRONG]
    assert finding.severity is Severity.MEDIUM
    assert finding.details["has_as_this_month"] is False
    counted = replace(wrong, pv_month=late.pv_month)
    assert WRONG not in found("2026-10-02 09:00", [late, counted])


@pytest.mark.parametrize(
    ("day", "now", "holds"),
    [
        ("2026-10-05", "2026-10-31 23:59", True),
        ("2026-10-05", "2026-11-01 00:00", False),
        ("2026-10-28", "2026-11-11 23:59", True),
        ("2026-10-28", "2026-11-12 00:00", False),
    ],
)
def test_order_findings_end_with_the_month_and_fourteen_days(
    day: str, now: str, holds: bool
) -> None:
    """Nothing that can't be mended stays open; an order of the last days keeps its two weeks."""
    orders = [SEPTEMBER, order(200, day, "IO")]
    result = found(now, orders)
    assert (WRONG in result) is holds


def test_a_finding_says_when_it_ends_by_itself() -> None:
    """Without that moment, an all-clear would be sent for what nobody mended."""
    finding = found("2026-10-29 09:00", [SEPTEMBER, order(200, "2026-10-28", "IO")])[WRONG]
    assert finding.details["lapses_at"] == local("2026-11-12 00:00").isoformat()


@pytest.mark.parametrize(
    ("now", "at_risk"),
    [
        ("2026-10-19 23:59", False),
        ("2026-10-20 00:00", True),
        ("2026-10-31 23:59", True),
        ("2026-11-01 00:00", False),
    ],
)
def test_month_is_at_risk_from_the_twentieth_to_its_end(now: str, at_risk: bool) -> None:
    """Early enough to act, silent before, over with the month (German time)."""
    result = found(now, [SEPTEMBER])
    assert (RISK in result) is at_risk
    if at_risk:
        assert result[RISK].severity is Severity.HIGH
        assert result[RISK].deadline == local("2026-10-31 23:59:59")


@pytest.mark.parametrize(
    ("extra", "at_risk"),
    [
        (order(201, "2026-10-21", pv="1"), False),
        (order(201, "2026-10-21", pv="0.99"), True),
        (order(201, "2026-10-21", "IO"), True),
        (order(201, "2026-10-31", month="2026-11"), True),
        (order(201, "2026-09-30", month="2026-10"), False),
        (order(201, "2026-10-21", cancelled=True), True),
    ],
)
def test_only_an_as_of_this_pv_month_saves_it(extra: Any, at_risk: bool) -> None:
    """One AS of 1 PV that counts for the month ends the risk, nothing else does."""
    assert (RISK in found("2026-10-25 09:00", [SEPTEMBER, extra])) is at_risk


def test_nobody_without_programme_is_at_risk() -> None:
    """A customer who never had an AS must not be alarmed about one."""
    assert not found("2026-10-25 09:00", [order(100, "2026-09-05", "IO", historic=True)])


def test_lost_rate_is_told_in_the_month_after() -> None:
    """doTERRA tells nobody, so the consultant reads it in the digest; a month later it is over."""
    august = order(100, "2026-08-05")
    assert found("2026-10-01 00:00", [august])[LOST].severity is Severity.INFO
    assert LOST not in found("2026-09-30 23:59", [august])
    assert LOST not in found("2026-11-01 00:00", [august])
    assert LOST not in found("2026-10-01 00:00", [august, order(150, "2026-09-30", pv="1")])


def test_rate_lost_before_the_first_sight_is_past() -> None:
    """A first sync must not report months in which nobody was watching."""
    august = replace(order(100, "2026-08-05"), historic=True)
    assert LOST not in found("2026-10-05 09:00", [august])
    assert LOST not in found("2026-10-05 09:00", [august], watched_since=date(2026, 10, 1))
    assert LOST in found("2026-10-05 09:00", [august], watched_since=date(2026, 9, 30))


@pytest.mark.parametrize(
    ("pv", "expected"),
    [
        ("0", set()),
        ("0.01", {"loyalty-order-without-points"}),
        ("44.99", {"loyalty-order-without-points"}),
        ("45", {"just-below-threshold"}),
        ("49.99", {"just-below-threshold"}),
        ("50", set()),
        ("114.99", set()),
        ("115", {"just-below-threshold"}),
        ("124.99", {"just-below-threshold"}),
        ("125", set()),
    ],
)
def test_small_loyalty_orders_are_told_apart_at_the_thresholds(pv: str, expected: set[str]) -> None:
    """Earns nothing, nearly earns, nearly gets the product of the month: each at its step."""
    result = found("2026-10-05 09:00", [order(200, "2026-10-05", pv=pv)])
    assert rules(result) == expected
    assert all(finding.severity is Severity.LOW for finding in result.values())


def test_thresholds_are_those_of_the_loyalty_programme_only() -> None:
    """A standard order of 48 PV is no loyalty order that just missed its points."""
    assert not found("2026-10-05 09:00", [order(200, "2026-10-05", "IO", "48")])


def test_near_product_of_the_month_counts_until_the_fifteenth() -> None:
    """After the 15th nobody can get it any more; what is missing is named."""
    near = order(200, "2026-10-05", pv="120")
    finding = found("2026-10-15 23:59", [near])["just-below-threshold:200"]
    assert (finding.details["missing"], finding.deadline) == ("5", local("2026-10-15 23:59:59"))
    assert not found("2026-10-16 00:00", [near])


@pytest.mark.parametrize(("day", "missed"), [("2026-10-15", False), ("2026-10-16", True)])
def test_product_of_the_month_is_missed_after_the_fifteenth(day: str, missed: bool) -> None:
    """The big AS of the 16th came a day late."""
    result = found("2026-10-16 09:00", [order(200, day, pv="125")])
    assert ("product-of-month-missed:200" in result) is missed


def test_product_of_the_month_is_not_missed_twice() -> None:
    """Only the month's first big AS can miss it, and none when one was in time."""
    late = order(201, "2026-10-20", pv="130")
    early = order(200, "2026-10-10", pv="125")
    small = order(200, "2026-10-10", pv="124")
    assert "product-of-month-missed" not in rules(found("2026-10-20 09:00", [early, late]))
    assert "product-of-month-missed:201" in found("2026-10-20 09:00", [small, late])
    later = order(202, "2026-10-21", pv="130")
    result = found("2026-10-21 09:00", [small, late, later])
    assert {"product-of-month-missed:201"} == {k for k in result if k.startswith("product")}


THREE_ON_THE_FIFTH = [order(n, f"2026-0{n}-05") for n in (7, 8, 9)]


@pytest.mark.parametrize(
    ("day", "month", "off"),
    [
        ("2026-10-12", None, False),
        ("2026-10-13", None, True),
        ("2026-09-28", "2026-10", False),
        ("2026-09-27", "2026-10", True),
    ],
)
def test_template_that_ran_more_than_a_week_off_is_reported(
    day: str, month: str | None, off: bool
) -> None:
    """More than 7 days from the usual day is unusual, counted in the PV month."""
    orders = [*THREE_ON_THE_FIFTH, order(200, day, month=month)]
    assert ("loyalty-order-off-schedule:200" in found("2026-10-13 09:00", orders)) is off


def test_usual_day_needs_three_orders() -> None:
    """Two orders make no habit."""
    orders = [*THREE_ON_THE_FIFTH[1:], order(200, "2026-10-20")]
    assert "loyalty-order-off-schedule" not in rules(found("2026-10-20 09:00", orders))


def test_order_of_the_first_that_counts_for_the_month_before_is_not_off() -> None:
    """Usually on the 28th, ran on the 1st of the next month: three days late, not weeks."""
    usual = [order(n, f"2026-0{n}-28") for n in (6, 7, 8)]
    late = order(200, "2026-10-01", month="2026-09")
    assert "loyalty-order-off-schedule" not in rules(found("2026-10-01 09:00", [*usual, late]))


def test_loyalty_order_of_somebody_told_out_of_the_programme_is_reported_once() -> None:
    """The first AS after the word is a surprise, the second is none."""
    who, told = customer(expects_loyalty=False), date(2026, 10, 5)
    orders = [
        order(100, "2026-10-04", ship_date=None),
        order(200, "2026-10-05"),
        order(201, "2026-10-06"),
    ]
    result = found("2026-10-06 09:00", orders, who=who, told_on=told)
    surprised = [k for k, f in result.items() if f.rule == "unexpected-loyalty-order"]
    assert surprised == ["unexpected-loyalty-order:200"]
    assert result[surprised[0]].severity is Severity.MEDIUM


def test_loyalty_orders_older_than_the_users_word_are_no_surprise() -> None:
    """What was old at first sight came before the word; and nobody else is surprised."""
    old = order(200, "2026-10-05", historic=True)
    assert not found("2026-10-06 09:00", [old], who=customer(expects_loyalty=False))
    assert not found("2026-10-06 09:00", [order(200, "2026-10-05")])
