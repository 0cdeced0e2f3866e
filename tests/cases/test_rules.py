"""What a case sees, waits for and reminds of: the road from a wrong order to its credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from models.domain.values import CaseStep, OrderFacts, Parcel, ParcelState
from tasks.cases.facts import CaseFacts, CaseLimits, Step
from tasks.cases.rules import due_reminders, is_over, next_check_at
from tasks.cases.steps import all_steps, seen_steps
from tests.checks.subjects import BERLIN, WORKDAYS, basket, local, order, parcel

LEMONS = basket(lemon=4, mint=1)
WRONG = order(200, "2026-10-05", "IO", lines=LEMONS, ship_date=None)
OPENED = local("2026-10-05 10:00")
CREDIT = Step(local("2026-10-20 00:00"), "300")


def case(*others: OrderFacts, parcels: Sequence[Parcel] = (), **facts: Any) -> CaseFacts:
    """The case of an internet order in place of a loyalty order, opened on its day."""
    known: dict[str, Any] = {
        "order": WRONG, "opened_at": OPENED, "known": {}, "credit": None, "reorder_due": True,
        "tz": BERLIN, "workdays": WORKDAYS,
    }  # fmt: skip
    found: dict[str, Any] = known | facts
    return CaseFacts(orders=[found["order"], *others], parcels=parcels, **found)


def ticked(*steps: CaseStep, at: str = "2026-10-05 11:00") -> dict[CaseStep, Step]:
    """Steps that the user noted."""
    return {step: Step(local(at), seen=False) for step in steps}


def reminders(found: CaseFacts, now: str) -> list[tuple[str, int]]:
    """What is to be said at a Berlin wall clock time."""
    due = due_reminders(found, all_steps(found), local(now))
    return [(reminder.reason, reminder.nth) for reminder in due]


def over(found: CaseFacts, now: str) -> bool:
    """Whether the case is over at a Berlin wall clock time."""
    return is_over(found, all_steps(found), local(now))


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (ParcelState.IN_TRANSIT, {CaseStep.SHIPPED}),
        (ParcelState.DELIVERED, {CaseStep.SHIPPED, CaseStep.DELIVERED}),
        (ParcelState.RETURNING, {CaseStep.SHIPPED, CaseStep.RETURNING}),
        (ParcelState.RETURNED, {CaseStep.SHIPPED, CaseStep.RETURNED}),
        (ParcelState.ANNOUNCED, set()),
        (None, set()),
    ],
)
def test_tracking_shows_where_the_parcel_is(state: ParcelState | None, step: set[CaseStep]) -> None:
    """Nobody has to tick what the carrier says."""
    assert set(seen_steps(case(parcels=[parcel(state)]))) == step


def test_one_of_two_parcels_is_not_a_delivery() -> None:
    """An order that is half on its way can still be stopped by half."""
    both = [parcel(ParcelState.DELIVERED), parcel(ParcelState.IN_TRANSIT, number="2")]
    assert CaseStep.DELIVERED not in seen_steps(case(parcels=both))


@pytest.mark.parametrize(
    ("other", "counts"),
    [
        (order(201, "2026-10-05", lines=LEMONS), True),
        (order(201, "2026-10-28", pv="1"), True),
        (order(201, "2026-10-28", pv="0.99"), False),
        (order(201, "2026-11-03", lines=LEMONS), True),
        (order(201, "2026-11-01", pv="60"), False),
        (order(201, "2026-11-01", pv="60", month="2026-10"), True),
        (order(199, "2026-10-05", lines=LEMONS), False),
        (order(201, "2026-10-06", "IO", lines=LEMONS), False),
        (order(201, "2026-10-06", lines=LEMONS, cancelled=True), False),
    ],
    ids=["same-day", "1-pv", "under-1-pv", "basket-later", "other-month", "pv-month", "before",
         "wrong-again", "vanished"],
)  # fmt: skip
def test_the_new_order_of_the_right_type_is_recognised(other: OrderFacts, counts: bool) -> None:
    """An AS after the wrong order: the same basket, or one that keeps the month's rate."""
    assert (CaseStep.REORDERED in seen_steps(case(other))) is counts


def test_what_was_ticked_first_keeps_its_time() -> None:
    """The program sees later what the user knew before."""
    known = ticked(CaseStep.CREDITED)
    steps = all_steps(case(known=known, credit=CREDIT))
    assert steps[CaseStep.CREDITED] == known[CaseStep.CREDITED]


def test_a_credit_that_vanishes_is_no_credit() -> None:
    """A booking that was taken back leaves the case open."""
    seen = {CaseStep.CREDITED: Step(local("2026-10-20 00:00"), "300")}
    assert CaseStep.CREDITED in all_steps(case(known=seen, credit=CREDIT))
    assert CaseStep.CREDITED not in all_steps(case(known=seen))


def test_a_reminder_comes_ten_working_days_after_the_return() -> None:
    """Not a day before; then every ten working days, three times at most."""
    back = parcel(ParcelState.RETURNED, last_event_at=local("2026-10-12 15:00"))
    found = case(parcels=[back])
    assert reminders(found, "2026-10-26 23:59") == []
    assert reminders(found, "2026-10-27 00:01") == [("credit", 1)]
    assert reminders(found, "2026-11-10 09:00") == [("credit", 2)]
    assert reminders(found, "2027-06-10 09:00") == [("credit", 3)]
    assert reminders(replace(found, credit=CREDIT), "2026-10-27 09:00") == []


def test_the_case_wakes_by_itself_when_a_reminder_is_due() -> None:
    """No news is the very thing that is waited for."""
    back = parcel(ParcelState.RETURNED, last_event_at=local("2026-10-12 15:00"))
    found = case(parcels=[back], reorder_due=False)
    at = next_check_at(found, all_steps(found), local("2026-10-26 12:00"))
    assert at == local("2026-10-27 00:00")


def test_a_stop_that_came_too_late_is_told_at_once() -> None:
    """Delivered all the same: what is left now is a return."""
    late = parcel(ParcelState.DELIVERED, last_event_at=OPENED + timedelta(days=1))
    found = case(parcels=[late], known=ticked(CaseStep.STOP_ASKED))
    assert reminders(found, "2026-10-06 12:00") == [("delivered", 1)]
    before = replace(late, last_event_at=OPENED - timedelta(days=1))
    assert reminders(replace(found, parcels=[before]), "2026-10-06 12:00") == []


def test_a_cancelled_order_that_is_shipped_all_the_same_is_told() -> None:
    """Otherwise everybody believes that it is settled."""
    sent = case(parcels=[parcel(ParcelState.IN_TRANSIT)], known=ticked(CaseStep.CANCELLED))
    assert reminders(sent, "2026-10-06 12:00") == [("shipped", 1)]
    assert not over(sent, "2026-12-01 12:00")


def test_a_case_that_takes_too_long_is_told() -> None:
    """Before the thirty days of a full refund are over."""
    assert reminders(case(), "2026-10-25 23:00") == []
    assert reminders(case(), "2026-10-26 00:30") == [("slow", 1)]


@pytest.mark.parametrize(
    ("reordered", "due", "now", "expected"),
    [
        (True, True, "2026-10-20 12:00", True),
        (False, True, "2026-10-31 23:00", False),
        (False, True, "2026-11-01 00:00", True),
        (False, False, "2026-10-20 12:00", True),
    ],
)
def test_credited_closes_once_the_loyalty_order_is_settled(
    reordered: bool, due: bool, now: str, expected: bool
) -> None:
    """The month's loyalty order is part of the road; when the month has passed it is too late."""
    known = ticked(CaseStep.REORDERED) if reordered else {}
    assert over(case(known=known, credit=CREDIT, reorder_due=due), now) is expected


def test_a_cancellation_counts_when_the_order_stays_unshipped() -> None:
    """The word of the hotline is confirmed by the list, or by some working days of silence."""
    found = case(known=ticked(CaseStep.CANCELLED), reorder_due=False)
    assert not over(found, "2026-10-08 23:00")
    assert over(found, "2026-10-09 00:00")
    assert over(replace(found, order=replace(WRONG, cancelled=True)), "2026-10-05 12:00")


def test_the_order_of_the_steps_does_not_matter() -> None:
    """Ticked in any order, the end is the same."""
    makes = (CaseStep.STOP_ASKED, CaseStep.CREDIT_ASKED, CaseStep.CREDITED, CaseStep.REORDERED)
    ends = set()
    for turn in permutations(makes):
        known = {step: Step(_at(hour), seen=False) for hour, step in enumerate(turn)}
        ends.add(over(case(known=known), "2026-10-12 12:00"))
    assert ends == {True}


def _at(hours: int) -> datetime:
    return OPENED + timedelta(hours=hours)


def test_limits_are_settings() -> None:
    """A house where the credit takes longer waits longer."""
    back = parcel(ParcelState.RETURNED, last_event_at=local("2026-10-12 15:00"))
    patient = case(parcels=[back], limits=CaseLimits(credit_working_days=15))
    assert reminders(patient, "2026-10-27 09:00") == []
