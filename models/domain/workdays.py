"""Working days: Monday to Friday without German holidays. Pure.

A Saturday is no working day here: orders are not packed on it, and a deadline that counts it
would come too early.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

LAENDER = {
    "BB": "Brandenburg",
    "BE": "Berlin",
    "BW": "Baden-Württemberg",
    "BY": "Bayern",
    "HB": "Bremen",
    "HE": "Hessen",
    "HH": "Hamburg",
    "MV": "Mecklenburg-Vorpommern",
    "NI": "Niedersachsen",
    "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz",
    "SH": "Schleswig-Holstein",
    "SL": "Saarland",
    "SN": "Sachsen",
    "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}
"""The German Länder by their short names (ISO 3166-2:DE without `DE-`)."""

_DAY = timedelta(days=1)


@cache
def _holidays_of(state: str | None, year: int) -> frozenset[date]:
    """The holidays of one year. The library loads here, since light commands never need it."""
    from holidays import country_holidays

    return frozenset(country_holidays("DE", subdiv=state, years=year))


def land_code(text: str) -> str:
    """The short name of a Land given as `BY` or `Bayern`. Raises ValueError with the names."""
    wanted = text.strip().casefold()
    for code, name in LAENDER.items():
        if wanted in (code.casefold(), name.casefold()):
            return code
    raise ValueError(f"not a German Land: {text!r} (one of {', '.join(LAENDER)} would be)")


class Workdays:
    """The working days of one Land, or of the whole of Germany (its nationwide holidays)."""

    def __init__(self, state: str | None = None) -> None:
        """`state`: a Land such as `BY` or `Bayern`, None = nationwide. Raises ValueError."""
        self.state = land_code(state) if state else None

    def is_workday(self, day: date) -> bool:
        """Whether `day` (a German calendar day) is worked on."""
        return day.weekday() < 5 and day not in _holidays_of(self.state, day.year)

    def is_day_of_rest(self, day: date) -> bool:
        """Whether `day` is a Sunday or a holiday; a Saturday is none."""
        return day.weekday() == 6 or day in _holidays_of(self.state, day.year)

    def workdays_between(self, start: date, end: date) -> int:
        """How many full working days have passed after `start` when `end` begins.

        Neither day counts: `start` was only partly left, `end` is not over yet. Ordered on a
        Monday, seen on the Friday of a week without holidays: 3. 0 when `end` is not later.
        """
        days = (start + _DAY * n for n in range(1, (end - start).days))
        return sum(map(self.is_workday, days))

    def add_workdays(self, day: date, n: int) -> date:
        """The `n`-th working day after `day` (before it when negative); `day` itself for 0."""
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_workday(day):
                day += step
        return day
