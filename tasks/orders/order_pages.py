"""Pages with order tables: the owner's history, its older rows, a customer's month. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from models.domain.months import PvMonth
from tasks.orders import document, numbers
from tasks.orders.customer_pages import natural_name
from tasks.orders.order_rows import Page, read_rows
from tasks.orders.profile_values import Profile
from tasks.orders.tables import (
    Header,
    Row,
    best_header,
    body_rows,
    find_header,
    find_table,
    same_label,
)
from tasks.ports import OrderPage, OwnerPage, PageChanged

#: The pages' names in messages.
HISTORY: Final = "order-history"
OLDER: Final = "older-orders"
MONTH: Final = "month"

_HISTORY_NEEDS = ("number", "source", "order_date", "pv_month", "pv")
_MONTH_NEEDS = ("number", "source", "order_date", "pv")
_MONTH_SHOWN = re.compile(r"(?<![0-9])[0-9]{1,2}/[0-9]{4}(?![0-9])")


@dataclass(frozen=True, slots=True)
class History:
    """The first page of the owner's history: what it shows, and the header that older rows share.

    `page.cursor` is the page's own; None means that there is nothing older.
    """

    page: OwnerPage
    header: Header


def order_history(html: str, profile: Profile) -> History:
    """Read the order history's first page. Raises PageChanged."""
    root = document.open_page(html, HISTORY)
    labels = profile.orders.columns
    table = find_table(root, profile.orders.table, HISTORY)
    header = find_header(table, labels, _HISTORY_NEEDS, HISTORY)
    owner = _owner(root, profile)
    page = Page(HISTORY, profile, profile.orders.cancel_link, customer_name=owner or None)
    orders, rejected = read_rows(body_rows(table, header, labels), page)
    cursor, shown = _cursor(root, profile, HISTORY), frozenset(header.columns)
    return History(OwnerPage(orders, rejected, owner, cursor, text=html, columns=shown), header)


def older_rows(html: str, profile: Profile, first: History, asked: str) -> OwnerPage:
    """Read a fragment of older rows, asked for with the cursor `asked`.

    A fragment need not repeat the header; then its rows are read by the first page's. Its
    `cursor` is None at the end: the cursor is missing, or it stands still. Raises PageChanged.
    """
    root = document.open_page(html, OLDER)
    cursor = _cursor(root, profile, OLDER)
    if cursor is not None and cursor > asked:
        raise PageChanged(OLDER, f"the cursor moves ahead, {asked} to {cursor}", html)
    table = find_table(root, profile.orders.fragment_table, OLDER)
    owner = first.page.owner_name
    page = Page(OLDER, profile, profile.orders.cancel_link, customer_name=owner or None)
    page = replace(page, part=asked)
    orders, rejected = read_rows(_fragment_rows(table, profile, first.header), page)
    return OwnerPage(orders, rejected, owner, cursor if cursor != asked else None, text=html)


def month_orders(
    html: str, profile: Profile, member_id: str | None = None, month: PvMonth | None = None
) -> OrderPage:
    """Read a customer's orders of one PV month; her ID and name are those of the heading.

    `member_id` and `month` are what was asked for; None for a saved page, which then tells them
    itself. Raises PageChanged when the page is about somebody or some month else.
    """
    root = document.open_page(html, MONTH)
    labels = profile.month.columns
    table = find_table(root, profile.month.table, MONTH)
    header = find_header(table, labels, _MONTH_NEEDS, MONTH)
    heading = _heading(root, profile, member_id)
    shown = _shown_month(root, profile, month)
    page = Page(
        MONTH, profile, profile.month.cancel_link, heading.member_id, heading.name, month or shown
    )
    orders, rejected = read_rows(body_rows(table, header, labels), page)
    return OrderPage(orders, rejected, text=html, columns=frozenset(header.columns))


@dataclass(frozen=True, slots=True)
class _Heading:
    member_id: str
    name: str | None


def _owner(root: LexborHTMLParser, profile: Profile) -> str:
    heading = document.first(root, profile.orders.owner)
    return natural_name(document.text(heading)) if heading else ""


def _cursor(root: LexborHTMLParser, profile: Profile, page: str) -> str | None:
    """The last hidden cursor of the page, YYYYMM. Raises PageChanged when it is no month."""
    inputs = document.select(root, profile.orders.cursor)
    value = document.attribute(inputs[-1], "value") if inputs else ""
    if not value:
        return None
    try:
        return numbers.pv_month(value).compact
    except ValueError as error:
        raise PageChanged(page, f"cursor: {error}", document.sample(root.html or "")) from None


def _fragment_rows(table: LexborNode, profile: Profile, known: Header) -> list[Row]:
    labels = profile.orders.columns
    own = best_header(table, labels, OLDER)
    # Two labels or more are a header that must be complete; fewer are a chance likeness of a row.
    header = find_header(table, labels, _HISTORY_NEEDS, OLDER) if len(own.columns) > 1 else known
    return body_rows(table, header, labels)


def _headings(root: LexborHTMLParser, profile: Profile) -> list[str]:
    return [document.text(n) for s in profile.month.heading for n in document.select(root, s)]


def _heading(root: LexborHTMLParser, profile: Profile, asked: str | None) -> _Heading:
    """The first heading that shows a member ID: the asked one, or the only one."""
    pattern = rf"(?<![0-9])(?:{profile.member_id})(?![0-9])"
    for text in _headings(root, profile):
        numbers_shown = set(re.findall(pattern, _MONTH_SHOWN.sub(" ", text)))
        if asked in numbers_shown or (asked is None and len(numbers_shown) == 1):
            member_id = asked or numbers_shown.pop()
            return _Heading(member_id, _name(text, member_id, profile))
    wanted = f"customer {asked}" if asked else "one customer's ID"
    raise PageChanged(MONTH, f"no heading with {wanted}", document.sample(root.html or ""))


def _name(heading: str, member_id: str, profile: Profile) -> str | None:
    """What is left of a heading without its ID, month and the profile's words."""
    left = _MONTH_SHOWN.sub(" ", heading).replace(member_id, " ")
    for word in sorted(profile.month.noise, key=len, reverse=True):
        left = re.sub(rf"(?i)(?<!\w){re.escape(word)}(?!\w)", " ", left)
    parts = [part.strip(" ,.:;#-–—|/") for part in re.split(r"[()\[\]|:–—]|\s-\s", left)]
    kept = [" ".join(part.split()) for part in parts if same_label(part)]
    return natural_name(kept[0]) if kept else None


def _shown_month(root: LexborHTMLParser, profile: Profile, asked: PvMonth | None) -> PvMonth | None:
    """The month that a heading shows, if any. Raises PageChanged when it is not the asked one."""
    said = " | ".join(_headings(root, profile))
    found = set(filter(None, map(_month_or_none, _MONTH_SHOWN.findall(said))))
    if asked and found and asked not in found:
        shown = ", ".join(map(str, sorted(found)))
        raise PageChanged(MONTH, f"it shows {shown}, asked was {asked}", said)
    return found.pop() if len(found) == 1 else None


def _month_or_none(text: str) -> PvMonth | None:
    """A heading may show other numbers, such as 24/2026."""
    try:
        return numbers.pv_month(text)
    except ValueError:
        return None
