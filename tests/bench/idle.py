"""A program that has nothing to do: its start, its share of a core, its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy.exc import OperationalError

from models.heartbeat import last_beat
from models.session import Database
from tests.bench.ground import Figures, Ground, figure

#: What a Raspberry Pi may be asked for: seconds to the first turn, percent of a core, MB.
BUDGET = {"start_seconds": 2.0, "idle_cpu_percent": 1.0, "idle_memory_mb": 120.0}

ORDERWATCH = str(Path(sys.executable).with_name("orderwatch"))

#: Long enough for a minute's heartbeat to be in it; the first seconds are the start's.
SETTLE_SECONDS, WATCH_SECONDS = 5, 60


def figures(ground: Ground) -> Figures:
    """Against what is promised: there is no simpler program to compare an idle one with."""
    found = measure(ground.folder)
    rows = {name: figure([found[name]], [allowed]) for name, allowed in BUDGET.items()}
    return rows | {"idle": max(rows.values(), key=lambda row: row["ratio"])}


def measure(folder: Path) -> dict[str, float]:
    """Start `orderwatch run` on a new SQLite file, and watch it do nothing."""
    with _running(folder) as (process, start):
        time.sleep(SETTLE_SECONDS)
        before, since = _cpu_seconds(process.pid), time.monotonic()
        time.sleep(WATCH_SECONDS)
        share = (_cpu_seconds(process.pid) - before) / (time.monotonic() - since)
        memory = _resident_mb(process.pid)
    return {"start_seconds": start, "idle_cpu_percent": 100 * share, "idle_memory_mb": memory}


def first_turn(folder: Path) -> None:
    """Start `orderwatch run` on a new SQLite file until its first heartbeat, and kill it."""
    with _running(folder) as (process, _):
        process.kill()


@contextmanager
def _running(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """The program after its first heartbeat, and the seconds until then."""
    url = f"sqlite:///{folder / uuid4().hex}.db"
    address = "anna@example.org"
    settings = {
        "DATABASE_URL": url,
        "SMTP__HOST": "127.0.0.1",
        "SMTP__FROM": address,
        "CONSULTANT__EMAIL": address,
    }
    env = os.environ | {f"ORDERWATCH_{name}": value for name, value in settings.items()}
    began, command = time.monotonic(), [ORDERWATCH, "run"]
    with subprocess.Popen(command, env=env, cwd=folder, stderr=subprocess.DEVNULL) as process:
        yield process, _until_first_beat(url) - began
        process.terminate()


def _until_first_beat(url: str) -> float:
    """The moment when tick, message, worker and row have gone their way once."""
    db = Database(url)
    for _ in range(1000):
        time.sleep(0.02)
        try:
            with db.read() as session:
                if last_beat(session) is not None:
                    db.close()
                    return time.monotonic()
        except OperationalError:
            continue  # the program is just making the tables
    raise AssertionError("no heartbeat within 20 s")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
