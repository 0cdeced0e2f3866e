"""`make storm`: blows over our real processes for a set time; prints a table, writes storm.json."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from tests.storms.report import Report
from tests.storms.storm import Options, Storm

_SECONDS = {"postgresql": 480.0, "sqlite": 240.0}


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.storms", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="default: 480 on PostgreSQL, 240 on SQLite")
    parser.add_argument("--db", choices=("postgresql", "sqlite", "both"), default="both")
    parser.add_argument("--logs", type=Path, help="keep what all processes said there")
    return parser.parse_args()


def main() -> None:
    """Exit code 1 when a promise does not hold."""
    words = _words()
    databases = list(_SECONDS) if words.db == "both" else [words.db]
    reports = []
    for database in databases:
        seconds = words.seconds or _SECONDS[database]
        print(f"a storm of {seconds:g} s on {database}, seed {words.seed}", flush=True)
        options = Options(database, words.seed, seconds, logs=words.logs)
        reports.append(Storm(options, lambda line: print(line, flush=True)).run())
    text = json.dumps({one.database: one.as_json() for one in reports}, indent=2)
    Path("storm.json").write_text(text + "\n", "utf-8")
    for report in reports:
        _print(report)
    sys.exit(0 if all(report.holds for report in reports) else 1)


def _print(report: Report) -> None:
    print(f"\n{report.database}, seed {report.seed}: {'holds' if report.holds else 'BROKEN'}")
    for name, value in report.as_json().items():
        for line in value if isinstance(value, list) and value else [value]:
            print(f"  {name:<24} {line if not isinstance(line, dict) else _listed(line)}")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


if __name__ == "__main__":
    main()
