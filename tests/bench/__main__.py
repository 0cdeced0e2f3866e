"""`make bench`: writes bench.json and prints a table. Ratios count; absolute figures drift."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

from sqlalchemy import text

from models.session import Database
from tests.bench import idle, importing, latency, poll, sync, tick, urlwatch
from tests.services.postgres_server import PostgresServer

RUNS = 5
PARCELS = 10_000
WATCHED = 2_000

Figures = dict[str, dict[str, float]]


def main() -> None:
    """Run everything on both databases."""
    figures: Figures = {}
    server = PostgresServer()
    with tempfile.TemporaryDirectory() as folder, poll.carrier() as url:
        made: dict[str, Callable[[], str]] = {
            "sqlite": lambda: f"sqlite:///{folder}/{uuid4().hex}.db",
            "postgresql": server.fresh,
        }
        for name, fresh in made.items():
            figures |= _poll(name, fresh(), url)
            figures |= _tick(name, fresh(), fresh())
            figures |= importing.figures(name, Path(folder), lambda made=fresh: _opened(made()))
        figures |= _against_urlwatch(made["sqlite"](), url, Path(folder))
    figures |= _latency(server.fresh())
    server.stop()
    figures |= _idle()
    with tempfile.TemporaryDirectory() as folder:
        figures |= _sync(f"sqlite:///{folder}/sync.db")
    Path("bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(f"{'what':<28} {'ratio':>6} {'ours':>8} {'baseline':>10}")
    for name, row in figures.items():
        print(f"{name:<28} {row['ratio']:>6.2f} {row['ours']:>8.4g} {row['baseline']:>10.4g}")


def _opened(address: str) -> Database:
    db = Database(address)
    db.upgrade()
    return db


def _poll(name: str, address: str, url: str) -> Figures:
    db = _opened(address)
    numbers = poll.fill(db, PARCELS)
    new, same, bare = [], [], []
    for _ in range(RUNS):
        with db.write() as session:
            session.execute(text("DELETE FROM shipment_events"))
            session.execute(text("UPDATE shipments SET facts_hash = NULL, state = NULL"))
        bare.append(poll.bare(url, numbers))
        new.append(poll.ours(db, url, PARCELS))
        same.append(poll.ours(db, url, PARCELS))
    db.close()
    return {
        f"poll_new_{name}": _row(new, bare),
        f"poll_unchanged_{name}": _row(same, bare),
    }


def _against_urlwatch(address: str, url: str, folder: Path) -> Figures:
    """Parcels that have been polled before, once more and unchanged, by both in turn."""
    db = Database(address)
    db.upgrade()
    numbers = poll.fill(db, WATCHED)
    poll.ours(db, url, WATCHED)
    try:
        watching = urlwatch.Watching(urlwatch.install(folder), folder, url, numbers)
    except urlwatch.NoUrlwatch as error:
        print(f"poll_vs_urlwatch is left out, urlwatch can't be fetched: {error}")
        return {}
    looks = [(poll.ours(db, url, WATCHED), watching.look()) for _ in range(RUNS)]
    db.close()
    ours, theirs = zip(*looks, strict=True)
    return {"poll_vs_urlwatch": _row(list(ours), list(theirs))}


def _latency(postgres_url: str) -> Figures:
    """Seconds within which 95 of 100 alerts are mailed, against what is promised."""
    found = {"latency": latency.p95(None), "latency_postgresql": latency.p95(postgres_url)}
    return {name: _row([seconds], [latency.PROMISED]) for name, seconds in found.items()}


def _idle() -> Figures:
    """Against what is promised: there is no simpler program to compare an idle one with."""
    with tempfile.TemporaryDirectory() as folder:
        found = idle.measure(Path(folder))
    return {name: _row([found[name]], [allowed]) for name, allowed in idle.BUDGET.items()}


def _sync(url: str) -> Figures:
    """The second sync, after 10 new orders, against the first one: the less the better."""
    with sync.office(url, customers=500, orders=1500, latency=sync.LATENCY) as team:
        first = team.sync()
        team.place(10)
        second = team.sync()
    share = round(second.requests / first.requests, 3)
    requests = {"ratio": share, "ours": second.requests, "baseline": first.requests}
    seconds = {
        "ratio": round(second.seconds / first.seconds, 3),
        "ours": round(second.seconds, 1),
        "baseline": round(first.seconds, 1),
    }
    return {"sync_second_requests": requests, "sync_second_seconds": seconds}


def _tick(name: str, few_url: str, many_url: str) -> Figures:
    """How much more a tick costs among a million delivered parcels than among a thousand."""
    tick.fresh(few_url, tick.FEW)
    tick.fresh(many_url, tick.MANY)
    with tick.ticking(few_url) as few_runner, tick.ticking(many_url) as many_runner:
        few, many = tick.costs(few_runner, many_runner)
    row = {"ratio": round(many / few, 3), "ours": round(1 / many, 1), "baseline": round(1 / few, 1)}
    return {f"tick_growth_{name}": row}


def _row(ours: list[float], baseline: list[float]) -> dict[str, float]:
    ratio = median(mine / bare for mine, bare in zip(ours, baseline, strict=True))
    return {
        "ratio": round(ratio, 3),
        "ours": round(median(ours), 2),
        "baseline": round(median(baseline), 2),
    }


if __name__ == "__main__":
    main()
