"""What a check of the doctor says. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a check found: its id, whether all is well, what was seen, what would help."""

    id: str
    ok: bool
    detail: str
    hint: str | None = None


class Fault(Exception):
    """A check failed: what is wrong, and what would help."""

    def __init__(self, detail: str, hint: str) -> None:
        super().__init__(detail)
        self.detail, self.hint = detail, hint


@dataclass(frozen=True)
class Well:
    """A check found nothing wrong; a hint says what could still be done."""

    detail: str
    hint: str | None = None
