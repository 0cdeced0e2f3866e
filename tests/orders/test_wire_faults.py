"""What the site may do wrong, over a real socket: typed errors and no guess."""

from __future__ import annotations

import socket
import threading

import pytest
from pydantic import SecretStr
from werkzeug import Request, Response

from tasks.orders.backoffice import BackOffice
from tasks.orders.session import Credentials
from tasks.ports import (
    LoginCodeWanted,
    LoginRefused,
    PageChanged,
    SourceError,
    SourceUnavailable,
)
from tests.orders.back_office_pages import (
    history,
)
from tests.orders.site import DE, Open, Site
from tests.services.clock import FakeClock


def test_one_passing_fault_is_asked_again_after_a_while(
    site: Site, open_office: Open, clock: FakeClock
) -> None:
    """A single 503 is everyday; the second try comes after the back-off."""
    answers = iter([Response("", 503), Response(history(DE, []))])
    site.page = lambda _: next(answers)
    assert open_office().owner_page().cursor == "202608"
    assert 5.0 in clock.slept


def test_two_faults_make_the_source_unavailable(site: Site, open_office: Open) -> None:
    """Then the sync comes back later, and nothing is changed."""
    site.page = lambda _: Response("", 502)
    with pytest.raises(SourceUnavailable, match="answers 502"):
        open_office().owner_page()
    assert len(site.asked) == 2


def test_a_site_that_does_not_answer_is_left_after_the_time_out(
    site: Site, open_office: Open
) -> None:
    """A hanging site must not hang the worker."""

    over = threading.Event()  # the server answers one at a time: the first answer must end

    def late(_: Request) -> Response:
        over.wait(1.5)
        return Response(history(DE, []))

    site.page = late
    office = open_office(timeout=1.0)
    try:
        with pytest.raises(SourceUnavailable, match=r"did not answer within 1 s"):
            office.owner_page()
        assert len(site.asked) == 2
    finally:
        over.set()


def test_a_site_that_is_down_is_unavailable(clock: FakeClock) -> None:
    """A refused connection is no traceback."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    known = Credentials("1234567", SecretStr("secret"))
    with (
        BackOffice(DE, known, clock, user_agent="x", base_url=url, login_url=url) as office,
        pytest.raises(SourceUnavailable, match="can't be reached"),
    ):
        office.owner_page()


@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (429, {"Retry-After": "120"}, "too many .*again after 120 s"),
        (403, {}, "refuses this network .*imported instead"),
    ],
)
def test_a_site_that_refuses_us_is_not_asked_again(
    site: Site, open_office: Open, status: int, headers: dict[str, str], message: str
) -> None:
    """Insisting is what firewalls wait for."""
    site.page = lambda _: Response("", status, headers)
    with pytest.raises(SourceUnavailable, match=message):
        open_office().owner_page()
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Response("<html><h1>Wartungsarbeiten</h1></html>"), "no table '#OrderHistoryTable'"),
        (Response("", 404), "answers 404"),
        (Response("", 304), "answers 304"),
        (Response(b"x" * 8_000_001), "larger than 8 MB"),
        (Response(b"rubbish", headers={"Content-Encoding": "gzip"}), "compressed body is broken"),
        (Response("", 302, {"Location": "https://evil.example/index.cfm"}), "another host"),
        (Response("", 302, {"Location": "file:///etc/passwd"}), "no address"),
        (Response("", 302, {"Location": "/index.cfm?again"}), "more than 10 redirects"),
    ],
)
def test_an_answer_that_is_not_the_page_changes_nothing(
    site: Site, open_office: Open, answer: Response, message: str
) -> None:
    """A 200 is no proof of a page, and no redirect leads the session elsewhere."""
    site.page = lambda _: answer
    with pytest.raises(PageChanged, match=message):
        open_office().owner_page()


def test_requests_keep_their_distance(site: Site, open_office: Open, clock: FakeClock) -> None:
    """The firewall dislikes bursts; a clock set back does not make us wait for ever."""
    office = open_office()
    office.owner_page()
    clock.slept.clear()
    office.owner_page()
    clock.advance(seconds=0.5)
    office.owner_page()
    clock.advance(hours=-2)
    office.owner_page()
    assert [round(seconds, 3) for seconds in clock.slept] == [0.6, 0.1, 0.6]


def test_an_address_that_is_none_is_told_at_once(clock: FakeClock) -> None:
    """A setting without its scheme is named before anything is asked."""
    with pytest.raises(ValueError, match="not a web address: 'office'"):
        BackOffice(DE, Credentials(), clock, user_agent="x", base_url="office")


def test_every_fault_is_a_source_error() -> None:
    """The work files catch one class."""
    kinds = (LoginRefused, LoginCodeWanted, PageChanged, SourceUnavailable)
    assert all(issubclass(kind, SourceError) for kind in kinds)
