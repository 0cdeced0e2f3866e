"""The drift guard: whether a page that could be read is whole enough to be believed. Pure.

A page whose table, columns or types are not as the profile says never gets here: its parser
raises PageChanged. Here is what only a comparison can tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from models.domain.months import PvMonth
from tasks.orders.customer_pages import CARD
from tasks.orders.order_pages import MONTH
from tasks.ports import OrderPage, PageChanged, SourceUnavailable

#: So many bad pages of one kind and not one good: the kind has changed, not the customers.
HOPELESS = 3


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """When a list is too short or too bad: shares from 0 to 1.

    A list that had fewer than `small_list` rows may shrink as it likes.
    """

    least_rows_share: float = 0.5
    most_rejected_share: float = 0.5
    small_list: int = 10


DEFAULT_LIMITS = GuardLimits()


def check_size(page: str, rows: int, last: int | None, limits: GuardLimits, text: str) -> None:
    """Raise PageChanged when a list has far fewer rows than when it was read well last."""
    if last is None or last < limits.small_list or rows >= last * limits.least_rows_share:
        return
    raise PageChanged(
        page,
        f"{rows} rows where there were {last}; if that is right, `orderwatch sync --full` says so",
        text,
    )


def check_rejected(page: str, read: int, rejected: int, limits: GuardLimits, text: str) -> None:
    """Raise PageChanged when too many rows can't be read; a single bad row is its own fault."""
    if rejected > 1 and rejected > (read + rejected) * limits.most_rejected_share:
        raise PageChanged(page, f"{rejected} of {read + rejected} rows can't be read", text)


def check_month(
    month: PvMonth, page: OrderPage, known: Mapping[str, Decimal], volume: Decimal | None
) -> None:
    """Raise PageChanged when a month lacks orders that the card still counts.

    `known` holds the PV of the orders that the month showed before, `volume` the month's PV on
    the card (None = the card does not show that month).
    """
    shown = sum((order.pv for order in page.orders), Decimal(0))
    gone = sum((pv for number, pv in known.items() if number not in _numbers(page)), Decimal(0))
    if volume is None or page.rejected:
        return
    if not page.orders and volume > 0:
        raise PageChanged(MONTH, f"{month} is empty, its card shows {volume} PV", page.text)
    if gone > 0 and volume - shown >= gone:
        raise PageChanged(MONTH, f"{month} shows {shown} PV, its card {volume}", page.text)


def lacks(page: OrderPage, known: Mapping[str, Decimal]) -> bool:
    """Whether a page no longer shows an order that was known."""
    return not known.keys() <= _numbers(page)


def _numbers(page: OrderPage) -> set[str]:
    return {order.number for order in page.orders}


@dataclass
class PageTally:
    """How many pages of each kind one sync read well, and what was wrong with the others."""

    good: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[PageChanged]] = field(default_factory=dict)
    missed: list[SourceUnavailable] = field(default_factory=list)
    """Why customers could not be read this time, although the others could."""

    def note(self, error: PageChanged) -> None:
        """Count a bad page, once."""
        errors = self.broken.setdefault(error.page, [])
        if error not in errors:
            errors.append(error)

    def hopeless(self, kind: str) -> bool:
        """Whether the whole kind seems to have changed, not one customer's page."""
        return len(self.broken.get(kind, ())) >= HOPELESS and not self.good[kind]

    def check(self) -> None:
        """Raise what makes the sync a failed one.

        That is the first fault of a kind without which orders are unknown, if none of it was good,
        or else a customer whom the site could not show.
        """
        for kind in (CARD, MONTH):
            if kind in self.broken and not self.good[kind]:
                raise self.broken[kind][0]
        if self.missed:
            raise self.missed[0]

    @property
    def mended(self) -> list[str]:
        """The kinds of which every page was read well."""
        return [kind for kind in self.good if kind not in self.broken]
