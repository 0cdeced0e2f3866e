"""What stops a file as a whole. Pure."""

from __future__ import annotations

from tasks.ports import SourceError


class FileRefused(SourceError):
    """Nothing of the file was taken; the text says what is wrong and what would be right.

    `sample` is the part of the file that a report needs; it is not redacted yet.
    """

    def __init__(self, reason: str, sample: str = "") -> None:
        super().__init__(reason)
        self.sample = sample


class TooLarge(FileRefused):
    """The file is, or unpacks to, more than is read."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(f"{what} more than {limit // 1_000_000} MB; it is not read")
