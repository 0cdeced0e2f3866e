"""PV months: the calendar month an order counts for, which need not be its date's. Pure."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class PvMonth:
    """A month of the PV calendar, such as 2026-10. Ordered by time, hashable."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 2000 <= self.year <= 2100):
            raise ValueError(f"no such month: {self.year}-{self.month}")

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @classmethod
    def of(cls, day: date) -> PvMonth:
        """The calendar month of `day`."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> PvMonth:
        """Read `2026-10`, `202610`, `10/2026` or the unpadded `9/2026` (backoffice.md, column 11).

        Raises ValueError with the forms that would be right.
        """
        text = text.strip()
        if match := re.fullmatch(r"(\d{4})-?(\d{2})", text):
            return cls(int(match[1]), int(match[2]))
        if match := re.fullmatch(r"(\d{1,2})/(\d{4})", text):
            return cls(int(match[2]), int(match[1]))
        raise ValueError(f"not a month: {text[:40]!r} (2026-10 or 10/2026 would be)")

    def plus(self, months: int) -> PvMonth:
        """The month `months` later (earlier when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return PvMonth(index // 12, index % 12 + 1)

    def minus(self, other: PvMonth) -> int:
        """How many months `other` lies before this one."""
        return (self.year - other.year) * 12 + self.month - other.month

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def compact(self) -> str:
        """As the back office writes it in addresses: `202610`."""
        return f"{self.year:04d}{self.month:02d}"
