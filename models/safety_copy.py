"""A copy of an SQLite file before its schema is changed, kept beside it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

#: Older copies than these go: they hold personal data, too.
KEPT = 2


def copies_of(file: Path) -> list[Path]:
    """The copies that lie beside the file, newest first."""
    found = file.parent.glob(f"{file.name}.before-*")
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def copy_before(file: Path, revision: str) -> Path:
    """Copy the file as it is before it becomes `revision`, consistent while others write."""
    copy = file.with_name(f"{file.name}.before-{revision}")
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    part.replace(copy)
    for old in copies_of(file)[KEPT:]:
        old.unlink(missing_ok=True)
    return copy
