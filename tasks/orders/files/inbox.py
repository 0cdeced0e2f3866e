"""The inbox folder: which files in it are whole, and where they go when they were read.

Nothing here follows a link, and nothing leaves the folder. A file is whole when it looks the same
at two looks some time apart; what the last look saw is kept in memory only, so a restart costs
another look.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

#: Between the two looks: longer than a copying program pauses.
SETTLED_AFTER = timedelta(seconds=15)
#: After trouble with the folder, or while another import is under way.
TRY_AGAIN_AFTER = timedelta(minutes=10)

DONE, FAILED = "done", "failed"
_SETTING = "ORDERWATCH_INBOX_DIR"

#: How programs call what they have not finished, or what no user put there.
_UNFINISHED = re.compile(
    r"(?i)[.~].*|.*(\.(part|partial|crdownload|download|tmp|temp|swp|filepart)|~)"
    r"|thumbs\.db|desktop\.ini"
)
_LONGEST_NAME = 180


class _Look(NamedTuple):
    """How a file looked: size, time of change and number on the disk; since when."""

    shape: tuple[int, int, int]
    since: datetime


class Inbox:
    """One folder. `due` and `whole` look at it; `put_away` moves a file that was read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._looks: dict[str, _Look] = {}
        self._told: str | None = "not looked at yet"
        self._not_before: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether there is something to do: a whole file, or trouble that begins or ends."""
        if self._not_before is not None and now < self._not_before:
            return False
        return self.trouble() != self._told or (self._told is None and bool(self.whole(now)))

    def tell(self, trouble: str | None) -> bool:
        """Remember that this was reported; returns whether it is news."""
        news, self._told = trouble != self._told, trouble
        return news

    def wait(self, until: datetime) -> None:
        """Nothing is due before that moment."""
        self._not_before = until

    def trouble(self) -> str | None:
        """Why files can't be taken from the folder, None when all is well."""
        folder = self.folder
        if not folder.is_dir():
            return f"the inbox {str(folder)!r} is no folder; create it, or change {_SETTING}"
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            return f"the inbox {str(folder)!r} can't be written; files in it could not be put away"
        return next(filter(None, (_shelf_trouble(folder, name) for name in (DONE, FAILED))), None)

    def whole(self, now: datetime) -> list[Path]:
        """The files that look as they did some time ago; invoices last, they need their orders."""
        seen = dict(self._files())
        looks = {name: self._look(name, shape, now) for name, shape in seen.items()}
        self._looks = looks
        ready = [name for name, look in looks.items() if now - look.since >= SETTLED_AFTER]
        return [self.folder / n for n in sorted(ready, key=lambda n: (_is_invoice(n), n))]

    def any_file(self) -> bool:
        """Whether there is a file, whole or not."""
        return next(self._files(), None) is not None

    def same(self, path: Path) -> bool:
        """Whether a file still looks as it did when it was found to be whole."""
        look = self._looks.get(path.name)
        return look is not None and look.shape == _shape(path)

    def version(self, path: Path) -> str:
        """Tells a new file from an earlier one of its name."""
        look = self._looks.get(path.name)
        return "-".join(map(str, look.shape)) if look is not None else ""

    def put_away(self, path: Path, good: bool, note: str) -> None:
        """Move a file to done/ or failed/, with a note beside it. Raises OSError."""
        folder = self.folder / (DONE if good else FAILED)
        folder.mkdir(exist_ok=True)
        target = _free(folder, path.name)
        # The note comes first: who sees the file finds its note.
        target.with_name(target.name + ".txt").write_text(note, encoding="utf-8", errors="replace")
        path.rename(target)
        self._looks.pop(path.name, None)

    def _files(self) -> Iterator[tuple[str, tuple[int, int, int]]]:
        try:
            names = [entry.name for entry in os.scandir(self.folder)]
        except OSError:
            return  # `trouble` says why
        for name in names:
            shape = None if _UNFINISHED.fullmatch(name) else _shape(self.folder / name)
            if shape is not None:
                yield name, shape

    def _look(self, name: str, shape: tuple[int, int, int], now: datetime) -> _Look:
        last = self._looks.get(name)
        return last if last is not None and last.shape == shape else _Look(shape, now)


def _shelf_trouble(folder: Path, name: str) -> str | None:
    """Why nothing can be put away there; a shelf that is missing is made when it is needed."""
    shelf = folder / name
    if shelf.is_symlink() or (shelf.exists() and not shelf.is_dir()):
        return f"{name!r} in the inbox {str(folder)!r} is no folder; it must be one"
    if shelf.exists() and not os.access(shelf, os.W_OK | os.X_OK):
        return f"{name!r} in the inbox {str(folder)!r} can't be written; nothing could be put there"
    return None


def _shape(path: Path) -> tuple[int, int, int] | None:
    """How a file or link looks; None for folders and what is gone."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if stat.S_ISDIR(found.st_mode):
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def _is_invoice(name: str) -> bool:
    return name.lower().endswith(".pdf")


def _free(folder: Path, name: str) -> Path:
    """A name that neither a file nor a note has yet: `orders.csv`, `orders (2).csv` …"""
    stem, suffix = os.path.splitext(name)
    stem = os.fsdecode(os.fsencode(stem)[:_LONGEST_NAME])
    suffix = os.fsdecode(os.fsencode(suffix)[:20])
    number, target = 1, folder / f"{stem}{suffix}"
    while os.path.lexists(target) or os.path.lexists(f"{target}.txt"):
        number += 1
        target = folder / f"{stem} ({number}){suffix}"
    return target
