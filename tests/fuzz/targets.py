"""What is fuzzed: for each reader of outside data a strategy, and what must hold whatever comes.

A reader gives values that were there to be read, or its one typed error in one clear line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.domain.months import PvMonth
from models.domain.tracking import parse_tracking
from models.domain.values import ParcelFacts
from tasks.orders import (
    customer_pages,
    detail_page,
    ledger_page,
    login_pages,
    order_pages,
)
from tasks.orders.page_kind import page_kind
from tasks.ports import (
    CarrierUnavailable,
    NotKnown,
    OrderRecord,
    OtherParcel,
    PageChanged,
)
from tasks.shipments import dhl_facts, hermes_facts
from tests.config.test_settings import test_any_text_is_taken_or_refused as any_setting
from tests.domain.test_tracking import test_any_text_is_read_or_refused_in_one_line as any_link
from tests.fuzz import spoil
from tests.fuzz.files import FILES, one_line
from tests.fuzz.samples import DE, answers, pages
from tests.orders.test_document import test_any_rubbish_is_a_changed_page as any_rubbish
from tests.orders.test_numbers import test_any_text_is_a_number_or_one_clear_error as any_number
from tests.shipments.answers import NOW, NUMBER
from tests.shipments.test_hermes_facts import (
    test_any_json_gives_an_answer_or_one_clear_error as any_json,
)
from tests.shipments.test_status_table import (
    test_any_text_and_code_is_judged_without_a_crash as any_status,
)

Check = Callable[[], None]


def _page(kind: str, read: Callable[[str], Any]) -> Check:
    """A page of the back office, spoiled: what is read stood in it, or it has changed."""

    def check(html: str) -> None:
        try:
            found = read(html)
        except PageChanged as error:
            one_line(error)
            return
        for number in _numbers(found):
            assert number in html, f"order {number} was invented"
        for refused in getattr(found, "rejected", ()):
            assert refused.reason

    check.__name__ = f"page_{kind}"
    return given(st.deferred(lambda: spoil.texts(pages()[kind], html=True)))(check)


def _numbers(found: Any) -> list[str]:
    if isinstance(found, order_pages.History):
        found = found.page
    some = getattr(found, "orders", ())
    return [order.number for order in some if isinstance(order, OrderRecord)]


def _rows(html: str) -> Any:
    first = order_pages.order_history(pages()["history"], DE)
    return order_pages.older_rows(html, DE, first, "202609")


def _month(html: str) -> Any:
    year, month = pages()["month_asked"][:4], pages()["month_asked"][-2:]
    return order_pages.month_orders(html, DE, pages()["member"], PvMonth(int(year), int(month)))


def _login(html: str) -> Any:
    login_pages.wants_code(html, DE.login)
    login_pages.session_ended(html, "table.evotable", DE.login, "history")
    page_kind(html, DE)
    return login_pages.login_form(html, "https://login.example.org/sign-in", DE.login)


def _carrier(name: str, read: Callable[[object], Any]) -> Check:
    """A carrier's answer, spoiled: facts, not known, about others, or no usable answer."""

    def check(body: Any) -> None:
        try:
            found = read(body)
        except CarrierUnavailable as error:
            one_line(error)
        else:
            assert isinstance(found, ParcelFacts | NotKnown | OtherParcel)
            json.dumps(str(found))

    check.__name__ = name
    return given(spoil.documents(*answers(name)))(check)


_LINKS = (
    f"https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{NUMBER}",
    f"https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={NUMBER}",
    "https://www.ups.com/track?tracknum=1Z999AA10123456784",
    "https://tracking.dpd.de/status/de_DE/parcel/01234567890123",
    "https://gls-group.com/DE/de/paketverfolgung?match=12345678901",
)


@given(spoil.texts(*_LINKS))
def _link(text: str) -> None:
    try:
        found = parse_tracking(text)
    except ValueError as error:
        one_line(error)
    else:
        assert found.number.isascii()


#: Properties that the tests hold already; here they get more time.
_KNOWN: dict[str, Check] = {
    "any link": any_link,
    "any setting": any_setting,
    "any page": any_rubbish,
    "any number": any_number,
    "any json": any_json,
    "any status": any_status,
}


def targets() -> dict[str, Check]:
    """All of them by name."""
    return spoiled() | _KNOWN


_PAGES: dict[str, Callable[[str], Any]] = {
    "history": lambda html: order_pages.order_history(html, DE),
    "rows": _rows,
    "month": _month,
    "detail": lambda html: detail_page.order_detail(html, DE, pages()["order"]),
    "team": lambda html: customer_pages.team_list(html, DE),
    "card": lambda html: customer_pages.customer_card(html, DE, pages()["member"]),
    "ledger": lambda html: ledger_page.ledger_rows(html, DE),
    "login": _login,
}


@cache
def spoiled() -> dict[str, Check]:
    """Those that spoil what a partner really sends."""
    return {f"page {kind}": _page(kind, read) for kind, read in _PAGES.items()} | {
        "hermes": _carrier("hermes", lambda body: hermes_facts.facts(body, NUMBER, NOW)),
        "dhl": _carrier("dhl", lambda body: dhl_facts.facts(body, NUMBER, NOW)),
        "tracking link": _link,
        **FILES,
    }
