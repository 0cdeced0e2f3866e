"""Wire: the back office as an OrderSource: asks its pages and has them read."""

from __future__ import annotations

import threading
from datetime import date
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx2

from models.domain.months import PvMonth
from tasks.orders import customer_pages, detail_page, ledger_page, order_pages, profile
from tasks.orders.exchange import origin
from tasks.orders.fetch import BACK_OFF, TIMEOUT, Fetcher
from tasks.orders.probe import PartCheck, probe_pages
from tasks.orders.profile_values import Profile
from tasks.orders.session import Credentials, Session
from tasks.ports import (
    Clock,
    CustomerCard,
    LedgerPage,
    OrderDetail,
    OrderPage,
    OwnerPage,
    PageChanged,
    TeamPage,
)

#: Bytes; an invoice is some 100 KB.
LARGEST_PDF = 10_000_000
#: Seconds between two requests (backoffice.md: 0.3 to 0.6).
SPACING = 0.6

_PDF = "invoice-pdf"


class BackOffice:
    """A consultant's back office. Every method may raise SourceError's children.

    `base_url` and `login_url` replace the profile's. A `client` that is handed in stays the
    caller's: it must be used for nothing else (it holds the session's cookies), and `close`
    leaves it open. Raises ValueError for an address or a cookie that is none.
    """

    def __init__(
        self,
        pages: Profile,
        credentials: Credentials,
        clock: Clock,
        *,
        user_agent: str,
        base_url: str | None = None,
        login_url: str | None = None,
        client: httpx2.Client | None = None,
        spacing: float = SPACING,
        timeout: float = TIMEOUT,
        back_off: float = BACK_OFF,
    ) -> None:
        base, login = base_url or pages.addresses.base, login_url or pages.addresses.login
        self._profile, self._clock = pages, clock
        self._base = base if base.endswith("/") else base + "/"
        wire = client or httpx2.Client(timeout=timeout)
        self._own_client = wire if client is None else None
        fetcher = Fetcher(
            wire, clock, origins=frozenset(map(origin, (base, login, *pages.login.extra_hosts))),
            user_agent=user_agent, spacing=spacing, timeout=timeout, back_off=back_off,
        )  # fmt: skip
        self._session = Session(
            fetcher, wire, credentials, pages.login, base_url=self._base, login_url=login
        )
        self._history: order_pages.History | None = None
        self._reading_history = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the client, unless it was handed in."""
        if self._own_client is not None:
            self._own_client.close()

    def owner_page(self, cursor: str | None = None) -> OwnerPage:
        """The owner's orders: the first page, or older rows from `cursor` (YYYYMM).

        A page may hold no orders and yet a cursor: the orders come with the next one.
        """
        if cursor is None:
            return self._read_history().page
        # Older rows need not repeat the header or the owner: the first page has both.
        first = self._history or self._read_history()
        stamp = str(int(self._clock.now().timestamp() * 1000))
        chosen, addresses = self._profile.orders, self._profile.addresses
        html = self._html(
            order_pages.OLDER, addresses.older_rows, f"{chosen.cursor}, {chosen.fragment_table}",
            cursor=cursor, timestamp=stamp,
        )  # fmt: skip
        return order_pages.older_rows(html, self._profile, first, cursor)

    def team_page(self, page: int) -> TeamPage:
        """Page `page` (from 1) of the team list."""
        chosen, addresses = self._profile.team, self._profile.addresses
        html = self._html(customer_pages.TEAM, addresses.team, chosen.table, page=str(page))
        return customer_pages.team_list(html, self._profile)

    def search(self, text: str, page: int = 1) -> TeamPage:
        """Page `page` of the customers whom the site's own search finds."""
        chosen, addresses = self._profile.team, self._profile.addresses
        wanted = {"page": str(page), "text": text}
        html = self._html(customer_pages.TEAM, addresses.search, chosen.table, **wanted)
        return customer_pages.team_list(html, self._profile)

    def card(self, member_id: str) -> CustomerCard:
        """A customer's card; PageChanged when it is somebody else's."""
        chosen, addresses = self._profile.card, self._profile.addresses
        html = self._html(customer_pages.CARD, addresses.card, chosen.contact, member=member_id)
        return customer_pages.customer_card(html, self._profile, member_id)

    def month(self, member_id: str, month: PvMonth) -> OrderPage:
        """All orders of one customer in one PV month."""
        chosen, addresses = self._profile.month, self._profile.addresses
        html = self._html(
            order_pages.MONTH, addresses.month, chosen.table, member=member_id, month=month.compact
        )
        return order_pages.month_orders(html, self._profile, member_id, month)

    def detail(self, order_number: str) -> OrderDetail:
        """Lines and totals of one order; PageChanged when the page is another order's."""
        chosen, addresses = self._profile.detail, self._profile.addresses
        html = self._html(
            detail_page.DETAIL, addresses.order_detail, chosen.header, order=order_number
        )
        return detail_page.order_detail(html, self._profile, order_number)

    def ledger(self, first: PvMonth, last: PvMonth) -> LedgerPage:
        """The account ledger of the months from `first` to `last`."""
        chosen = self._profile.ledger
        address = self._profile.addresses.ledger
        url = self._address(address, first=first.compact, last=last.compact)
        answer = self._session.ask(ledger_page.LEDGER, url, chosen.table, headers=chosen.headers)
        return ledger_page.ledger_rows(answer.text, self._profile)

    def invoice_pdf(self, order_number: str) -> bytes:
        """The invoice; PageChanged when it is no PDF or larger than 10 MB."""
        url = self._address(self._profile.addresses.invoice_pdf, order=order_number)
        answer = self._session.ask(_PDF, url, None, LARGEST_PDF)
        if not answer.body.startswith(b"%PDF"):
            raise PageChanged(_PDF, "no PDF", answer.text[:2_000])
        return answer.body

    def probe(self, today: date, *, with_ledger: bool = True) -> list[PartCheck]:
        """Which parts of the profile fit the pages now; see `tasks.orders.probe`."""
        return probe_pages(self, self._profile, today, with_ledger=with_ledger)

    def _read_history(self) -> order_pages.History:
        with self._reading_history:
            chosen, addresses = self._profile.orders, self._profile.addresses
            html = self._html(order_pages.HISTORY, addresses.order_history, chosen.table)
            self._history = order_pages.order_history(html, self._profile)
            return self._history

    def _html(self, page: str, address: str, expected: str, /, **values: str) -> str:
        return self._session.ask(page, self._address(address, **values), expected).text

    def _address(self, address: str, **values: str) -> str:
        return urljoin(self._base, profile.fill(address, values))
