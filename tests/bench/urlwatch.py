"""Polling against urlwatch, the usual way to watch addresses, on the same unchanged answers.

Each look of urlwatch is a whole run, as cron would start it; with thousands of addresses its
start-up weighs little. Each asks as many at a time as it can be told to: urlwatch ten, which can't
be set, ours what `HERMES__CONCURRENCY` allows. With 25 the carrier's 20 ms would bound any client
to less than three times urlwatch, whatever it costs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench import poll
from tests.bench.ground import RUNS, Figures, Ground, figure

WATCHED = 2_000

#: The most that `HERMES__CONCURRENCY` takes.
IN_FLIGHT = 50


class NoUrlwatch(Exception):
    """It could not be fetched: no comparison."""


def figures(ground: Ground) -> Figures:
    """Parcels that have been polled before, once more and unchanged, by both in turn."""
    db, url = ground.fresh("sqlite"), ground.carrier_url
    numbers = poll.fill(db, WATCHED)
    poll.ours(db, url, WATCHED, IN_FLIGHT)
    try:
        watching = Watching(install(ground.folder), ground.folder, url, numbers)
    except NoUrlwatch as error:
        print(f"poll_vs_urlwatch is left out, urlwatch can't be fetched: {error}")
        return {}
    looks = [(poll.ours(db, url, WATCHED, IN_FLIGHT), watching.look()) for _ in range(RUNS)]
    db.close()
    return {"poll_vs_urlwatch": figure(*map(list, zip(*looks, strict=True)))}


def install(folder: Path) -> Path:
    """urlwatch in an environment of its own. Returns its command; raises NoUrlwatch."""
    home = folder / "urlwatch"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = str(home / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "urlwatch"]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode != 0:
        raise NoUrlwatch((done.stderr.strip().splitlines() or ["pip failed"])[-1])
    return home / "bin" / "urlwatch"


class Watching:
    """urlwatch with a list of addresses; the first look is taken, the next ones see no change."""

    def __init__(self, command: Path, folder: Path, url: str, numbers: Sequence[str]) -> None:
        self._count = len(numbers)
        self._command = [str(command)]
        for name, text in _files(url, numbers).items():
            (folder / name).write_text(text)
        for option, name in (("urls", "urls.yaml"), ("config", "urlwatch.yaml"),
                             ("hooks", "hooks.py"), ("cache", "cache.db")):  # fmt: skip
            self._command += [f"--{option}", str(folder / name)]
        self._run()

    def look(self) -> float:
        """Addresses per second of one run over all."""
        began = time.perf_counter()
        said = self._run()
        seconds = time.perf_counter() - began
        assert not said.strip(), f"nothing has changed, and yet it says: {said[:300]}"
        return self._count / seconds

    def _run(self) -> str:
        done = subprocess.run(self._command, capture_output=True, text=True, check=True)
        assert not done.stderr.strip(), done.stderr[-300:]
        return done.stdout


def _files(url: str, numbers: Sequence[str]) -> dict[str, str]:
    jobs = "---\n".join(f"url: {url}/{number}\n" for number in numbers)
    # YAML takes JSON as it is.
    report = {"report": {"stdout": {"enabled": True}}}
    return {"urls.yaml": jobs, "urlwatch.yaml": json.dumps(report), "hooks.py": ""}
