"""No page, however broken, may crash or hang the reader."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.orders import document, profile
from tasks.orders.login_pages import is_login_address, login_form, session_ended, wants_code
from tasks.orders.order_pages import order_history
from tasks.orders.page_kind import page_kind
from tasks.ports import PageChanged
from tests.orders.back_office_pages import CODE_PAGE, LOGIN_PAGE, history, order_cells

DE = profile.load("de")


@pytest.mark.parametrize("tag", ["<div>", "<ul><li>", "<table><tr><td>", "<b>", "<x/>", "<div/>"])
def test_endless_nesting_is_refused_at_once(tag: str) -> None:
    """The parser would take minutes for it."""
    started = time.monotonic()
    with pytest.raises(PageChanged, match="nested deeper"):
        order_history(tag * (1_000_000 // len(tag)), DE)
    assert time.monotonic() - started < 5


def test_a_page_that_is_too_large_is_refused() -> None:
    """Memory is not the site's to fill."""
    with pytest.raises(PageChanged, match="larger than 8 MB") as error:
        order_history("x" * 8_000_001, DE)
    assert len(error.value.sample) <= 200_000


def test_many_rows_and_icons_are_no_nesting() -> None:
    """A long history with unclosed cells and self-closed icons is read."""
    row = order_cells(DE, ship_to="Erika<br/><img src='x'/><svg><path d=''/></svg>")
    html = history(DE, [row] * 3_000).replace("</td>", "")
    assert len(order_history(html, DE).page.orders) == 3_000


@given(st.text(alphabet='<>/"= atdrhbl&;#0123456789', max_size=300))
def test_any_rubbish_is_a_changed_page(rubbish: str) -> None:
    """What is no page is told as such, whatever it is made of."""
    with pytest.raises(PageChanged):
        order_history(rubbish, DE)


def test_lines_are_split_at_breaks_only() -> None:
    """Inline tags and line ends of the source do not split a value."""
    node = document.open_page("<p>a <b>b</b>\n c<br>d<script>x</script></p>", "x").css_first("p")
    assert node is not None
    assert document.lines(node) == ["a b c", "d"]
    assert document.text(node) == "a b c d"


def test_a_selector_that_is_none_is_the_profiles_fault() -> None:
    """A user's profile may hold a typing error."""
    with pytest.raises(ValueError, match="no CSS selector"):
        document.select(document.open_page("<p>", "x"), "td[")


def test_the_login_form_is_known_by_its_inputs() -> None:
    """Hidden inputs go along; the address is resolved against the page's."""
    form = login_form(LOGIN_PAGE, "https://login.doterra.com/de/de-de/sign-in", DE.login)
    assert form is not None
    assert form.action == "https://login.doterra.com/session"
    assert form.hidden == {"csrf": "t0ken&1"}
    assert login_form("<form><input name='q'></form>", "https://x/", DE.login) is None


@pytest.mark.parametrize(
    ("html", "ended"),
    [
        (LOGIN_PAGE, True),
        ("<script>location='/Login'</script>", True),
        ('<table class="evotable"></table><a href="/login">', False),
        ('<table id="OrderHistoryTable"></table><p>Last login: today', False),
        ("<p>Wartung</p>", False),
    ],
)
def test_an_ended_session_is_told_from_a_page_that_speaks_of_logins(html: str, ended: bool) -> None:
    """A "last login" on a good page must not make the program log in again and again."""
    assert session_ended(html, DE.orders.table, DE.login, "x") is ended


def test_a_login_address_is_known_by_its_word() -> None:
    """Host or path may hold it."""
    assert is_login_address("https://login.doterra.com/de", DE.login)
    assert is_login_address("https://office.doterra.com/?x=Login", DE.login)
    assert not is_login_address("https://office.doterra.com/", DE.login)


def test_a_code_page_is_known_by_its_input_or_its_words() -> None:
    """A text that speaks of codes without an input asks for nothing."""
    assert wants_code(CODE_PAGE, DE.login)
    assert wants_code("<input autocomplete='one-time-code'>", DE.login)
    assert not wants_code("<p>Sicherheitscode</p>", DE.login)
    assert not wants_code(LOGIN_PAGE, DE.login)


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        (history(DE, []), "order-history"),
        ('<table id="ajaxrowstable"></table>', "older-orders"),
        ('<table id="MonthOrders"></table>', "month"),
        ('<table id="CustomerTable"></table>', "team"),
        ('<dl id="ContactData"></dl>', "card"),
        ('<table><tr class="InvoiceHeader"></tr></table>', "order-detail"),
        (LOGIN_PAGE, "login"),
        ("<p>Wartung</p>", None),
    ],
)
def test_a_saved_page_is_known_by_its_marks(html: str, kind: str | None) -> None:
    """The user saves pages without telling which is which."""
    assert page_kind(html, DE) == kind
