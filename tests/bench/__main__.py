"""`make bench`: writes bench.json and prints a table. Ratios count; absolute figures drift."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median

from sqlalchemy import text

from models.session import Database
from tests.bench import idle, latency, poll, urlwatch
from tests.services.postgres_server import PostgresServer

RUNS = 5
PARCELS = 2000

Figures = dict[str, dict[str, float]]


def main() -> None:
    """Run everything on both databases."""
    figures: Figures = {}
    server = PostgresServer()
    with tempfile.TemporaryDirectory() as folder, poll.carrier() as url:
        for name, address in (
            ("sqlite", f"sqlite:///{folder}/bench.db"),
            ("postgresql", server.fresh()),
        ):
            db = Database(address)
            db.upgrade()
            figures |= _poll(name, db, url)
            if name == "sqlite":
                figures |= _against_urlwatch(db, url, Path(folder))
            db.close()
    figures |= _latency(server.fresh())
    server.stop()
    figures |= _idle()
    Path("bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(f"{'what':<28} {'ratio':>6} {'ours':>8} {'baseline':>10}")
    for name, row in figures.items():
        print(f"{name:<28} {row['ratio']:>6.2f} {row['ours']:>8.4g} {row['baseline']:>10.4g}")


def _poll(name: str, db: Database, url: str) -> Figures:
    numbers = poll.fill(db, PARCELS)
    new, same, bare = [], [], []
    for _ in range(RUNS):
        with db.write() as session:
            session.execute(text("DELETE FROM shipment_events"))
            session.execute(text("UPDATE shipments SET facts_hash = NULL, state = NULL"))
        bare.append(poll.bare(url, numbers))
        new.append(poll.ours(db, url, PARCELS))
        same.append(poll.ours(db, url, PARCELS))
    return {
        f"poll_new_{name}": _row(new, bare),
        f"poll_unchanged_{name}": _row(same, bare),
    }


def _against_urlwatch(db: Database, url: str, folder: Path) -> Figures:
    """The parcels that have just been polled, once more and unchanged, by both in turn."""
    numbers = poll.numbers(PARCELS)
    try:
        watching = urlwatch.Watching(urlwatch.install(folder), folder, url, numbers)
    except urlwatch.NoUrlwatch as error:
        print(f"poll_vs_urlwatch is left out, urlwatch can't be fetched: {error}")
        return {}
    looks = [(poll.ours(db, url, PARCELS), watching.look()) for _ in range(RUNS)]
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


def _row(ours: list[float], baseline: list[float]) -> dict[str, float]:
    ratio = median(mine / bare for mine, bare in zip(ours, baseline, strict=True))
    return {
        "ratio": round(ratio, 3),
        "ours": round(median(ours), 2),
        "baseline": round(median(baseline), 2),
    }


if __name__ == "__main__":
    main()
