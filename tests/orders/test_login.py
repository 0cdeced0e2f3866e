"""Login, renewal, cookie and phone code over a real socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Response

from tasks.orders.session import Credentials
from tasks.ports import (
    LoginCodeWanted,
    LoginRefused,
    PageChanged,
    SourceUnavailable,
)
from tests.orders.back_office_pages import (
    CODE_PAGE,
    LOGIN_PAGE,
    history,
    order_cells,
)
from tests.orders.site import DE, Open, Site


def test_the_form_is_sent_once_and_the_session_is_kept(site: Site, open_office: Open) -> None:
    """One login serves all pages; hidden inputs go along, and the User-Agent is honest."""
    site.page = lambda _: Response(history(DE, [order_cells(DE)]))
    office = open_office()
    assert office.owner_page().orders[0].number == "184145362"
    assert office.owner_page().owner_name == "Erika Musterfrau"
    sent = {"csrf": "t0ken&1", "uid": "1234567", "password": site.password}
    assert site.logins == [sent]
    agents = {request.headers["User-Agent"] for request in site.asked}
    assert agents == {"orderwatch/test (+mailto:me@example.org)"}


def test_a_refused_password_is_never_tried_again(site: Site, open_office: Open) -> None:
    """A second attempt, even by another part of the process, would lock the account."""
    wrong = f"wrong-{site.password}"
    with pytest.raises(LoginRefused, match="refuses member ID or password"):
        open_office(password=wrong).owner_page()
    again = open_office(password=wrong)
    for _ in range(2):
        with pytest.raises(LoginRefused, match="refused before"):
            again.owner_page()
    assert len(site.logins) == 1
    assert open_office().owner_page().cursor == "202608"


def test_secrets_stay_out_of_texts(site: Site, open_office: Open) -> None:
    """Neither an error nor a repr may show password or cookie."""
    known = Credentials("1234567", SecretStr("pass-word"), SecretStr("CFID=cookie-value"))
    assert not {"1234567", "pass-word", "cookie-value"} & set(repr(known).replace("'", " ").split())
    with pytest.raises(LoginRefused) as error:
        open_office(password="pass-word").owner_page()
    assert "pass-word" not in f"{error.value} {error.value!r}"


def _login_form_instead(site: Site) -> Response:
    return Response(LOGIN_PAGE)


def _script_instead(site: Site) -> Response:
    return Response("<script>location.href = '/login'</script>")


def _redirect(site: Site) -> Response:
    return Response("", 302, {"Location": site.server.url_for("/de/login")})


def _unauthorized(site: Site) -> Response:
    return Response("", 401)


@pytest.mark.parametrize("ended", [_login_form_instead, _script_instead, _redirect, _unauthorized])
def test_an_ended_session_is_renewed_once(
    site: Site, open_office: Open, ended: Callable[[Site], Response]
) -> None:
    """The site ends sessions as it likes; the sync goes on, however it says so."""
    site.ended = lambda: ended(site)
    office = open_office()
    office.owner_page()
    site.sessions.clear()
    assert office.owner_page().owner_name == "Erika Musterfrau"
    assert len(site.logins) == 2


def test_a_session_that_is_over_at_once_is_an_error(site: Site, open_office: Open) -> None:
    """No loop of logins: the third empty one in a row counts as a refusal."""
    site.after_login = lambda: Response("<html>Willkommen</html>")
    office = open_office()
    for _ in range(3):
        with pytest.raises(SourceUnavailable, match="gave no session"):
            office.owner_page()
    with pytest.raises(LoginRefused, match="not tried again"):
        office.owner_page()
    assert len(site.logins) == 3


def test_a_pasted_cookie_needs_no_login(site: Site, open_office: Open) -> None:
    """Who is asked for phone codes pastes the browser's session."""
    site.sessions.add("pasted")
    office = open_office(cookie="CFID=pasted; CFTOKEN=1", password=None)
    assert office.owner_page().cursor == "202608"
    assert site.logins == []
    assert site.asked[0].cookies["CFTOKEN"] == "1"


def test_a_cookie_that_is_over_asks_for_a_fresh_one(site: Site, open_office: Open) -> None:
    """Without a password nothing else can be done, and the message says what."""
    with pytest.raises(LoginRefused, match="no longer valid; paste a fresh session cookie"):
        open_office(cookie="CFID=old", password=None).owner_page()


def test_a_cookie_that_is_over_gives_way_to_the_password(site: Site, open_office: Open) -> None:
    """With both, the login renews what the cookie no longer opens."""
    assert open_office(cookie="CFID=old").owner_page().cursor == "202608"
    assert len(site.logins) == 1


def test_a_cookie_of_no_form_is_told_at_once(open_office: Open) -> None:
    """A wrong paste is noticed before anything is asked."""
    for cookie in ("abc", "a=1\nb=2"):
        with pytest.raises(ValueError, match="name=value; name=value"):
            open_office(cookie=cookie)


def test_without_any_login_nothing_is_asked(site: Site, open_office: Open) -> None:
    """The message names the settings."""
    with pytest.raises(LoginRefused, match="BACKOFFICE__PASSWORD"):
        open_office(password=None).owner_page()
    assert site.server.log == []


def test_a_phone_code_is_told_as_such(site: Site, open_office: Open) -> None:
    """The user learns the way out: a cookie."""
    site.after_login = lambda: Response(CODE_PAGE)
    with pytest.raises(LoginCodeWanted, match="session cookie from a browser"):
        open_office().owner_page()


def test_a_login_is_not_repeated_after_a_fault(site: Site, open_office: Open) -> None:
    """It may have been counted as a failed one."""
    site.after_login = lambda: Response("", 500)
    with pytest.raises(SourceUnavailable):
        open_office().owner_page()
    assert len(site.logins) == 1


def test_the_password_goes_to_the_known_hosts_alone(
    site: Site, open_office: Open, httpserver: HTTPServer
) -> None:
    """A form that was tampered with must not carry it off."""
    httpserver.clear()
    form = LOGIN_PAGE.replace("/session", "https://evil.example/session")
    httpserver.expect_request("/sign-in").respond_with_data(form)
    with pytest.raises(PageChanged, match=r"another host, https://evil\.example:443"):
        open_office().owner_page()


def test_a_login_page_without_a_form_is_a_changed_page(
    open_office: Open, httpserver: HTTPServer
) -> None:
    """Nothing is sent to a page that is not known."""
    httpserver.clear()
    httpserver.expect_request("/sign-in").respond_with_data("<html>Neu! Jetzt per App</html>")
    with pytest.raises(PageChanged, match="'login' has changed: no login form"):
        open_office().owner_page()
