"""A question to the back office and its answer, as values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of 2xx or 401, or a redirect that was not followed (then `body` is empty)."""

    url: str
    status: int
    body: bytes = field(repr=False)
    charset: str | None = None

    @property
    def text(self) -> str:
        """The body by its declared charset, else UTF-8, else Windows-1252."""
        for charset in (self.charset, "utf-8"):
            try:
                return self.body.decode(charset) if charset else self.body.decode("utf-8")
            except (UnicodeDecodeError, LookupError):
                continue
        return self.body.decode("cp1252", errors="replace")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: which page, where, what is posted, how large the answer may be (bytes)."""

    page: str
    url: str
    largest: int
    form: Mapping[str, str] | None = field(default=None, repr=False)
    stop_at: Callable[[str], bool] | None = None
    """Redirects to such an address are handed back instead of followed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent beside our own."""


def origin(url: str) -> str:
    """Scheme, host and port of an address, in one form. Raises ValueError when it is no URL."""
    parts = urlsplit(url)
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"not a web address: {url!r} (https://host/ would be)")
    port = parts.port or {"http": 80, "https": 443}[parts.scheme.lower()]
    return f"{parts.scheme.lower()}://{parts.hostname}:{port}"
