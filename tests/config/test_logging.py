"""Logs: one line an event on standard error, the same for our own and for the libraries'."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logging import configure


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leaves the process's logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """What was logged; standard output must have stayed empty, `--json` needs it."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_json_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A line holds event, level, logger, UTC time, and the job that it belongs to."""
    configure("json")
    structlog.contextvars.bind_contextvars(job="sync-orders", run=7)
    structlog.get_logger("tasks.orders").info("read", orders=3, customer_email="a@example.org")
    (line,) = lines(capsys)
    assert str(line.pop("timestamp")).endswith("Z")
    assert line == {
        "event": "read",
        "level": "info",
        "logger": "tasks.orders",
        "job": "sync-orders",
        "run": 7,
        "orders": 3,
        "customer_email": "***",
    }


def test_library_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A library's line looks like ours, is redacted, and knows the job."""
    configure("json")
    structlog.contextvars.bind_contextvars(job="poll-parcels")
    logging.getLogger("httpx2").warning("GET %s failed", "https://h.example/12345678901234")
    (line,) = lines(capsys)
    assert line["event"] == "GET https://h.example/…1234 failed"
    assert (line["logger"], line["job"], line["level"]) == ("httpx2", "poll-parcels", "warning")


def test_talkative_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    """A message or a request a second does not fill the disk."""
    configure("json", "debug")
    for name in ("dramatiq.worker", "apscheduler.scheduler", "httpx2"):
        logging.getLogger(name).info("again")
    structlog.get_logger("tasks").debug("ours")
    assert [line["event"] for line in lines(capsys)] == ["ours"]


def test_level(capsys: pytest.CaptureFixture[str]) -> None:
    """With level warning, only what needs a look is written."""
    configure("json", "warning")
    structlog.get_logger("tasks").info("quiet")
    structlog.get_logger("tasks").warning("loud")
    assert [line["event"] for line in lines(capsys)] == ["loud"]


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_exception(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    """A crash is logged with its traceback, and the address in its text is masked."""
    configure(log_format)  # type: ignore[arg-type]
    try:
        raise RuntimeError("no mail to anna@example.org")
    except RuntimeError:
        structlog.get_logger("tasks").exception("failed")
        logging.getLogger("library").exception("failed too")
    written = capsys.readouterr().err
    assert written.count("Traceback") == 2
    assert written.count("RuntimeError: no mail to ***@***") == 2
    assert "anna" not in written


def test_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Under systemd or Docker the default is JSON."""
    configure(None)
    structlog.get_logger("tasks").info("started")
    assert lines(capsys)[0]["event"] == "started"


def test_console(capsys: pytest.CaptureFixture[str]) -> None:
    """A person reads event and values, redacted, without JSON's quotes."""
    configure("console")
    structlog.get_logger("tasks").info("mailed", to="anna", order="184145362")
    written = capsys.readouterr().err
    assert "mailed" in written
    assert "order=184145362" in written
    assert "anna" not in written


def test_second_call(capsys: pytest.CaptureFixture[str]) -> None:
    """Configuring again replaces the first: no line comes twice."""
    configure("json")
    configure("json")
    structlog.get_logger("tasks").info("once")
    assert len(lines(capsys)) == 1
