"""Dates, money and PV as a German or English reader expects them."""

from __future__ import annotations

import pytest

from tasks.mail.formats import Formats, month_end, next_month, sponsor_change_until

GERMAN, ENGLISH = Formats("de", "Europe/Berlin"), Formats("en", "Europe/Berlin")


def test_dates_in_both_languages() -> None:
    """Months and weekdays have their names."""
    assert GERMAN.day("2026-10-14") == "Mittwoch, 14. Oktober 2026"
    assert ENGLISH.day("2026-10-14") == "Wednesday, 14 October 2026"
    assert GERMAN.month("2026-10") == "Oktober 2026"


def test_times_are_shown_in_german_time() -> None:
    """A UTC time in the evening is the next day in Berlin."""
    assert GERMAN.moment("2026-07-31T22:30:00Z") == "Samstag, 1. August 2026, 00:30 Uhr"
    assert GERMAN.date("2026-07-31T22:30:00Z") == "1. August 2026"


@pytest.mark.parametrize(
    ("deadline", "said"),
    [
        ("2026-10-31T23:00:00Z", "Samstag, 31. Oktober 2026"),
        ("2026-10-31T22:59:59Z", "Samstag, 31. Oktober 2026"),
        ("2026-10-31T09:00:00Z", "Samstag, 31. Oktober 2026, 10:00 Uhr"),
        ("2026-10-31", "Samstag, 31. Oktober 2026"),
    ],
)
def test_a_deadline_at_midnight_is_the_day_before(deadline: str, said: str) -> None:
    """ "Until 1 November, 00:00" would cost somebody a day."""
    assert GERMAN.until(deadline) == said


def test_windows() -> None:
    """A parcel's window is as exact as it is known."""
    start, end = "2026-10-14T12:00:00Z", "2026-10-14T14:00:00Z"
    assert GERMAN.window(start, end) == "Mi.\u00a014.10., 14:00\N{EN DASH}16:00"
    assert GERMAN.window(start, None) == "Mi.\u00a014.10."
    assert GERMAN.window(None, None) == ""
    assert "Do.\u00a015.10." in GERMAN.window(start, "2026-10-15T14:00:00Z")


def test_the_hours_of_a_day() -> None:
    """On the day itself the hours say it all; a window that is no such thing has none."""
    start, end = "2026-10-14T12:00:00Z", "2026-10-14T14:00:00Z"
    assert GERMAN.hours(start, end, "2026-10-14") == "14:00\N{EN DASH}16:00"
    assert GERMAN.hours(start, end, "2026-10-15") == ""
    assert GERMAN.hours(start, "2026-10-15T14:00:00Z", "2026-10-14") == ""
    assert GERMAN.hours(start, start, "2026-10-14") == ""
    assert GERMAN.hours(None, end, "2026-10-14") == ""


def test_money_and_pv() -> None:
    """Whole PV have no decimals; money has its country's marks."""
    assert GERMAN.money("1045.63", "EUR") == "1.045,63\xa0€"
    assert ENGLISH.money("1045.63", None) == "€1,045.63"
    assert (GERMAN.pv("57.00"), GERMAN.pv("45.50")) == ("57 PV", "45,50 PV")


def test_nothing_known_says_nothing() -> None:
    """A missing fact never stops a mail."""
    said = {GERMAN.date(None), GERMAN.until(None), GERMAN.month(None), GERMAN.pv(None)}
    assert said | {GERMAN.money(None), GERMAN.moment(None), GERMAN.number(None)} == {""}


def test_days_that_follow_from_the_programme() -> None:
    """Month's end, next month, and the 10th until which a sponsor may change."""
    assert month_end("2028-02") == "2028-02-29"
    assert next_month("2026-12") == "2027-01"
    assert sponsor_change_until("2026-12-03") == "2027-01-10"


@pytest.mark.parametrize(
    ("until", "german", "english"),
    [
        ("2026-10-14T10:00:20Z", "1 Minute", "1 minute"),
        ("2026-10-14T11:05:00Z", "1 Stunde und 5 Minuten", "1 hour and 5 minutes"),
        ("2026-10-14T12:00:00Z", "2 Stunden", "2 hours"),
        ("2026-10-16T11:30:00Z", "2 Tage und 1 Stunde", "2 days and 1 hour"),
    ],
)
def test_how_long_something_lasted(until: str, german: str, english: str) -> None:
    """Two units say enough, and never nothing."""
    began = "2026-10-14T10:00:00Z"
    assert GERMAN.lasting(began, until) == german
    assert ENGLISH.lasting(began, until) == english
    assert GERMAN.lasting(None, until) == ""


def test_a_clock_change_makes_nothing_last_longer() -> None:
    """Seven hours of an outage are seven hours, also in the night in which the clocks go back."""
    assert GERMAN.lasting("2026-10-24T22:00:00Z", "2026-10-25T05:00:00Z") == "7 Stunden"
