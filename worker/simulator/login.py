"""The simulated login: member ID and password, then a phone code when the site wants one."""

from __future__ import annotations

from urllib.parse import parse_qs

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from worker.simulator.faults import Faults
from worker.simulator.markup import page
from worker.simulator.sessions import COOKIE, Sessions
from worker.simulator.stage import Stage

LOGIN_PATH = "/de/de-de/sign-in"
_WRONG = "Mitgliedsnummer oder Passwort ist nicht korrekt."

_LOGIN = Markup(
    '<h1>Login</h1>\n{}<form method="post" action="/de/de-de/sign-in">\n'
    '<label>Mitgliedsnummer <input type="text" name="uid"></label>\n'
    '<label>Passwort <input type="password" name="password"></label>\n'
    '<button type="submit">Anmelden</button>\n</form>'
)
_CODE = Markup(
    "<h1>Login: Bestätigung</h1>\n<p>Wir haben Ihnen einen Code auf Ihr Telefon geschickt.</p>\n{}"
    '<form method="post" action="/de/de-de/sign-in/code">\n'
    '<input type="text" name="code" autocomplete="one-time-code">\n'
    '<button type="submit">Bestätigen</button>\n</form>'
)


def _note(text: str) -> Markup:
    return Markup('<p class="error">{}</p>\n').format(text) if text else Markup("")


def login_page(error: str = "") -> str:
    """The form with `uid` and `password`, and what was wrong the last time."""
    return page("Login", _LOGIN.format(_note(error)))


def code_page(error: str = "") -> str:
    """The form that asks for the phone code."""
    return page("Login", _CODE.format(_note(error)))


def expired_fragment() -> str:
    """What an expired session can answer with 200: no evotable, but a login."""
    return '<div class="session-end"><a href="/de/de-de/sign-in">Please login again</a></div>'


class Login:
    """The two forms; a session begins when they are answered rightly."""

    def __init__(self, stage: Stage, faults: Faults, sessions: Sessions) -> None:
        self.stage, self.faults, self.sessions = stage, faults, sessions

    def routes(self) -> list[Route]:
        """To be put into an application."""
        return [
            Route(LOGIN_PATH, self._sign_in, methods=["GET", "POST"]),
            Route(f"{LOGIN_PATH}/code", self._confirm, methods=["GET", "POST"]),
        ]

    async def _sign_in(self, request: Request) -> Response:
        if request.method == "GET":
            return HTMLResponse(login_page())
        form = await _form(request)
        world = self.stage.world
        right = (form.get("uid"), form.get("password")) == (world.owner.member_id, world.password)
        if self.faults.refuse_login or not right:
            return HTMLResponse(login_page(_WRONG))
        wanted = self.faults.want_code
        token = self.sessions.begin(self.stage.now(), confirmed=not wanted)
        answer = HTMLResponse(code_page()) if wanted else _home()
        answer.set_cookie(COOKIE, token, httponly=True)
        return answer

    async def _confirm(self, request: Request) -> Response:
        code = (await _form(request)).get("code", "")
        if self.sessions.confirm(request.cookies.get(COOKIE, ""), code):
            return _home()
        return HTMLResponse(code_page("Der Code ist nicht korrekt." if code else ""))


async def _form(request: Request) -> dict[str, str]:
    """The fields of a posted form (URL-encoded)."""
    body = (await request.body()).decode("utf-8", "replace")
    return {key: values[0] for key, values in parse_qs(body).items()}


def _home() -> Response:
    return RedirectResponse("/index.cfm?Fuseaction=evo_Modules.Main", 302)
