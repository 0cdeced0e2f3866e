"""The real command, but its clock and its disk obey a storm: `… spoiled FOLDER UNIT WORDS`.

Two files are looked at: `UNIT.clock` holds seconds by which this process's clock is wrong, and
while `full` exists, its SQLite database can't grow by a single page.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import worker.clock
from worker.cli.main import run

_ANY_SIZE = 2**30


def _spoil_clock(wrong_by: Path) -> None:
    class SpoiledClock(worker.clock.SystemClock):
        def now(self) -> datetime:
            try:
                return super().now() + timedelta(seconds=float(wrong_by.read_text()))
            except (OSError, ValueError):
                return super().now()

    worker.clock.SystemClock = SpoiledClock  # type: ignore[misc]


def _spoil_disk(full: Path) -> None:
    def limit(connection: Any, _record: object, _proxy: object) -> None:
        # SQLite never goes below the pages that are there.
        connection.execute(f"PRAGMA max_page_count={1 if full.exists() else _ANY_SIZE}")

    event.listen(Engine, "checkout", limit)


def main() -> None:
    """Run the command with the words that follow."""
    folder, unit, *words = sys.argv[1:]
    _spoil_clock(Path(folder, f"{unit}.clock"))
    if words[0] == "run":
        _spoil_disk(Path(folder, "full"))
    sys.exit(run(words))


if __name__ == "__main__":
    main()
