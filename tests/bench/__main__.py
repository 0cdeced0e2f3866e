"""`make bench`: writes bench.json and prints a table. Ratios count; absolute figures drift."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median

from sqlalchemy import text

from config.logging import configure
from models.session import Database
from tests.bench import mail, poll
from tests.services.postgres_server import PostgresServer

RUNS = 5
PARCELS = 2000
MAILS = 500

Figures = dict[str, dict[str, float]]


def main() -> None:
    """Run everything on both databases."""
    figures: Figures = {}
    server = PostgresServer()
    configure("json", "warning")
    with (
        tempfile.TemporaryDirectory() as folder,
        poll.carrier() as url,
        mail.mail_server() as port,
    ):
        for name, address in (
            ("sqlite", f"sqlite:///{folder}/bench.db"),
            ("postgresql", server.fresh()),
        ):
            db = Database(address)
            db.upgrade()
            figures |= _poll(name, db, url)
            figures |= _mail(name, db, port)
            db.close()
    server.stop()
    Path("bench.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(f"{'what':<28} {'ratio':>6} {'ours/s':>8} {'baseline/s':>10}")
    for name, row in figures.items():
        print(f"{name:<28} {row['ratio']:>6.2f} {row['ours']:>8.0f} {row['baseline']:>10.0f}")


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


def _mail(name: str, db: Database, port: int) -> Figures:
    ready = mail.fill(db, MAILS)
    ours, bare = [], []
    for _ in range(RUNS):
        bare.append(mail.bare(port, ready))
        ours.append(mail.ours(db, port, MAILS))
    return {"mail" if name == "sqlite" else f"mail_{name}": _row(ours, bare)}


def _row(ours: list[float], baseline: list[float]) -> dict[str, float]:
    ratio = median(mine / bare for mine, bare in zip(ours, baseline, strict=True))
    return {
        "ratio": round(ratio, 3),
        "ours": round(median(ours), 1),
        "baseline": round(median(baseline), 1),
    }


if __name__ == "__main__":
    main()
