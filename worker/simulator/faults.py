"""What tests can make go wrong with the simulated partners. Thread-safe."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self

PageHow = Literal["drop-table", "rename-column", "drop-column", "drop-rows", "garble-column"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A forced answer; `body` is a JSON value, or a string for anything else.

    `partner` (backoffice, hermes, dhl) and `contains` (a piece of path and query, such as a
    parcel number) narrow it down; `times` None = until cleared.
    """

    status: int
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = 1
    partner: str | None = None
    contains: str = ""

    @classmethod
    def from_envelope(cls, case: Mapping[str, Any], **where: Any) -> Self:
        """From a case of the carriers' collected errors: status, headers, body."""
        return cls(case["status"], case["body"], dict(case["headers"]), **where)

    def fits(self, partner: str, target: str) -> bool:
        return self.partner in (None, partner) and self.contains in target


@dataclass(frozen=True, slots=True)
class PageChange:
    """How a page of the back office no longer looks as expected.

    `page`: history, rows, detail, team, card, month or ledger; `label`: the column's heading;
    `to`: its new heading, or what a garbled column's cells say; `number`: only on the page of that
    member or order.
    """

    page: str
    how: PageHow
    label: str = ""
    to: str = "Neu"
    number: str = ""


class Faults:
    """The switches. Plain attributes may be set at any time."""

    SWITCHES = (
        "latency",
        "refuse_login",
        "want_code",
        "session_requests",
        "session_minutes",
        "expired_answer",
        "empty_fragment",
    )

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: list[Answer] = []
        self._changes: list[PageChange] = []
        self.generation = 0
        self._defaults()

    def _defaults(self) -> None:
        self.latency = 0.0
        """Seconds before every answer."""
        self.refuse_login = False
        self.want_code = False
        """Ask for the phone code (always 123456) after the password."""
        self.session_requests: int | None = None
        """A session ends after so many pages."""
        self.session_minutes: float | None = None
        """A session ends so long after the login, by the simulator's clock."""
        self.expired_answer: Literal["redirect", "fragment"] = "redirect"
        self.empty_fragment = True
        """Older rows come one call later than their cursor, as on the real site."""

    def answer(self, status: int, body: Any = "", **more: Any) -> None:
        """Force an answer; see `Answer` for headers, times, partner and contains."""
        self.add(Answer(status, body, **more))

    def add(self, answer: Answer) -> None:
        with self._lock:
            self._answers.append(answer)

    def change(
        self, page: str, how: PageHow, label: str = "", to: str = "Neu", number: str = ""
    ) -> None:
        """Change a page until `clear`; see `PageChange`."""
        with self._lock:
            self._changes.append(PageChange(page, how, label, to, number))

    def changes(self, page: str, number: str = "") -> list[PageChange]:
        """The changes of a page, which is the one of that member or order."""
        with self._lock:
            here = [change for change in self._changes if change.page == page]
        return [change for change in here if change.number in ("", number)]

    def take(self, partner: str, target: str) -> Answer | None:
        """The forced answer for a request, counted down."""
        with self._lock:
            for at, answer in enumerate(self._answers):
                if answer.fits(partner, target):
                    self._count_down(at, answer)
                    return answer
        return None

    def _count_down(self, at: int, answer: Answer) -> None:
        if answer.times is None:
            return
        if answer.times <= 1:
            del self._answers[at]
        else:
            self._answers[at] = replace(answer, times=answer.times - 1)

    def expire_sessions(self) -> None:
        """Every session that exists now is over."""
        with self._lock:
            self.generation += 1

    def clear(self) -> None:
        """All is well again (ended sessions stay ended)."""
        with self._lock:
            self._answers.clear()
            self._changes.clear()
        self._defaults()

    def apply(self, order: Mapping[str, Any]) -> None:
        """The same from JSON: `{"clear": true, "answers": [{…}], "changes": [{…}],
        "expire_sessions": true, "latency": 0.5, …}`. Raises ValueError for anything else.
        """
        known = {"clear", "answers", "changes", "expire_sessions", *self.SWITCHES}
        if unknown := set(order) - known:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        if order.get("clear"):
            self.clear()
        for case in order.get("answers", ()):
            self.add(Answer(**_only(Answer, case)))
        for case in order.get("changes", ()):
            self.change(**_only(PageChange, case))
        if order.get("expire_sessions"):
            self.expire_sessions()
        for name in self.SWITCHES:
            if name in order:
                setattr(self, name, order[name])


def _only(kind: type, case: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := set(case) - {one.name for one in fields(kind)}:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return dict(case)
