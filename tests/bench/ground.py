"""What all benchmarks stand on: a folder, both databases, a carrier, and how a figure is made."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from models.session import Database
from tests.services.postgres_server import PostgresServer

#: Measured so often, ours and the baseline by turns; the median counts.
RUNS = 5

DATABASES = ("sqlite", "postgresql")

#: ratio, ours, baseline; some have a `curve` of [rows, milliseconds] too.
Figure = dict[str, Any]
Figures = dict[str, Figure]


def figure(ours: Sequence[float], baseline: Sequence[float]) -> Figure:
    """The median of the pairs' ratios, and both medians."""
    ratio = median(mine / bare for mine, bare in zip(ours, baseline, strict=True))
    return {
        "ratio": round(ratio, 3),
        "ours": round(median(ours), 3),
        "baseline": round(median(baseline), 3),
    }


def named(name: str, database: str) -> str:
    """A figure's name: SQLite, the default, needs no mark."""
    return name if database == "sqlite" else f"{name}_{database}"


@dataclass(frozen=True)
class Ground:
    """A folder to write into, a PostgreSQL server, and a carrier's address."""

    folder: Path
    postgres: PostgresServer
    carrier_url: str

    def address(self, database: str) -> str:
        """A database that does not exist yet, or is empty."""
        if database == "postgresql":
            return self.postgres.fresh()
        return f"sqlite:///{self.folder / uuid4().hex}.db"

    def fresh(self, database: str) -> Database:
        """An empty database with all tables."""
        db = Database(self.address(database))
        db.upgrade()
        return db


@contextmanager
def ground() -> Iterator[Ground]:
    """All of it, until the block ends."""
    server = PostgresServer()
    with tempfile.TemporaryDirectory() as folder, serving("carrier_server") as url:
        yield Ground(Path(folder), server, url)
    server.stop()


@contextmanager
def serving(module: str) -> Iterator[str]:
    """A partner in another process, so that it does not share our time; yields its first line."""
    command = [sys.executable, "-m", f"tests.bench.{module}"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield process.stdout.readline().strip()
        process.stdin.close()
