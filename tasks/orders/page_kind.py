"""Which of the back office's pages a saved file holds. Pure."""

from __future__ import annotations

from tasks.orders import document
from tasks.orders.customer_pages import CARD, TEAM
from tasks.orders.detail_page import DETAIL
from tasks.orders.login_pages import login_form
from tasks.orders.order_pages import HISTORY, MONTH, OLDER
from tasks.orders.profile_values import Profile


def page_kind(html: str, profile: Profile) -> str | None:
    """A page's name (`order-history`, `month`, `order-detail`, ...), `login`, None = unknown.

    Raises PageChanged when the file is too large or nested too deeply.
    """
    root = document.open_page(html, "saved page")
    marks = {
        HISTORY: profile.orders.table,
        OLDER: profile.orders.fragment_table,
        MONTH: profile.month.table,
        TEAM: profile.team.table,
        CARD: profile.card.contact,
        DETAIL: profile.detail.header,
    }
    found = [kind for kind, mark in marks.items() if document.first(root, mark) is not None]
    if found:
        return found[0]
    return "login" if login_form(html, "", profile.login) else None
