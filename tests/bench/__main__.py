"""`make bench`: writes bench.json and prints a table. Ratios count; absolute figures drift."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median

from sqlalchemy import text

from config.logging import configure
from models.session import Database
from tests.bench import idle, importing, poll, sync
from tests.services.postgres_server import PostgresServer

RUNS = 5
PARCELS = 2000

Figures = dict[str, dict[str, float]]


def main() -> None:
    """Run everything on both databases."""
    configure("console", "error")
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
            db.close()
        figures |= importing.figures("sqlite", Path(folder), lambda: _new_file(folder))
        figures |= importing.figures("postgresql", Path(folder), lambda: Database(server.fresh()))
    server.stop()
    with tempfile.TemporaryDirectory() as folder:
        figures |= _sync(f"sqlite:///{folder}/sync.db")
    figures |= _idle()
    Path("bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(f"{'what':<28} {'ratio':>6} {'ours':>8} {'baseline':>10}")
    for name, row in figures.items():
        print(f"{name:<28} {row['ratio']:>6.2f} {row['ours']:>8.4g} {row['baseline']:>10.4g}")


def _new_file(folder: str) -> Database:
    number = len(list(Path(folder).glob("import*.db")))
    db = Database(f"sqlite:///{folder}/import{number}.db")
    db.upgrade()
    return db


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


def _row(ours: list[float], baseline: list[float]) -> dict[str, float]:
    ratio = median(mine / bare for mine, bare in zip(ours, baseline, strict=True))
    return {
        "ratio": round(ratio, 3),
        "ours": round(median(ours), 1),
        "baseline": round(median(baseline), 1),
    }


if __name__ == "__main__":
    main()
