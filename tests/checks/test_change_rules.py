"""R17: an order that vanished or changed, from its history."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import Finding, OrderChange, Severity
from tasks.checks.judge import next_review_at
from tests.checks.subjects import ANNA, BERLIN, WORKDAYS, found, local, order, rules

KEY = "order-changed:201"


def change(field: str, before: str | None, after: str | None, at: str) -> OrderChange:
    """A change seen at a Berlin wall clock time."""
    return OrderChange(field, before, after, local(at))


VANISHED = change("vanished", "no", "yes", "2026-10-20 08:00")
LESS_PV = change("pv", "60.00", "48.00", "2026-10-20 08:00")
TYPE_LATER = change("type", "AS", "IO", "2026-10-30 08:00")


def judged(at: str, *changes: OrderChange, **facts: Any) -> dict[str, Finding]:
    """The findings about one loyalty order of 5 October with that history."""
    return found(at, [order(201, "2026-10-05", changes=changes, **facts)])


def test_a_vanished_order_is_reported() -> None:
    """It was there and is gone: somebody cancelled it, or the list lacks it."""
    finding = judged("2026-10-20 09:00", VANISHED, cancelled=True)[KEY]
    assert (finding.severity, finding.order) == (Severity.MEDIUM, "201")
    assert finding.details["change"] == "vanished"
    assert finding.details["seen_on"] == "2026-10-20"


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [("pv", "60.00", "48.00"), ("total", "80.00", "64.00"), ("type", "AS", "IO")],
)
def test_a_changed_order_tells_what_it_was(field: str, before: str, after: str) -> None:
    """PV, total and type decide about points; the old value is nowhere else to be seen."""
    finding = judged("2026-10-20 09:00", change(field, before, after, "2026-10-20 08:00"))[KEY]
    shown = [finding.details[name] for name in ("change", "field", "before", "after")]
    assert shown == ["changed", field, before, after]


def test_of_several_changes_the_type_is_named_first() -> None:
    """A type that changed explains the rest."""
    changes = [LESS_PV, change("type", "AS", "IO", "2026-10-20 08:00")]
    details = judged("2026-10-20 09:00", *changes)[KEY].details
    assert (details["field"], details["pv_before"]) == ("type", "60.00")


def test_of_a_cancelled_order_only_its_vanishing_is_news() -> None:
    """What is taken back may change as it likes."""
    assert KEY not in judged("2026-10-20 09:00", LESS_PV, cancelled=True)
    assert KEY in judged("2026-10-20 09:00", LESS_PV, VANISHED, cancelled=True)


def test_what_is_as_before_is_no_change() -> None:
    """Back in the list, or back at its old value: the finding ends by itself."""
    back = change("vanished", "yes", "no", "2026-10-21 08:00")
    again = change("pv", "48.00", "60.00", "2026-10-21 08:00")
    assert KEY not in judged("2026-10-21 09:00", VANISHED, back)
    assert KEY not in judged("2026-10-21 09:00", LESS_PV, again)


def test_what_is_as_before_stays_no_change_when_its_beginning_is_long_ago() -> None:
    """Gone on the 10th, back on the 20th: in November only the return is recent, and no news."""
    gone = change("vanished", "no", "yes", "2026-10-10 08:00")
    back = change("vanished", "yes", "no", "2026-10-20 08:00")
    less = change("pv", "60.00", "48.00", "2026-10-10 08:00")
    again = change("pv", "48.00", "60.00", "2026-10-20 08:00")
    for day in range(20, 31):
        assert KEY not in judged(f"2026-10-{day} 09:00", gone, less, back, again)


def test_an_order_that_is_back_is_no_news_even_if_nobody_saw_it_go() -> None:
    """It had vanished before this history began."""
    assert KEY not in judged(
        "2026-10-20 09:00", change("vanished", "yes", "no", "2026-10-20 08:00")
    )


def test_each_field_lapses_by_itself() -> None:
    """Its finding tells only what is news, and is looked at again when a part of it is not."""
    order_ = order(201, "2026-10-05", changes=[LESS_PV, TYPE_LATER])
    both = found("2026-10-31 09:00", [order_])[KEY]
    late = found("2026-11-04 09:00", [order_])[KEY]
    assert (both.details["pv_before"], both.details["field"]) == ("60.00", "type")
    assert "pv_before" not in late.details
    again = next_review_at(ANNA, [order_], [], local("2026-10-31 09:00"), BERLIN, WORKDAYS)
    assert again <= local("2026-11-04 00:00")


@pytest.mark.parametrize(
    "facts",
    [
        {"historic": True},
        {"accepted": True},
        {"credited": True},
        {"total": Decimal(-1)},
        {"pv": "-60"},
    ],
    ids=str,
)
def test_the_past_the_accepted_and_credits_are_silent(facts: dict[str, Any]) -> None:
    """A credit takes an order back: that is what somebody waited for."""
    assert KEY not in judged("2026-10-20 09:00", VANISHED, LESS_PV, **facts)


def test_it_lapses_after_some_days() -> None:
    """14 days after the change it is no news; it ends without an all-clear."""
    assert KEY in judged("2026-11-03 09:00", LESS_PV)
    assert KEY not in judged("2026-11-04 09:00", LESS_PV)


def test_months_that_the_source_no_longer_shows_are_silent() -> None:
    """What the back office stops showing has not vanished."""
    late = change("vanished", "no", "yes", "2026-12-31 08:00")
    assert KEY in judged("2026-12-31 09:00", late)
    assert KEY not in judged("2027-01-01 09:00", late)


def test_a_change_is_found_beside_other_trouble() -> None:
    """The key is the order's, so that the same change is told once."""
    result = judged("2026-10-20 09:00", LESS_PV, change("pv", "48.00", "47.00", "2026-10-20 10:00"))
    assert "order-changed" in rules(result)
    assert result[KEY].details["before"] == "60.00"
    assert result[KEY].details["after"] == "47.00"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["pv", "total", "type"]),
            st.sampled_from(["1.00", "2.00", "3.00"]),
        ),
        max_size=6,
    )
)
def test_only_the_net_change_counts(steps: list[tuple[str, str]]) -> None:
    """However often a value went to and fro: a finding stands while first and last differ."""
    now = {"pv": "1.00", "total": "1.00", "type": "1.00"}
    changes = []
    for field, value in steps:
        if now[field] != value:
            changes.append(change(field, now[field], value, "2026-10-20 08:00"))
            now[field] = value
    differs = any(value != "1.00" for value in now.values())
    assert (KEY in judged("2026-10-20 09:00", *changes)) is differs
