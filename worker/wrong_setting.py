"""Settings by which nothing real can be made: what is missing, what can't be used."""

from __future__ import annotations

from tasks.run import JobFailed


class NotSet(JobFailed):
    """A setting that this command or job needs is missing."""

    def __init__(self, names: str, purpose: str) -> None:
        super().__init__(f"{names} is not set; {purpose} needs it")


class Unusable(NotSet):
    """A setting is there, but what it names can't be used."""

    def __init__(self, name: str, reason: str) -> None:
        Exception.__init__(self, f"{name}: {reason}")
