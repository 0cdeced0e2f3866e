"""`make bench`: writes bench.json and prints a table. Ratios count; absolute figures drift.

`python -m tests.bench poll mail` measures these only, and keeps the other figures of the file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from config.logging import configure
from tests.bench import (
    growth,
    idle,
    importing,
    latency,
    mail,
    parts,
    poll,
    review,
    sync,
    tick,
    urlwatch,
)
from tests.bench.ground import Figures, Ground, ground

BENCHES: Mapping[str, Callable[[Ground], Figures]] = {
    "idle": idle.figures,
    "latency": latency.figures,
    "sync": sync.figures,
    "importing": importing.figures,
    "poll": poll.figures,
    "review": review.figures,
    "urlwatch": urlwatch.figures,
    "mail": mail.figures,
    "tick": tick.figures,
    "growth": growth.figures,
    "parts": parts.figures,
}

PAGE = Path("bench.json")


def main(names: list[str]) -> int:
    """Measure the named benchmarks, all of them without names."""
    if strangers := set(names) - BENCHES.keys():
        print(f"no benchmark {', '.join(strangers)}; there are {', '.join(BENCHES)}")
        return 2
    configure("json", "warning")
    figures: Figures = json.loads(PAGE.read_text()) if names and PAGE.exists() else {}
    with ground() as place:
        for name in names or BENCHES:
            figures |= BENCHES[name](place)
            PAGE.write_text(json.dumps(figures, indent=2) + "\n")
    _print(figures)
    return 0


def _print(figures: Figures) -> None:
    print(f"{'what':<28} {'ratio':>6} {'ours':>10} {'baseline':>10}")
    for name, row in sorted(figures.items()):
        print(f"{name:<28} {row['ratio']:>6.2f} {row['ours']:>10.4g} {row['baseline']:>10.4g}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
