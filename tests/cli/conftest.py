"""The command line over a real SQLite file, on 22 October 2026."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
import time_machine

from tests.cli.rows import NOW, Cli, Rows, Said
from worker.cli.main import run


@pytest.fixture(autouse=True)
def october() -> Iterator[None]:
    """The program's clock stands still."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question meets an empty standard input, unless a test types something."""
    monkeypatch.setattr("sys.stdin", io.StringIO(""))


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """A command sets up logging for its process; the next test begins without it."""
    root, server = logging.getLogger(), logging.getLogger("werkzeug")
    before = root.handlers, root.level, server.disabled
    server.disabled = True  # the test's own server is no part of what a command prints
    yield
    root.handlers, root.level, server.disabled = before
    structlog.reset_defaults()


@pytest.fixture
def rows(sqlite_url: str) -> Iterator[Rows]:
    """The database behind the commands."""
    found = Rows(sqlite_url)
    yield found
    found.db.close()


@pytest.fixture
def cli(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Cli:
    """Type a command: `cli("orders", "list")`."""
    monkeypatch.setenv("ORDERWATCH_DATABASE_URL", sqlite_url)

    def typed(*words: str) -> Said:
        code = run(list(words))
        printed = capsys.readouterr()
        return Said(code, printed.out, printed.err)

    return typed
