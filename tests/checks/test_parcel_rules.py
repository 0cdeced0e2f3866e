"""R16: parcels that fail, return, or say nothing for too long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from models.domain.values import ParcelState, PickupPoint, Problem, Severity, Stop
from models.domain.workdays import Workdays
from tasks.checks.judge import judge
from tests.checks.subjects import ANNA, BERLIN, found, local, order, parcel, rules

NUMBER = "12345678901237"
#: What her findings about it are called, after their rule.
HERS = f"{ANNA.member_id}:{NUMBER}"
S = ParcelState


@pytest.mark.parametrize(
    ("state", "rule", "severity"),
    [
        (S.DELIVERY_FAILED, "delivery-failed", Severity.MEDIUM),
        (S.EXCEPTION, "parcel-exception", Severity.HIGH),
        (S.RETURNING, "parcel-returning", Severity.HIGH),
        (S.RETURNED, "parcel-returned", Severity.HIGH),
    ],
)
def test_bad_news_is_reported_by_state(state: S, rule: str, severity: Severity) -> None:
    """What the carrier says is told, with parcel, order and whether it can still be stopped."""
    result = found("2026-10-05 13:00", [], [parcel(state, stop=Stop.MAYBE)])
    assert rules(result) == {rule}
    finding = result[f"{rule}:{HERS}"]
    assert (finding.severity, finding.shipment, finding.order) == (severity, NUMBER, "200")
    assert finding.details["stop"] == "maybe"


@pytest.mark.parametrize(
    "state", [S.DELIVERED, S.CANCELLED, S.READY_FOR_PICKUP, S.IN_TRANSIT, None]
)
def test_parcel_that_goes_well_is_silent(state: S | None) -> None:
    """No alert for a parcel on its way, waiting since today, delivered, or not known yet."""
    assert not found("2026-10-05 13:00", [], [parcel(state)])


@pytest.mark.parametrize(
    ("problem", "severity"),
    [
        (Problem.HIGH, Severity.HIGH),
        (Problem.LOW, Severity.LOW),
        (Problem.NONE, Severity.MEDIUM),
    ],
)
def test_the_status_decides_how_bad_a_failure_is(problem: Problem, severity: Severity) -> None:
    """An address problem is urgent, nobody at home less so."""
    result = found("2026-10-05 13:00", [], [parcel(S.DELIVERY_FAILED, problem=problem)])
    assert result[f"delivery-failed:{HERS}"].severity is severity


@pytest.mark.parametrize(
    ("now", "stuck"), [("2026-10-08 23:59", False), ("2026-10-09 00:00", True)]
)
@pytest.mark.parametrize("state", [S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.UNKNOWN])
def test_parcel_without_scan_for_three_working_days_is_stuck(
    state: S, now: str, stuck: bool
) -> None:
    """Scanned on Monday, silent from Tuesday to Thursday: reported on Friday."""
    result = found(now, [], [parcel(state)])
    assert (f"parcel-stuck:{HERS}" in result) is stuck
    if stuck:
        assert result[f"parcel-stuck:{HERS}"].details["working_days"] == 3


def test_a_scan_and_a_weekend_make_no_stuck_parcel() -> None:
    """A new scan ends it, and Saturdays and Sundays are not counted."""
    friday = local("2026-10-09 12:00")
    moved = parcel(S.IN_TRANSIT, last_event_at=friday)
    assert not found("2026-10-14 23:59", [], [moved])
    assert found("2026-10-15 00:00", [], [moved])


@pytest.mark.parametrize(("now", "late"), [("2026-10-07 23:59", False), ("2026-10-08 00:00", True)])
def test_announced_parcel_must_be_handed_over_within_two_working_days(now: str, late: bool) -> None:
    """Only the label exists: the warehouse has not handed it over."""
    result = found(now, [], [parcel(S.ANNOUNCED)])
    assert rules(result) == ({"parcel-not-handed-over"} if late else set())


@pytest.mark.parametrize(("now", "late"), [("2026-10-06 15:59", False), ("2026-10-06 16:00", True)])
@pytest.mark.parametrize("state", [S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.ANNOUNCED])
def test_parcel_is_overdue_two_hours_after_its_window(state: S, now: str, late: bool) -> None:
    """The window ended at 14:00; the carrier is asked hourly, so two hours are fair."""
    window = local("2026-10-06 14:00")
    result = found(now, [], [parcel(state, expected_to=window)])
    assert (f"parcel-overdue:{HERS}" in result) is late


def test_arrived_parcel_is_not_overdue() -> None:
    """Delivered, waiting or returning parcels have no window any more."""
    window = local("2026-10-06 14:00")
    for state in (S.DELIVERED, S.READY_FOR_PICKUP, S.RETURNING):
        result = found("2026-10-07 09:00", [], [parcel(state, expected_to=window)])
        assert "parcel-overdue" not in rules(result)


@pytest.mark.parametrize(
    ("now", "expiring"), [("2026-10-10 11:59", False), ("2026-10-10 12:00", True)]
)
def test_waiting_parcel_is_reported_before_it_goes_back(now: str, expiring: bool) -> None:
    """After 5 of 10 days in the shop the customer can still fetch it; the date is named."""
    result = found(now, [], [parcel(S.READY_FOR_PICKUP)])
    assert (f"pickup-expiring:{HERS}" in result) is expiring
    if expiring:
        finding = result[f"pickup-expiring:{HERS}"]
        assert finding.details["sent_back_on"] == "2026-10-15"
        assert finding.deadline == local("2026-10-14 23:59:59")


@pytest.mark.parametrize(("now", "news"), [("2026-10-19 11:59", True), ("2026-10-19 12:00", False)])
def test_returned_parcel_is_news_for_two_weeks(now: str, news: bool) -> None:
    """A final state never moves on, so it closes by itself."""
    assert bool(found(now, [], [parcel(S.RETURNED)])) is news


def test_returns_of_the_past_are_silent_but_those_under_way_are_not() -> None:
    """A first sync reports a parcel that is returning, and its arrival, not last month's return."""
    old = order(200, "2026-09-20", "IO", historic=True)
    before = local("2026-10-01 12:00")
    earlier = parcel(S.RETURNED, last_event_at=before, state_since=before)
    assert not found("2026-10-06 09:00", [old], [earlier])
    assert found("2026-10-06 09:00", [old], [parcel(S.RETURNING)])
    later = local("2026-10-06 08:00")
    arrived = parcel(S.RETURNED, last_event_at=later, state_since=later)
    assert found("2026-10-06 09:00", [old], [arrived])


@pytest.mark.parametrize(
    ("facts", "silent"), [({"cancelled": True}, True), ({"accepted": True}, False)]
)
def test_cancelled_orders_parcels_are_expected_back(facts: dict[str, Any], silent: bool) -> None:
    """A stopped order comes back by intent; an accepted order's parcel may not."""
    owner = replace(order(200, "2026-10-05", "IO"), **facts)
    assert (not found("2026-10-05 13:00", [owner], [parcel(S.RETURNING)])) is silent


@pytest.mark.parametrize("reason", ["refused", "unknown"])
def test_a_number_that_leads_nowhere_is_told_about_its_order(reason: Any) -> None:
    """Nobody follows that parcel any more, so the user must find the right number."""
    lost = parcel(None, given_up=reason, number="12345678901238", asked_at=local(NOON))
    result = found("2026-10-06 13:00", [order(200, "2026-10-05", "IO")], [lost])
    finding = result[f"tracking-number-invalid:{ANNA.member_id}:12345678901238"]
    assert (finding.order, finding.severity) == ("200", Severity.MEDIUM)
    assert finding.details["reason"] == reason
    assert finding.details["check_digit_wrong"] is True


NOON = "2026-10-05 12:00"


def test_a_lost_number_is_news_for_two_weeks_and_until_another_one_is_known() -> None:
    """What was mended, or can't be any more, closes by itself; the past is never told."""
    lost = parcel(None, given_up="refused", asked_at=local(NOON))
    key = f"tracking-number-invalid:{HERS}"
    assert key in found("2026-10-19 11:59", [], [lost])
    assert key not in found("2026-10-19 12:00", [], [lost])
    right = parcel(None, number="99000000000011", first_seen_at=local("2026-10-06 12:00"))
    assert key not in found("2026-10-06 13:00", [], [lost, right])
    old = order(200, "2026-09-20", "IO", historic=True)
    assert key not in found("2026-10-06 13:00", [old], [lost])


def test_a_waiting_parcel_names_its_shop() -> None:
    """The mail can say where to go."""
    shop = PickupPoint("Kiosk", "Am Markt 1", "12345", "Ort")
    result = found("2026-10-10 12:00", [], [parcel(S.READY_FOR_PICKUP, pickup_point=shop)])
    assert (
        result[f"pickup-expiring:{HERS}"].details["pickup_name"] == "Kiosk, Am Markt 1, 12345 Ort"
    )


def test_working_days_are_those_of_the_land() -> None:
    """All Saints' Day is no working day in Bavaria, but one in Berlin."""
    friday = local("2027-10-29 12:00")  # Monday 1 November is the holiday
    silent = parcel(S.IN_TRANSIT, last_event_at=friday, state_since=friday, first_seen_at=friday)

    def is_stuck(day: str, land: str) -> bool:
        result = judge(ANNA, [], [silent], local(day), BERLIN, Workdays(land))
        return any(finding.rule == "parcel-stuck" for finding in result)

    assert is_stuck("2027-11-04 09:00", "BE")
    assert not is_stuck("2027-11-04 09:00", "BY")
    assert is_stuck("2027-11-05 09:00", "BY")
