"""When an open alert is told again."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.values import Severity
from tasks.alerts.reminders import LONGEST_GAP_DAYS, Reminding

REMINDING = Reminding(ZoneInfo("Europe/Berlin"), time(9), high_days=1, medium_days=3)
AFTERNOON = datetime(2026, 10, 12, 13, tzinfo=UTC)
MONTH_ENDS = datetime(2026, 10, 31, 22, 59, 59, tzinfo=UTC)


def after(now: datetime, severity: Severity, notices: int, rule: str = "unpaid") -> datetime | None:
    """When the next reminder comes."""
    return REMINDING.next_after(now, rule, severity, notices, MONTH_ENDS)


@pytest.mark.parametrize(
    ("severity", "notices", "day"),
    [(Severity.HIGH, 1, 13), (Severity.HIGH, 2, 14), (Severity.HIGH, 3, 16),
     (Severity.HIGH, 4, 19), (Severity.MEDIUM, 1, 15), (Severity.MEDIUM, 2, 18),
     (Severity.MEDIUM, 3, 19)],
)  # fmt: skip
def test_reminders_come_at_nine_and_less_and_less_often(
    severity: Severity, notices: int, day: int
) -> None:
    """Urgent ones after 1, 2, 4 and 7 days, important ones after 3, 6 and 7."""
    assert after(AFTERNOON, severity, notices) == datetime(2026, 10, day, 7, tzinfo=UTC)


@pytest.mark.parametrize("severity", [Severity.LOW, Severity.INFO])
def test_small_things_are_not_repeated(severity: Severity) -> None:
    """The digest names them while they are open; that is enough."""
    assert after(AFTERNOON, severity, 1) is None


def test_reminders_can_be_switched_off() -> None:
    """A setting of 0 days means none."""
    silent = Reminding(ZoneInfo("Europe/Berlin"), high_days=0, medium_days=0)
    assert silent.next_after(AFTERNOON, "unpaid", Severity.HIGH, 1, None) is None


def test_a_month_at_risk_reminds_three_days_before_its_end_and_on_the_last_day() -> None:
    """And not day by day in between; clocks that went back meanwhile change nothing."""
    risk = "loyalty-month-at-risk"
    first = after(AFTERNOON, Severity.HIGH, 1, risk)
    assert first == datetime(2026, 10, 28, 8, tzinfo=UTC)
    last = after(first, Severity.HIGH, 2, risk)
    assert last == datetime(2026, 10, 31, 8, tzinfo=UTC)
    assert after(last, Severity.HIGH, 3, risk) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.integers(1, 1000),
    st.sampled_from(Severity),
)
def test_a_reminder_is_later_and_within_a_week(
    now: datetime, notices: int, severity: Severity
) -> None:
    """It never falls into the past, and nobody is forgotten for longer than a week."""
    due = after(now, severity, notices)
    if severity in (Severity.HIGH, Severity.MEDIUM):
        assert due is not None
        assert 0 < (due - now).total_seconds() < (LONGEST_GAP_DAYS + 1) * 86_400
