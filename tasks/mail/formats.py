"""Dates, money and PV as people read them in German and English. Pure.

Babel brings the names and separators; the patterns here are what a calm mail needs. Facts arrive
as JSON values: dates `2026-10-14`, times `2026-10-14T13:30:00Z`, decimals `"57.00"`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal
from babel.units import format_unit

from models.domain.months import PvMonth

LANGUAGES = ("de", "en")

LOCALES = {"de": "de_DE", "en": "en_GB"}

PATTERNS = {
    "de": {
        "date": "d. MMMM y",
        "day": "EEEE, d. MMMM y",
        "short": "EEE\N{NO-BREAK SPACE}d.M.",
        "clock": "HH:mm",
        "moment": "EEEE, d. MMMM y, HH:mm 'Uhr'",
        "month": "MMMM y",
    },
    "en": {
        "date": "d MMMM y",
        "day": "EEEE, d MMMM y",
        "short": "EEE\N{NO-BREAK SPACE}d\N{NO-BREAK SPACE}MMM",
        "clock": "HH:mm",
        "moment": "EEEE, d MMMM y, HH:mm",
        "month": "MMMM y",
    },
}

#: A deadline this late in the day means the whole day.
_DAY_ENDS = time(23, 59)

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language writes values; times are shown in `timezone`, such as Europe/Berlin.

    Every method turns None into an empty text, so that a missing fact never stops a mail.
    """

    language: str
    timezone: str

    def date(self, value: str | None) -> str:
        """`14. Oktober 2026`."""
        return self._dated(value, "date")

    def day(self, value: str | None) -> str:
        """`Mittwoch, 14. Oktober 2026`."""
        return self._dated(value, "day")

    def short_day(self, value: str | None) -> str:
        """`Mi. 14.10.`, for tables."""
        return self._dated(value, "short")

    def moment(self, value: str | None) -> str:
        """`Mittwoch, 14. Oktober 2026, 15:30 Uhr`, local time."""
        return self._timed(self._local(value), "moment") if value else ""

    def until(self, value: str | None) -> str:
        """A deadline: the day alone when it is a whole day's end, else day and time."""
        if not value or "T" not in value:
            return self.day(value)
        moment = self._local(value)
        if moment.time() == time(0) or moment.time() >= _DAY_ENDS:
            return self._format(moment - _MINUTE, "day")
        return self._timed(moment, "moment")

    def window(self, start: str | None, end: str | None) -> str:
        """`Mi. 14.10., 14:00-16:00`: when a parcel is expected, as well as it is known."""
        if not start and not end:
            return ""
        first, last = self._local(start or end or ""), self._local(end or start or "")
        if first == last:
            return self._format(first, "short")
        if first.date() != last.date():
            return f"{self._format(first, 'short')} \N{EN DASH} {self._format(last, 'short')}"
        return f"{self._format(first, 'short')}, {self._clocks(first, last)}"

    def hours(self, start: str | None, end: str | None, day: str | None) -> str:
        """`14:00-16:00` when that is a window of the ISO date `day`, else an empty text."""
        if not (start and end and day) or start == end:
            return ""
        first, last = self._local(start), self._local(end)
        on_the_day = {first.date().isoformat(), last.date().isoformat()} == {day}
        return self._clocks(first, last) if on_the_day else ""

    def _clocks(self, first: datetime, last: datetime) -> str:
        return f"{self._timed(first, 'clock')}\N{EN DASH}{self._timed(last, 'clock')}"

    def lasting(self, start: str | None, end: str | None) -> str:
        """`1 Stunde und 5 Minuten`: from one time to another, in its two largest units."""
        if not start or not end:
            return ""
        # Not in local time: over the night of a clock change that would be an hour off.
        lasted = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        minutes = max(round(lasted / _MINUTE), 1)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        parts = [(days, "duration-day"), (hours, "duration-hour"), (minutes, "duration-minute")]
        locale = LOCALES[self.language]
        said = [format_unit(count, unit, locale=locale) for count, unit in parts if count]
        return format_list(said[:2], locale=locale)

    def month(self, value: str | None) -> str:
        """`Oktober 2026` of `2026-10`."""
        if not value:
            return ""
        return self._format(self._local(PvMonth.parse(value).first_day.isoformat()), "month")

    def money(self, amount: str | None, currency: str | None = None) -> str:
        """`87,50 €`; without a currency, euros."""
        if amount is None:
            return ""
        return _money(self.language, amount, currency or "EUR")

    def number(self, value: str | int | None) -> str:
        """`1.045`, or `45,50` when it is no whole number."""
        if value is None:
            return ""
        return _number(self.language, value)

    def pv(self, amount: str | int | None) -> str:
        """`57 PV`."""
        return f"{self.number(amount)} PV" if amount is not None else ""

    def _dated(self, value: str | None, pattern: str) -> str:
        if not value:
            return ""
        shown = self._local(value)
        return self._format(shown, pattern)

    def _local(self, value: str) -> datetime:
        """Aware local time; a bare date is its first moment, a naive time is UTC."""
        if "T" not in value:
            return datetime.combine(
                date.fromisoformat(value), time(0), tzinfo=ZoneInfo(self.timezone)
            )
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(ZoneInfo(self.timezone))

    def _format(self, day: datetime, pattern: str) -> str:
        return _formatted_day(self.language, pattern, day.date())

    def _timed(self, moment: datetime, pattern: str) -> str:
        return _formatted_time(self.language, pattern, moment.replace(tzinfo=None))


# A mail names the same few values again and again, and Babel takes its time.


@lru_cache(maxsize=1024)
def _formatted_day(language: str, pattern: str, day: date) -> str:
    return format_date(day, PATTERNS[language][pattern], locale=LOCALES[language])


@lru_cache(maxsize=1024)
def _formatted_time(language: str, pattern: str, local: datetime) -> str:
    return format_datetime(local, PATTERNS[language][pattern], locale=LOCALES[language])


@lru_cache(maxsize=1024)
def _money(language: str, amount: str, currency: str) -> str:
    return format_currency(Decimal(amount), currency, locale=LOCALES[language])


@lru_cache(maxsize=1024)
def _number(language: str, value: str | int) -> str:
    amount = Decimal(value)
    pattern = "#,##0" if amount == amount.to_integral_value() else "#,##0.00"
    return format_decimal(amount, pattern, locale=LOCALES[language])


def month_end(month: str | None) -> str | None:
    """The last day of `2026-10` as an ISO date; None stays None."""
    return PvMonth.parse(month).last_day.isoformat() if month else None


def next_month(month: str | None) -> str | None:
    """`2026-11` of `2026-10`; None stays None."""
    return str(PvMonth.parse(month).plus(1)) if month else None


def sponsor_change_until(order_date: str | None) -> str | None:
    """The 10th of the month after an enrolment (domain.md), as an ISO date."""
    if not order_date:
        return None
    return PvMonth.of(date.fromisoformat(order_date)).plus(1).first_day.replace(day=10).isoformat()
