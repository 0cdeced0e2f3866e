"""R10 to R12, R20 and R22: a customer's beginning and end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.domain.values import Severity
from tests.checks.subjects import customer, found, local, order, rules

NEW = customer(enrolled_on=date(2026, 10, 5))


def test_enrolment_of_a_number_that_has_orders_is_urgent() -> None:
    """Somebody was enrolled twice: it must be stopped at once."""
    orders = [order(100, "2026-03-05", "IO", historic=True), order(200, "2026-10-05", "IN", "150")]
    finding = found("2026-10-05 09:00", orders)["enrolment-of-known-customer:200"]
    assert finding.severity is Severity.HIGH
    assert finding.details["other_order"] == "100"


def test_first_enrolment_without_namesake_is_welcome() -> None:
    """A real newcomer is no double."""
    result = found("2026-10-05 09:00", [order(200, "2026-10-05", "IN", "150")], who=NEW)
    assert rules(result) == {"new-enrolment"}


@pytest.mark.parametrize("source", ["IN", "IO"])
def test_new_number_of_a_known_person_is_reported(source: str) -> None:
    """The same name and e-mail under a new number is a second account."""
    result = found(
        "2026-10-05 09:00",
        [order(200, "2026-10-05", source, "150")],
        who=NEW,
        namesakes=frozenset({"7654321"}),
    )
    assert result["enrolment-of-known-customer:200"].details["other_customer"] == "7654321"


def test_old_number_with_a_namesake_is_left_alone() -> None:
    """The existing customer of the pair is not the one who was enrolled again."""
    orders = [order(100, "2026-03-05", "IN", historic=True), order(200, "2026-10-05", "IO")]
    result = found("2026-10-05 09:00", orders, namesakes=frozenset({"7654321"}))
    assert "enrolment-of-known-customer" not in rules(result)


@pytest.mark.parametrize(("now", "told"), [("2026-11-10 23:59", True), ("2026-11-11 00:00", False)])
def test_new_enrolment_tells_its_dates_until_they_are_over(now: str, told: bool) -> None:
    """The sponsor can be changed until the 10th of the month after, the first AS comes then."""
    result = found(now, [order(200, "2026-10-05", "IN", "150")], who=NEW)
    assert ("new-enrolment:200" in result) is told
    if told:
        finding = result["new-enrolment:200"]
        assert finding.severity is Severity.INFO
        assert finding.deadline == local("2026-11-10 23:59:59")
        assert finding.details["sponsor_change_until"] == "2026-11-10"
        assert finding.details["first_loyalty_month"] == "2026-11"


def test_enrolment_of_the_first_sights_month_ends_with_it() -> None:
    """Old at first sight, it lapses when its month does, and says so."""
    old = order(200, "2026-10-05", "IN", "150", historic=True)
    finding = found("2026-10-31 23:59", [old], who=NEW)["new-enrolment:200"]
    assert finding.details["lapses_at"] == local("2026-11-01 00:00").isoformat()
    assert not found("2026-11-01 00:00", [old], who=NEW)


@pytest.mark.parametrize(("pv", "small"), [("99.99", True), ("100", False)])
def test_small_enrolment_is_under_a_hundred_pv(pv: str, small: bool) -> None:
    """One hundred is enough, a cent less is not."""
    result = found("2026-10-05 09:00", [order(200, "2026-10-05", "IN", pv)])
    assert ("small-enrolment:200" in result) is small


@pytest.mark.parametrize(
    ("enrolled", "expected"),
    [(date(2026, 10, 1), True), (date(2026, 9, 30), False), (None, False)],
)
def test_first_order_in_the_enrolment_month_should_be_an_enrolment(
    enrolled: date | None, expected: bool
) -> None:
    """A newcomer's first order of another type lost her the kit; unknown dates stay silent."""
    orders = [order(200, "2026-10-05", "IO"), order(201, "2026-10-07", "IO")]
    result = found("2026-10-07 09:00", orders, who=customer(enrolled_on=enrolled))
    keys = {key for key in result if key.startswith("first-order")}
    assert keys == ({"first-order-not-enrolment:200"} if expected else set())
    if expected:
        assert result["first-order-not-enrolment:200"].severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("now", "months", "severity"),
    [
        ("2026-04-29 23:59", None, None),
        ("2026-04-30 00:00", 3, Severity.INFO),
        ("2026-07-30 23:59", 3, Severity.INFO),
        ("2026-07-31 00:00", 6, Severity.INFO),
        ("2026-12-30 23:59", 6, Severity.INFO),
        ("2026-12-31 00:00", 11, Severity.HIGH),
        ("2027-01-30 23:59", 11, Severity.HIGH),
        ("2027-01-31 00:00", None, None),
    ],
)
def test_inactivity_has_stages_of_months(now: str, months: int | None, severity: Any) -> None:
    """Three and six months are digest news, eleven are urgent: after twelve the account is gone."""
    result = found(now, [order(100, "2026-01-31", "IO")])
    found_stages = [f for f in result.values() if f.rule == "inactive-customer"]
    assert [f.details["months"] for f in found_stages] == ([months] if months else [])
    assert all(f.severity is severity for f in found_stages)


def test_each_stage_of_inactivity_is_a_finding_of_its_own() -> None:
    """Who dismissed the third month must still hear of the eleventh."""
    last = [order(100, "2026-01-31", "IO")]
    keys = [next(iter(found(f"{day} 09:00", last))) for day in ("2026-05-01", "2026-12-31")]
    assert keys == ["inactive-customer:1234567:2026-04", "inactive-customer:1234567:2026-12"]


def test_inactivity_that_began_before_the_first_sight_is_past() -> None:
    """A first sync must not report years of silence."""
    old = [order(100, "2026-01-31", "IO", historic=True)]
    assert not found("2026-05-01 09:00", old)
    assert not found("2026-05-01 09:00", old, watched_since=date(2026, 5, 1))
    assert found("2026-05-01 09:00", old, watched_since=date(2026, 4, 30))


def test_a_new_order_ends_inactivity_and_no_order_is_none() -> None:
    """Who ordered is active; a cancelled order is no order, and who never ordered is not lost."""
    last = order(100, "2026-01-31", "IO")
    assert not found("2026-07-31 09:00", [last, order(101, "2026-07-30", "IO")])
    assert found("2026-07-31 09:00", [last, order(101, "2026-07-30", "IO", cancelled=True)])
    assert not found("2026-07-31 09:00", watched_since=date(2025, 1, 1))
