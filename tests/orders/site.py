"""A back office on loopback: its login, its sessions, and what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qsl

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tasks.orders import profile
from tasks.orders.backoffice import BackOffice
from tests.orders.back_office_pages import (
    LOGIN_PAGE,
    history,
)

DE = profile.load("de")
Open = Callable[..., BackOffice]
_PASSWORDS = count()


class Site:
    """A back office: its pages, its sessions, and what it was asked."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.password = f"secret-{next(_PASSWORDS)}"
        self.sessions: set[str] = set()
        self.logins: list[dict[str, str]] = []
        self.asked: list[Request] = []
        self.page: Callable[[Request], Response] = lambda _: Response(history(DE, []))
        self.after_login: Callable[[], Response] | None = None
        self.ended: Callable[[], Response] = self._to_login
        server.expect_request("/sign-in", method="GET").respond_with_data(LOGIN_PAGE)
        server.expect_request("/session", method="POST").respond_with_handler(self._log_in)
        server.expect_request("/index.cfm").respond_with_handler(self._answer)

    def _log_in(self, request: Request) -> Response:
        form = dict(parse_qsl(request.get_data(as_text=True)))
        self.logins.append(form)
        if form.get("password") != self.password or form.get("csrf") != "t0ken&1":
            return Response(LOGIN_PAGE)
        if self.after_login:
            return self.after_login()
        name = f"s{len(self.logins)}"
        self.sessions.add(name)
        answer = Response("", 302, {"Location": "/index.cfm?Fuseaction=home"})
        answer.set_cookie("CFID", name)
        return answer

    def _to_login(self) -> Response:
        return Response("", 302, {"Location": self.server.url_for("/sign-in?login=1")})

    def _answer(self, request: Request) -> Response:
        if request.cookies.get("CFID") not in self.sessions:
            return self.ended()
        if request.args.get("Fuseaction") == "home":
            return Response("<html>Willkommen</html>")
        self.asked.append(request)
        return self.page(request)
