"""What a finding rests on: the right orders, with the reason why each matters."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import pytest

from models.domain.months import PvMonth
from models.domain.values import ParcelState
from tasks.checks.evidence import RULE_THRESHOLDS, Subject, evidence
from tasks.checks.judge import RULES
from tasks.checks.situation import Situation
from tasks.checks.thresholds import Thresholds
from tests.checks.subjects import ANNA, BERLIN, WORKDAYS, customer, local, order, parcel

OCTOBER = PvMonth(2026, 10)


def told(subject: Subject, *orders: Any, now: str = "2026-10-22 12:00", **facts: Any) -> list[str]:
    """The exhibits as `order or parcel: why`."""
    who = facts.pop("who", ANNA)
    parcels = facts.pop("parcels", ())
    situation = Situation(who, orders, parcels, local(now), BERLIN, WORKDAYS, **facts)
    return [_line(each) for each in evidence(situation, subject)]


def _line(exhibit: Any) -> str:
    shown = exhibit.order or exhibit.parcel
    return f"{shown.number}: {exhibit.says}" if shown else str(exhibit.says)


def test_the_programme_is_shown_by_the_orders_of_three_months() -> None:
    """Why an AS was expected, and that there is none."""
    orders = [order(n, f"2026-{n:02d}-05") for n in (6, 7, 9)]
    found = told(Subject("loyalty-month-at-risk", month=OCTOBER), *orders)
    assert found == [
        "7: shows that she is in the programme",
        "9: shows that she is in the programme",
        "no loyalty order (AS) in 2026-10 is known",
    ]


def test_the_users_word_is_an_exhibit() -> None:
    """A finding that rests on what she said herself says so, with the day."""
    who = customer(expects_loyalty=True)
    found = told(
        Subject("loyalty-month-at-risk", month=OCTOBER), who=who, told_on=date(2026, 10, 3)
    )
    assert found[0] == "you said that she is in the programme (on 2026-10-03)"
    subject = Subject("unexpected-loyalty-order", "5")
    assert told(subject, order(5, "2026-10-05"))[1].startswith("you said that she is not")


def test_both_orders_of_a_pair_are_shown() -> None:
    """A double is judged by looking at both."""
    pair = order(1, "2026-10-20", "IO"), order(2, "2026-10-21", "IO")
    found = told(Subject("duplicate-order", "2", "1"), *pair)
    assert found == ["1: the order that it is compared with", "2: the order in question"]


def test_silence_is_counted_in_working_days() -> None:
    """Monday's scan is three full working days old on Friday."""
    quiet = parcel(ParcelState.IN_TRANSIT)
    subject = Subject("parcel-stuck", "200", shipment=quiet.number)
    found = told(subject, parcels=[quiet], now="2026-10-09 12:00")
    assert found[-1] == "3 full working days have passed since the last sign on 2026-10-05"


def test_usual_days_and_sizes_are_shown_by_the_orders_before() -> None:
    """The order itself is no measure of itself."""
    orders = [order(n, f"2026-{n:02d}-05") for n in range(3, 10)]
    odd = order(20, "2026-10-20", pv="600")
    off = told(Subject("loyalty-order-off-schedule", "20"), *orders, odd)
    assert off[1:] == [f"{n}: shows her usual day" for n in range(4, 10)]
    large = told(Subject("unusual-order-size", "20"), *orders, odd)
    assert large[1:] == [f"{n}: shows what is usual" for n in range(3, 10)]


@pytest.mark.parametrize("rule", sorted(RULE_THRESHOLDS))
def test_every_rule_can_be_explained(rule: str) -> None:
    """No rule is without evidence code, whatever little is known."""
    assert told(Subject(rule, "1", None, "p", OCTOBER)) is not None
    assert told(Subject(rule, "1", "2", None, OCTOBER), order(1, "2026-10-05")) != []


def test_every_rule_names_its_thresholds() -> None:
    """A setting that a rule does not name could not be found by who wants to change it."""
    known = {field.name for field in fields(Thresholds)}
    named = {name for names in RULE_THRESHOLDS.values() for name in names}
    assert named == known
    rules = {rule.__name__.replace("_", "-") for rule in RULES} - {"parcel-trouble"}
    assert rules <= set(RULE_THRESHOLDS)
