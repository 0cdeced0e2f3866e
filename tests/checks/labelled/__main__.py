"""`python -m tests.checks.labelled`: precision and recall of every rule, as a table."""

from __future__ import annotations

import sys
import tempfile

from models.session import Database
from tests.checks.labelled.life import MONTHS
from tests.checks.labelled.replay import Replay, lives
from tests.checks.labelled.score import Comparison, compare

SEED, EACH = 1, 4


def run(seed: int = SEED, each: int = EACH, url: str | None = None) -> tuple[Replay, Comparison]:
    """Replay every story so many times in a fresh database, and compare."""
    told = lives(seed, each)
    with tempfile.TemporaryDirectory() as folder:
        db = Database(url or f"sqlite:///{folder}/labelled.db")
        db.upgrade()
        replay = Replay(db, told)
        replay.run()
        db.close()
    return replay, compare(told, replay)


def main() -> int:
    """Print the table; exit code 1 when a rule is not perfect. Arguments: seed, times."""
    seed, each = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else (SEED, EACH)
    replay, comparison = run(seed, each)
    print(f"{len(replay.told)} customers, {MONTHS} months, {replay.reviews} reviews")
    print(f"{'rule':<30} {'right':>6} {'wrong':>6} {'missed':>6} {'precision':>10} {'recall':>7}")
    for s in comparison.scores:
        figures = f"{s.right:>6} {s.wrong:>6} {s.missed:>6} {s.precision:>10.3f} {s.recall:>7.3f}"
        print(f"{s.rule:<30} {figures}")
    print("\n".join(comparison.differences))
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
