"""The doctor at home: our settings, the inbox, the clock, the disk."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from config.settings import passed_over
from tasks.orders.files.inbox import Inbox
from worker.doctor.check import Visit
from worker.doctor.result import Fault, Well

#: A clock that is wrong by more than this spoils deadlines and signatures.
MOST_DRIFT = timedelta(minutes=2)

#: Bytes that should be free beside the database, and how often its own size (backup, VACUUM).
LEAST_FREE = 200_000_000
TIMES_DATABASE = 2


def settings(visit: Visit) -> Well:
    """They were read, or no command would run; whether `run` finds all that it needs."""
    chosen = visit.house.settings
    needed = {
        "ORDERWATCH_SMTP__HOST": chosen.smtp.host,
        "ORDERWATCH_SMTP__FROM": chosen.smtp.sender,
        "ORDERWATCH_CONSULTANT__EMAIL": chosen.consultant.email,
    }
    missing = ", ".join(name for name, value in needed.items() if not value)
    if slips := passed_over():
        raise Fault("; ".join(slips), "correct the name, or remove it")
    return Well("all known, all readable", f"`orderwatch run` needs {missing}" if missing else None)


def inbox(visit: Visit) -> Well:
    """Whether files can be taken from the folder and put away in it."""
    folder = visit.house.settings.inbox_dir
    assert folder is not None, "asked of a folder that is set"
    if trouble := Inbox(folder).trouble():
        raise Fault(trouble, f"give the folder to the user who runs orderwatch, or set {_INBOX}")
    return Well(f"files are taken from {folder}")


_INBOX = "ORDERWATCH_INBOX_DIR"


def clock(visit: Visit) -> Well:
    """Our clock against those of the servers that have just answered."""
    zone = visit.house.timezone
    here = f"{visit.house.clock.now().astimezone(zone):%Y-%m-%d %H:%M %Z} ({zone.key})"
    for name, drift in visit.drift.items():
        if abs(drift) > MOST_DRIFT:
            way = "behind" if drift > timedelta(0) else "before"
            raise Fault(
                f"{here}, which is {_seconds(drift)} {way} the clock of {name}",
                "set this machine's clock by the network: `timedatectl set-ntp true`",
            )
    if not visit.drift:
        return Well(here, "no server answered whose clock it could be compared with")
    least = min(visit.drift, key=lambda name: abs(visit.drift[name]))
    return Well(f"{here}, within {MOST_DRIFT.seconds // 60} minutes of the clock of {least}")


def _seconds(drift: timedelta) -> str:
    seconds = abs(int(drift.total_seconds()))
    return f"{seconds} s" if seconds < 600 else f"{seconds // 60} minutes"


def disk(visit: Visit) -> Well:
    """Room beside the database: for growth, a backup, and the VACUUM after an erasure."""
    file = sqlite_file(visit)
    folder = nearest_folder(file) if file else Path(tempfile.gettempdir())
    size = file.stat().st_size if file and file.is_file() else 0
    free, needed = shutil.disk_usage(folder).free, LEAST_FREE + TIMES_DATABASE * size
    if free < needed:
        raise Fault(
            f"{_megabytes(free)} free in {folder}, {_megabytes(needed)} would be right",
            "free some space, or move the database: `orderwatch db move URL`",
        )
    whose = f"the database has {_megabytes(size)}" if file else "PostgreSQL keeps the data"
    return Well(f"{_megabytes(free)} free in {folder}; {whose}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 1_000_000 else f"{size / 1e6:.1f} MB"


def sqlite_file(visit: Visit) -> Path | None:
    """The database's file, None when there is none."""
    name = visit.db.url.database
    return Path(name).expanduser() if visit.db.is_sqlite and name and name != ":memory:" else None


def nearest_folder(path: Path) -> Path:
    """The first folder above `path` that exists."""
    return next(folder for folder in path.absolute().parents if folder.is_dir())
