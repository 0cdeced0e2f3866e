"""The pace: close when something happens, rarely when not, at night not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import FINAL_PARCEL_STATES, ParcelState
from tasks.shipments.pace import BERLIN, Pace, is_night, next_poll_at
from tests.shipments.answers import NUMBER, utc

NOON = utc("2026-10-07 10:00")
S = ParcelState
EXACT = Pace(jitter=0.0, morning_spread=timedelta(0))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def after(state: S | None, pace: Pace = EXACT, now: datetime = NOON, **facts: Any) -> timedelta:
    """How long the next request waits."""
    due = next_poll_at(state, now, pace, **{"number": NUMBER, "first_seen_at": now - HOUR, **facts})
    assert due is not None
    return due - now


@pytest.mark.parametrize(
    ("state", "wait"),
    [
        (S.ANNOUNCED, HOUR),
        (S.IN_TRANSIT, HOUR),
        (S.OUT_FOR_DELIVERY, 15 * MINUTE),
        (S.READY_FOR_PICKUP, HOUR),
        (S.DELIVERY_FAILED, 30 * MINUTE),
        (S.EXCEPTION, 30 * MINUTE),
        (S.RETURNING, 3 * HOUR),
        (S.UNKNOWN, 30 * MINUTE),
        (None, 30 * MINUTE),
        (S.NOT_FOUND, 30 * MINUTE),
    ],
)
def test_each_state_has_its_pace(state: S | None, wait: timedelta) -> None:
    """A parcel on tour is watched closely, the carrier is not pestered for the others."""
    assert after(state) == wait


@pytest.mark.parametrize("state", sorted(FINAL_PARCEL_STATES))
def test_a_parcel_at_its_end_is_asked_for_no_more(state: S) -> None:
    """A delivered parcel costs nothing."""
    assert next_poll_at(state, NOON, Pace(), number=NUMBER, first_seen_at=NOON) is None


def test_the_settings_decide() -> None:
    """Every wait can be set."""
    assert after(S.IN_TRANSIT, replace(EXACT, in_transit=20 * MINUTE)) == 20 * MINUTE


@pytest.mark.parametrize(
    ("start", "end", "wait"),
    [
        (NOON - HOUR, NOON + HOUR, 15 * MINUTE),
        (NOON + HOUR, NOON + 2 * HOUR, HOUR),
        (NOON - 2 * HOUR, NOON - HOUR, HOUR),
        (None, NOON + HOUR, HOUR),
    ],
)
def test_within_its_delivery_window_a_parcel_is_watched_closely(
    start: datetime | None, end: datetime, wait: timedelta
) -> None:
    """A failed delivery is known within minutes, even when the tour's start was not scanned."""
    assert after(S.IN_TRANSIT, expected_from=start, expected_to=end) == wait


def test_a_number_that_stays_unknown_is_asked_for_less_and_less_and_then_no_more() -> None:
    """A mistyped number does not eat the daily budget for ever."""
    ages = [timedelta(0), HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 9 * DAY]
    day_and_night = replace(EXACT, night=None)
    waits = [after(None, day_and_night, first_seen_at=NOON - age) for age in ages]
    assert waits == sorted(waits)
    assert waits[0] == 30 * MINUTE
    assert waits[-1] == 12 * HOUR
    assert next_poll_at(None, NOON, EXACT, number=NUMBER, first_seen_at=NOON - 10 * DAY) is None
    patient = replace(EXACT, unknown_give_up_after=30 * DAY)
    assert after(None, patient, first_seen_at=NOON - 29 * DAY) > HOUR


def test_a_parcel_that_was_known_is_followed_for_longer_than_a_number_that_never_was() -> None:
    """A lost parcel may turn up again; a mistyped number never does."""
    old = NOON - 89 * DAY
    assert after(S.IN_TRANSIT, first_seen_at=old, last_event_at=old)
    older = NOON - 90 * DAY
    assert (
        next_poll_at(
            S.IN_TRANSIT, NOON, EXACT, number=NUMBER, first_seen_at=older, last_event_at=older
        )
        is None
    )


def test_a_parcel_that_fell_silent_is_asked_for_rarely() -> None:
    """A lost parcel is not polled every hour for months."""
    pace = replace(EXACT, night=None)
    old = {"first_seen_at": NOON - 99 * DAY}
    assert after(S.IN_TRANSIT, pace, **old, last_event_at=NOON - 13 * DAY) == HOUR
    assert after(S.IN_TRANSIT, pace, **old, last_event_at=NOON - 14 * DAY) == 12 * HOUR


@pytest.mark.parametrize(
    ("now", "due"),
    [
        # summer time, UTC+2: the night is 20:00 to 04:00 UTC
        ("2026-10-07 18:59", "2026-10-07 19:59"),
        ("2026-10-07 19:00", "2026-10-08 04:00"),
        ("2026-10-07 23:30", "2026-10-08 04:00"),
        ("2026-10-08 02:59", "2026-10-08 04:00"),
        ("2026-10-08 03:00", "2026-10-08 04:00"),
        # winter time, UTC+1
        ("2026-12-07 20:30", "2026-12-08 05:00"),
        # the nights in which the clocks change
        ("2026-10-24 21:00", "2026-10-25 05:00"),
        ("2026-03-28 22:00", "2026-03-29 04:00"),
    ],
)
def test_a_request_that_falls_into_the_night_waits_for_the_morning(now: str, due: str) -> None:
    """Nobody is asked between 22:00 and 06:00 German time, summer and winter."""
    assert after(S.IN_TRANSIT, now=utc(now)) == utc(due) - utc(now)


def test_a_morning_inside_the_doubled_hour_lies_after_the_night() -> None:
    """When 02:30 comes twice, the second one ends a night that is still running."""
    pace = replace(EXACT, night=(time(22), time(2, 30)), in_transit=MINUTE)
    in_the_second_pass = utc("2026-10-25 01:10")  # 02:10 for the second time
    assert after(S.IN_TRANSIT, pace, in_the_second_pass) == 20 * MINUTE


def test_the_morning_is_spread() -> None:
    """Hundreds of parcels do not all ask at six sharp."""
    dues = {
        next_poll_at(
            S.IN_TRANSIT, utc("2026-10-07 22:00"), Pace(), number=str(n), first_seen_at=NOON
        )
        for n in range(100)
    }
    assert len(dues) == 100
    assert all(d and utc("2026-10-08 04:00") <= d < utc("2026-10-08 04:30") for d in dues)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
open_states = st.sampled_from([None, *(s for s in S if s not in FINAL_PARCEL_STATES)])
clock_times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
zones = st.sampled_from([BERLIN, ZoneInfo("America/New_York"), UTC])


@given(open_states, moments, st.text(max_size=20), st.timedeltas(timedelta(0), 9 * DAY))
def test_the_next_request_is_later_in_the_day_and_the_same_each_time(
    state: S | None, now: datetime, number: str, age: timedelta
) -> None:
    """No busy loop, no night work, no chance."""
    asked = [
        next_poll_at(state, now, Pace(), number=number, first_seen_at=now - age) for _ in range(2)
    ]
    due = asked[0]
    assert due is not None
    assert asked == [due, due]
    assert due >= now + 15 * MINUTE
    assert due <= now + 22 * HOUR
    assert not is_night(due, Pace())
    assert due.utcoffset() == timedelta(0)


@given(moments, clock_times, clock_times, zones)
def test_any_night_ends_and_is_kept(now: datetime, start: time, end: time, zone: ZoneInfo) -> None:
    """Whatever night is set, in whatever zone, a parcel is asked for outside of it."""
    pace = replace(EXACT, night=(start, end), zone=zone)
    due = next_poll_at(S.IN_TRANSIT, now, pace, number=NUMBER, first_seen_at=now)
    assert due is not None
    assert now + HOUR <= due <= now + 27 * HOUR
    assert not is_night(due, pace)


@given(moments, st.text(max_size=20))
def test_without_a_night_only_the_pace_counts(now: datetime, number: str) -> None:
    """The pause can be switched off; the jitter stays within its share."""
    due = next_poll_at(S.IN_TRANSIT, now, Pace(night=None), number=number, first_seen_at=now)
    assert due is not None
    assert HOUR <= due - now < HOUR * 1.1
