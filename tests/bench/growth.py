"""Growth: what work and looks cost while a history piles up, from 1,000 to 1,000,000 orders."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from statistics import median

from tests.bench.ground import DATABASES, Figure, Figures, Ground, named
from tests.bench.history import grow
from tests.bench.review import NOW
from tests.bench.site import WORKS, Site, Work
from tests.bench.tick import running

SIZES = (1_000, 10_000, 100_000, 1_000_000)

#: Each work is measured so often, or until so many seconds are over; the median counts.
MOST_RUNS, SECONDS = 15, 1.5

Curves = dict[str, dict[int, float]]


def figures(ground: Ground) -> Figures:
    """Milliseconds among a million old orders against a thousand, and the curve between."""
    gc.freeze()  # the modules' own objects are no rubbish to look through
    found: Figures = {}
    for database in DATABASES:
        for name, curve in curves(ground.address(database)).items():
            found[named(f"growth_{name}", database)] = _figure(curve)
    return found


def curves(url: str, sizes: tuple[int, ...] = SIZES) -> Curves:
    """Per work the milliseconds at each size; one database grows from size to size."""
    found: Curves = {name: {} for name in WORKS}
    with running(url, NOW) as (house, runner):
        site, there = Site(house, runner), 0
        for size in sizes:
            grow(house.db, size, there, whole=True)
            if not there:
                site.begin()
            for name, work in WORKS.items():
                found[name][size] = _milliseconds(site, work)
            site.let_pass()
            there = size
    return found


def _milliseconds(site: Site, work: Work) -> float:
    """The first time warms up, and does what has become due with the new rows."""
    work(site)
    taken: list[float] = []
    end = time.perf_counter() + SECONDS
    while not taken or (len(taken) < MOST_RUNS and time.perf_counter() < end):
        taken.append(work(site))
    return 1000 * median(taken)


def _figure(curve: Mapping[int, float]) -> Figure:
    points = [[size, round(milliseconds, 2)] for size, milliseconds in curve.items()]
    least, most = points[0][1], points[-1][1]
    return {"ratio": round(most / least, 3), "ours": most, "baseline": least, "curve": points}
