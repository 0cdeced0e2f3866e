"""What a job is handed about its own run: whether to stop, and a sign of life. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

#: What a job did, by name, as `jobs history` shows it.
Counts = Counter[str]


@dataclass(frozen=True)
class Run:
    """One run of a job. Long work asks `stopping()` between steps and calls `beat()`."""

    id: int = 0
    stopping: Callable[[], bool] = lambda: False
    beat: Callable[[], None] = lambda: None


class JobFailed(Exception):
    """The job could not do its work; the text is the one clear line for the history.

    `again`: whether a scheduled run is worth repeating in a minute or so; a source that could not
    be read is left in peace until the next scheduled time.
    """

    def __init__(self, message: str, *, again: bool = True) -> None:
        super().__init__(message)
        self.again = again
