"""Wire: a session with the back office, by login form or pasted cookie; kept in memory.

A session that has ended is renewed once per question. A refused password is remembered for the
life of the process, because trying again would lock the account.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx2
from pydantic import SecretStr

from tasks.orders.document import LARGEST_PAGE
from tasks.orders.exchange import Answer, Ask, origin
from tasks.orders.fetch import Fetcher
from tasks.orders.login_pages import (
    LoginForm,
    is_login_address,
    login_form,
    session_ended,
    wants_code,
)
from tasks.orders.profile_values import Login
from tasks.ports import LoginCodeWanted, LoginRefused, PageChanged, SourceRefused

#: Logins in a row that were not refused and yet gave no session, before they count as refused.
_MOST_EMPTY_LOGINS = 3
#: Strikes by login and password, hashed with the process's own salt.
_STRIKES: Counter[int] = Counter()

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_COOKIE_HINT = "paste a fresh session cookie from a browser (BACKOFFICE__COOKIE)"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Member ID and password, or a cookie (`name=value; name=value`) pasted from a browser."""

    member_id: str | None = field(default=None, repr=False)
    password: SecretStr | None = None
    cookie: SecretStr | None = None


class Session:
    """Asks pages as a logged-in user."""

    def __init__(
        self,
        fetcher: Fetcher,
        client: httpx2.Client,
        credentials: Credentials,
        login: Login,
        *,
        base_url: str,
        login_url: str,
    ) -> None:
        self._fetcher, self._client, self._login = fetcher, client, login
        self._credentials, self._base_url, self._login_url = credentials, base_url, login_url
        self._open = _use_cookie(client, credentials.cookie, base_url)
        self._logging_in = threading.Lock()

    def ask(
        self,
        page: str,
        url: str,
        expected: str | None,
        largest: int = LARGEST_PAGE,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Answer:
        """A page; `expected` is a selector of what every real answer holds, None for a file.

        Logs in first when there is no session, and once more when it turns out to be over.
        Raises LoginRefused, LoginCodeWanted, SourceUnavailable and its child, PageChanged.
        """
        ask = Ask(
            page, url, largest, stop_at=lambda target: self._leads_to_login(target, url),
            headers=headers,
        )  # fmt: skip
        if not self._open:
            self._log_in()
            return self._checked(ask, expected)
        answer = self._fetcher.ask(ask)
        if not self._ended(answer, ask, expected):
            return answer
        self._open = False
        self._log_in()
        return self._checked(ask, expected)

    def _checked(self, ask: Ask, expected: str | None) -> Answer:
        """The answer right after a login; a session that is over again is an error."""
        answer = self._fetcher.ask(ask)
        if self._ended(answer, ask, expected):
            self._open = False
            _STRIKES[self._key] += 1
            raise SourceRefused(
                f"the back office logged in and yet gave no session ({ask.page}); "
                f"check the login in a browser, or {_COOKIE_HINT}"
            )
        _STRIKES.pop(self._key, None)
        return answer

    def _leads_to_login(self, target: str, asked: str) -> bool:
        return is_login_address(target, self._login) and not is_login_address(asked, self._login)

    def _ended(self, answer: Answer, ask: Ask, expected: str | None) -> bool:
        if answer.status == 401 or self._leads_to_login(answer.url, ask.url):
            return True
        if answer.body.startswith(b"%PDF"):
            return False
        return session_ended(answer.text, expected, self._login, ask.page)

    @property
    def _key(self) -> int:
        """Names this login and password without holding them."""
        password = self._credentials.password
        secret = password.get_secret_value() if password else ""
        return hash((self._login_url, self._credentials.member_id, secret))

    def _log_in(self) -> None:
        with self._logging_in:
            if self._open:
                return
            filled = self._filled()
            page = self._fetcher.ask(Ask("login", self._login_url, LARGEST_PAGE))
            form = login_form(page.text, page.url, self._login)
            if form is not None:
                self._judge(self._send_form(form, filled))
            elif wants_code(page.text, self._login):
                raise LoginCodeWanted(f"the back office asks for a phone code; {_COOKIE_HINT}")
            elif self._outside(page.url):
                raise PageChanged("login", "no login form", page.text)
            self._open = True

    def _outside(self, url: str) -> bool:
        """Whether we are not, already logged in, back on the back office's own pages."""
        elsewhere = origin(url) != origin(self._base_url) or is_login_address(url, self._login)
        return elsewhere or url == self._login_url

    def _filled(self) -> dict[str, str]:
        """The form's inputs. Raises LoginRefused when there is nothing to try."""
        known = self._credentials
        if known.member_id is None or known.password is None:
            if known.cookie is not None:
                raise LoginRefused(f"the session cookie is no longer valid; {_COOKIE_HINT}")
            raise LoginRefused("no login is set (BACKOFFICE__MEMBER_ID and BACKOFFICE__PASSWORD)")
        if _STRIKES[self._key] >= _MOST_EMPTY_LOGINS:
            raise LoginRefused(
                "this password was refused before and is not tried again, to keep the account "
                "from being locked; set the right one and start again"
            )
        secret = known.password.get_secret_value()
        return {self._login.user_input: known.member_id, self._login.password_input: secret}

    def _send_form(self, form: LoginForm, filled: dict[str, str]) -> Answer:
        whole = {**form.hidden, **filled}
        return self._fetcher.ask(Ask("login", form.action, LARGEST_PAGE, form=whole))

    def _judge(self, answer: Answer) -> None:
        """What the site says to the login. Raises LoginRefused or LoginCodeWanted."""
        if wants_code(answer.text, self._login):
            raise LoginCodeWanted(f"the back office asks for a phone code; {_COOKIE_HINT}")
        refused = login_form(answer.text, answer.url, self._login) is not None
        if refused or answer.status == 401:
            _STRIKES[self._key] = _MOST_EMPTY_LOGINS
            raise LoginRefused(
                "the back office refuses member ID or password; "
                "check BACKOFFICE__MEMBER_ID and BACKOFFICE__PASSWORD"
            )


def _use_cookie(client: httpx2.Client, cookie: SecretStr | None, base_url: str) -> bool:
    """Put a pasted cookie into the client, for the back office's host alone. Raises ValueError."""
    text = cookie.get_secret_value().strip() if cookie else ""
    pairs = [part.strip().partition("=") for part in text.removeprefix("Cookie:").split(";")]
    found = [(name.strip(), value.strip()) for name, equals, value in pairs if equals]
    if text and not (found and text.isascii() and text.isprintable()):
        raise ValueError("the session cookie is not of the form name=value; name=value")
    host = urlsplit(base_url).hostname or ""
    # How the standard library's cookie jar names a host without a dot, such as localhost.
    domain = host if "." in host else f"{host}.local"
    for name, value in found:
        client.cookies.set(name, value, domain=domain)
    return bool(found)
