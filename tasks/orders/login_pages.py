"""Login form, ended session and phone-code page, recognised in HTML. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tasks.orders import document
from tasks.orders.profile_values import Login


@dataclass(frozen=True, slots=True)
class LoginForm:
    """Where a login form is sent, and the hidden inputs it carries along."""

    action: str
    hidden: dict[str, str] = field(repr=False)


def login_form(html: str, url: str, login: Login, page: str = "login") -> LoginForm | None:
    """The form with the user's and the password's input; None when the page has none.

    `url` is the page's own address, against which the form's address is resolved.
    """
    root = document.open_page(html, page)
    for form in root.css("form"):
        names = {document.attribute(entry, "name") for entry in form.css("input")}
        if {login.user_input, login.password_input} <= names:
            return LoginForm(urljoin(url, document.attribute(form, "action")), _hidden(form))
    return None


def is_login_address(url: str, login: Login) -> bool:
    """Whether an address leads to the login (backoffice.md: a URL that contains `login`)."""
    return login.url_marker.casefold() in url.casefold()


def session_ended(html: str, expected: str | None, login: Login, page: str) -> bool:
    """Whether a page came instead of the asked one because the session is over.

    Either it is the login form, or it lacks what was `expected` (a selector; None: no HTML at
    all) and any `evotable`, and speaks of a login.
    """
    if login_form(html, "", login, page) is not None:
        return True
    said = html.casefold()
    if login.table_marker.casefold() in said or login.url_marker.casefold() not in said:
        return False
    return expected is None or not document.select(document.open_page(html, page), expected)


def wants_code(html: str, login: Login) -> bool:
    """Whether the page asks for the phone code of a new device."""
    page = document.open_page(html, "login")
    if any(document.select(page, selector) for selector in login.code_inputs):
        return True
    return bool(_typed_inputs(page)) and _speaks_of_code(page, login)


def _speaks_of_code(page: LexborHTMLParser, login: Login) -> bool:
    said = document.text(page.body).casefold() if page.body else ""
    return any(word.casefold() in said for word in login.code_words)


def _typed_inputs(page: LexborHTMLParser) -> list[LexborNode]:
    silent = {"hidden", "submit", "button", "checkbox", "radio"}
    return [i for i in page.css("form input") if document.attribute(i, "type") not in silent]


def _hidden(form: LexborNode) -> dict[str, str]:
    inputs = [i for i in form.css("input[name]") if document.attribute(i, "type") == "hidden"]
    return {document.attribute(i, "name"): i.attributes.get("value") or "" for i in inputs}
