"""Schedules: what is due when, also in the two nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.schedule import Schedule

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)

#: The clocks go forward (02:00 to 03:00) and back (03:00 to 02:00).
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

moments = st.datetimes(datetime(2021, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
texts = st.sampled_from(
    [
        "every 30m",
        "every 45s",
        "every 7h",
        "40 8 * * *",
        "0 8-20/2 * * *",
        "15 3 * * 1",
        "30 2 1 * *",
    ]
)


def schedule(text: str) -> Schedule:
    """Of the sync, in Germany."""
    return Schedule("sync-orders", text, BERLIN)


def slots(text: str, start: datetime, end: datetime) -> list[datetime]:
    """All slots after `start`, up to `end`."""
    found, plan = [start], schedule(text)
    while found[-1] <= end:
        found.append(plan.next_after(found[-1]))
    return found[1:-1]


def test_intervals_lie_on_the_clock() -> None:
    """Several schedulers, started at any second, mean the same slot."""
    plan = schedule("every 30m")
    assert plan.next_after(NOW) == NOW + timedelta(minutes=30)
    assert plan.next_after(NOW + timedelta(seconds=1)) == NOW + timedelta(minutes=30)
    assert plan.latest(NOW + timedelta(minutes=29), timedelta(hours=1)) == NOW
    assert plan.latest(NOW, timedelta(hours=1)) == NOW


def test_cron_fields_are_local_time() -> None:
    """The digest comes at 08:40 in Germany, in summer and in winter."""
    summer, winter = slots("40 8 * * *", NOW, NOW + timedelta(days=1))[0], NOW + timedelta(days=60)
    assert summer == datetime(2026, 10, 13, 6, 40, tzinfo=UTC)
    assert schedule("40 8 * * *").next_after(winter).astimezone(BERLIN).time() == time(8, 40)
    assert schedule("40 8 * * *").next_after(winter).time() == time(7, 40)


def test_a_weekday_is_meant_as_cron_means_it() -> None:
    """`1` is Monday."""
    assert schedule("0 9 * * mon").next_after(NOW) == NOW + timedelta(days=7)


def test_the_last_slot_is_found_within_the_window_only() -> None:
    """What was missed long ago is not made up for."""
    plan, due = schedule("40 8 * * *"), datetime(2026, 10, 12, 6, 40, tzinfo=UTC)
    assert plan.latest(due, timedelta(hours=1)) == due
    assert plan.latest(due + timedelta(hours=1), timedelta(hours=1)) == due
    assert plan.latest(due + timedelta(hours=1, seconds=1), timedelta(hours=1)) is None
    assert plan.latest(due - timedelta(seconds=1), timedelta(hours=23)) is None


@pytest.mark.parametrize(
    "text", ["", "soon", "every 30", "every 5d", "40 8 * *", "61 8 * * *", "every -5m", "@daily"]
)
def test_what_is_no_schedule_is_refused(text: str) -> None:
    """A typo is told at start, with what would be right."""
    message = "schedule of sync-orders: .* is neither like 'every 30m' nor five cron fields"
    with pytest.raises(ValueError, match=message):
        schedule(text)


def test_an_interval_of_nothing_is_refused() -> None:
    """It would keep the program busy for ever."""
    with pytest.raises(ValueError, match="'every 0m' never ends"):
        schedule("every 0m")


@given(texts, moments)
def test_the_next_slot_is_the_latest_once_it_has_come(text: str, now: datetime) -> None:
    """What APScheduler fires at and what the planner writes are one moment."""
    plan = schedule(text)
    following = plan.next_after(now)
    assert following > now
    assert plan.latest(following, timedelta(minutes=5)) == following
    assert plan.latest(following + timedelta(seconds=3), timedelta(minutes=5)) == following


def test_a_slot_is_not_missed_by_a_fraction_of_a_second() -> None:
    """Half a second before the slot the next one is this one."""
    just_before = datetime(2026, 10, 12, 6, 39, 59, 500_000, tzinfo=UTC)
    assert schedule("40 8 * * *").next_after(just_before) == datetime(
        2026, 10, 12, 6, 40, tzinfo=UTC
    )


@given(texts, moments)
def test_the_clock_of_the_scheduler_fires_at_each_slot(text: str, now: datetime) -> None:
    """APScheduler is handed the same slots, one after the other."""
    plan, trigger = schedule(text), schedule(text).trigger()
    first = trigger.get_next_fire_time(None, now)
    assert first == plan.next_after(now)
    assert trigger.get_next_fire_time(first, first) == plan.next_after(first)


@given(texts, moments, st.integers(0, 72))
def test_the_latest_slot_is_never_in_the_future_or_too_old(
    text: str, now: datetime, hours: int
) -> None:
    """A slot is never planned before its time, nor out of the window."""
    window = timedelta(hours=hours)
    if (slot := schedule(text).latest(now, window)) is not None:
        assert now - window <= slot <= now
        assert schedule(text).next_after(slot) > now


@given(
    st.times(datetime(2026, 1, 1).time()).map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from([SPRING, AUTUMN]),
)
@example(time(2, 30), SPRING)
@example(time(2, 30), AUTUMN)
@example(time(2, 0), AUTUMN)
@example(time(3, 0), SPRING)
@example(time(0, 30), SPRING)
def test_a_daily_job_runs_once_a_day_when_the_clocks_change(at: time, night: date) -> None:
    """No day has two digests, and none has none."""
    start = datetime.combine(night - timedelta(days=2), time(), BERLIN).astimezone(UTC)
    end = datetime.combine(night + timedelta(days=2), time(), BERLIN).astimezone(UTC)
    found = slots(f"{at.minute} {at.hour} * * *", start - timedelta(seconds=1), end)
    days = [slot.astimezone(BERLIN).date() for slot in found if slot < end]
    assert days == [night + timedelta(days=n) for n in (-2, -1, 0, 1)]


@pytest.mark.parametrize(("night", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_what_runs_each_hour_runs_each_hour(night: date, hours: int) -> None:
    """The hour that comes twice is two hours; parcels move in both."""
    start = datetime.combine(night, time(), BERLIN).astimezone(UTC)
    end = datetime.combine(night + timedelta(days=1), time(), BERLIN).astimezone(UTC)
    for text in ("0 * * * *", "0 */1 * * *", "every 1h"):
        found = [slot for slot in slots(text, start - timedelta(seconds=1), end) if slot < end]
        assert len(found) == hours
        assert {later - slot for slot, later in pairwise(found)} == {timedelta(hours=1)}


def test_the_second_pass_of_an_hour_finds_the_slot_of_the_first() -> None:
    """A planner that is woken in both writes one row."""
    plan, window = schedule("30 2 * * *"), timedelta(hours=24)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert plan.latest(first, window) == plan.latest(first + timedelta(hours=1), window) == first
