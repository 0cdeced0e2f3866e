"""Working days: deadlines count neither weekends nor German holidays."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.workdays import LAENDER, Workdays

NATIONWIDE = Workdays(None)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
lands = st.sampled_from([None, *LAENDER])


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 2), True),
        (date(2026, 10, 3), False),  # Day of German Unity, a Saturday in 2026
        (date(2026, 10, 4), False),
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 12, 25), False),
        (date(2026, 12, 24), True),
    ],
)
def test_weekends_and_nationwide_holidays_are_no_working_days(day: date, works: bool) -> None:
    """A parcel is not called stuck because of Easter."""
    assert NATIONWIDE.is_workday(day) is works


def test_a_land_adds_its_own_holidays() -> None:
    """Epiphany rests in Bavaria and works in Hamburg."""
    epiphany = date(2026, 1, 6)
    assert not Workdays("BY").is_workday(epiphany)
    assert Workdays("HH").is_workday(epiphany)
    assert NATIONWIDE.is_workday(epiphany)


@pytest.mark.parametrize("spelling", ["BY", "by", " Bayern ", "bayern"])
def test_a_land_may_be_named_or_abbreviated(spelling: str) -> None:
    """Whoever sets HOLIDAYS_STATE need not know the short names."""
    assert Workdays(spelling).state == "BY"


def test_an_unknown_land_is_refused_with_the_names_that_would_be_right() -> None:
    """A typo must not silently mean nationwide."""
    with pytest.raises(ValueError, match=r"'Bavaria' \(one of BB, BE, .* would be\)"):
        Workdays("Bavaria")


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        (date(2026, 10, 5), date(2026, 10, 5), 0),
        (date(2026, 10, 5), date(2026, 10, 6), 0),
        (date(2026, 10, 5), date(2026, 10, 9), 3),  # Monday to Friday: Tue, Wed, Thu
        (date(2026, 10, 2), date(2026, 10, 6), 1),  # Friday to Tuesday: only Monday
        (date(2026, 4, 2), date(2026, 4, 8), 1),  # over Easter: only Tuesday
        (date(2026, 10, 9), date(2026, 10, 5), 0),
    ],
)
def test_only_full_working_days_that_have_passed_count(start: date, end: date, passed: int) -> None:
    """The alert "not shipped" comes after three whole days, not in the middle of the third."""
    assert NATIONWIDE.workdays_between(start, end) == passed


def test_adding_working_days_jumps_weekends_and_holidays() -> None:
    """The credit reminder comes 10 working days after the return."""
    assert NATIONWIDE.add_workdays(date(2026, 4, 2), 1) == date(2026, 4, 7)
    assert NATIONWIDE.add_workdays(date(2026, 10, 5), 10) == date(2026, 10, 19)
    assert NATIONWIDE.add_workdays(date(2026, 4, 7), -1) == date(2026, 4, 2)
    assert NATIONWIDE.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 3)


@given(days, st.integers(1, 30), lands)
def test_adding_and_counting_agree(day: date, n: int, land: str | None) -> None:
    """A deadline and the age that is compared with it come from one calendar."""
    calendar = Workdays(land)
    then = calendar.add_workdays(day, n)
    assert calendar.is_workday(then)
    assert calendar.workdays_between(day, then) == n - 1
    assert calendar.workdays_between(day, then + timedelta(days=1)) == n


@given(days, days, days, lands)
def test_counting_never_runs_backwards(a: date, b: date, c: date, land: str | None) -> None:
    """Waiting longer never makes a parcel look younger."""
    start, sooner, later = sorted((a, b, c))
    calendar = Workdays(land)
    assert calendar.workdays_between(start, sooner) <= calendar.workdays_between(start, later)


def test_the_holiday_library_is_loaded_only_when_a_day_is_asked_for() -> None:
    """Light commands start fast."""
    script = (
        "import sys; from models.domain.workdays import Workdays; Workdays('BY'); "
        "sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
