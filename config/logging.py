"""Log lines on standard error: ours and the libraries' through the same, redacting, chain."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog

from config.redact import redact_event

#: Libraries that tell every message, job or request; what they warn of is still ours to see.
_TALKATIVE = ("dramatiq", "apscheduler", "httpx2", "httpcore2", "alembic", "mail.log", "asyncio")


def configure(log_format: Literal["console", "json"] | None = None, level: str = "info") -> None:
    """Set up logging for this process; a second call replaces the first.

    Without a format, a person at a terminal gets coloured lines and everything else gets JSON.
    Times are ISO 8601 in UTC.
    """
    chosen = log_format or ("console" if sys.stderr.isatty() else "json")
    chain = _chain()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *chain,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_formatter(chosen, chain))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _chain() -> list[structlog.typing.Processor]:
    """What every line goes through, ours and the libraries'."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]


def _formatter(
    chosen: Literal["console", "json"], chain: list[structlog.typing.Processor]
) -> logging.Formatter:
    """Redaction stands last before rendering, so that nothing is added after it."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if chosen == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=chain,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact_event,
            renderer,
        ],
    )
