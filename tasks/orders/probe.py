"""Which parts of a profile fit the pages now: one page of each kind is read, nothing stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from models.domain.months import PvMonth
from tasks.orders.customer_pages import CARD, TEAM
from tasks.orders.detail_page import DETAIL
from tasks.orders.ledger_page import LEDGER
from tasks.orders.order_pages import HISTORY, MONTH, OLDER
from tasks.orders.profile_values import Labels, Profile
from tasks.ports import (
    CustomerCard,
    LedgerPage,
    OrderPage,
    OrderSource,
    PageChanged,
    TeamPage,
)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class PartCheck:
    """One kind of page: whether it is read as the profile says, and what was found or is missing.

    `ok` None: it could not be tried, because another page told nothing to ask for.
    """

    page: str
    ok: bool | None
    detail: str


class _Probe:
    """Asks page after page; what has changed is a result, everything else an error."""

    def __init__(self) -> None:
        self.checks: list[PartCheck] = []

    def ask(
        self, page: str, ask: Callable[[], Answer], found: Callable[[Answer], str]
    ) -> Answer | None:
        """The page, None when it has changed."""
        try:
            answer = ask()
        except PageChanged as error:
            self.checks.append(PartCheck(page, False, error.missing))
            return None
        self.checks.append(PartCheck(page, True, found(answer)))
        return answer

    def skip(self, page: str, reason: str) -> None:
        """A page that can't be tried."""
        self.checks.append(PartCheck(page, None, reason))


def probe_pages(
    source: OrderSource, profile: Profile, today: date, *, with_ledger: bool = True
) -> list[PartCheck]:
    """Ask for one page of each kind and say which are as the profile expects.

    Some six requests, each in its turn. Raises the errors of SourceError that are about the site
    or the login, not about a page: SourceUnavailable, LoginRefused, LoginCodeWanted.
    """
    probe = _Probe()
    orders = profile.orders.columns
    history = probe.ask(HISTORY, source.owner_page, lambda p: _orders(p, orders))
    cursor = history.cursor if history else None
    if cursor is not None:
        probe.ask(OLDER, lambda: source.owner_page(cursor), lambda p: f"{len(p.orders)} orders")
    else:
        why = "names no older rows" if history else "can't be read"
        probe.skip(OLDER, f"the order history {why}")
    team = probe.ask(TEAM, lambda: source.team_page(1), lambda p: _team(p, profile.team.columns))
    month = _customer(probe, source, profile, team, PvMonth.of(today))
    numbers = [order.number for page in (month, history) if page for order in page.orders]
    if numbers:
        probe.ask(DETAIL, lambda: source.detail(numbers[0]), lambda d: f"{len(d.lines)} lines")
    else:
        probe.skip(DETAIL, "no order is known to ask for")
    if with_ledger:
        current = PvMonth.of(today)
        probe.ask(LEDGER, lambda: source.ledger(current.plus(-2), current), _ledger)
    return probe.checks


def _customer(
    probe: _Probe, source: OrderSource, profile: Profile, team: TeamPage | None, current: PvMonth
) -> OrderPage | None:
    """Card and month of somebody who has ordered, or else of the first customer."""
    rows: Sequence[object] = team.rows if team else ()
    if team is None or not rows:
        for page in (CARD, MONTH):
            probe.skip(page, "the team list names no customer")
        return None
    who = next((row for row in team.rows if row.pv), team.rows[0]).member_id
    card = probe.ask(CARD, lambda: source.card(who), lambda c: f"{len(c.volume)} months")
    month = _month_of(card) or current
    columns = profile.month.columns
    return probe.ask(MONTH, lambda: source.month(who, month), lambda p: _orders(p, columns))


def _month_of(card: CustomerCard | None) -> PvMonth | None:
    return next((month for month, pv in card.volume if pv), None) if card else None


def _orders(page: OrderPage, labels: Labels) -> str:
    return f"{len(page.orders)} orders{_bad(page.rejected)}{_not_shown(page.columns, labels)}"


def _team(page: TeamPage, labels: Labels) -> str:
    return f"{len(page.rows)} customers{_bad(page.rejected)}{_not_shown(page.columns, labels)}"


def _ledger(page: LedgerPage) -> str:
    return f"{len(page.rows)} rows{_bad(page.rejected)}"


def _bad(rejected: Sequence[object]) -> str:
    return f", {len(rejected)} rows can't be read" if rejected else ""


def _not_shown(columns: frozenset[str], labels: Mapping[str, Sequence[str]]) -> str:
    """The profile's columns that the page lacks, by their first label; nothing hangs on them."""
    lacking = [names[0] for column, names in labels.items() if column not in columns and names]
    return f"; not shown: {', '.join(lacking)}" if lacking else ""
