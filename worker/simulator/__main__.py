"""The simulator as a process of its own; prints its addresses as one line of JSON."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from datetime import UTC, date, datetime
from pathlib import Path

from tasks.ports import Clock
from worker.simulator.clocks import FixedClock, OffsetClock, RealClock
from worker.simulator.days import berlin, local_date
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

_MORNING = 9


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m worker.simulator", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=date.fromisoformat, help="default: today")
    parser.add_argument("--orders", type=int, default=60, help="orders of the baseline")
    parser.add_argument("--days", type=int, default=10, help="days with new orders")
    parser.add_argument("--customers", type=int, help="pad the team to this size")
    parser.add_argument(
        "--clock",
        choices=("real", "fixed", "offset"),
        default="real",
        help="fixed and offset begin on the start day at 9:00; fixed stands still until set",
    )
    parser.add_argument("--mail-folder", type=Path, help="keep the mails as .eml there too")
    return parser.parse_args()


def _clock(kind: str, start: date) -> Clock:
    if kind == "real":
        return RealClock()
    morning = berlin(start, _MORNING)
    return FixedClock(morning) if kind == "fixed" else OffsetClock(morning)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    options = _options()
    start = options.start or local_date(datetime.now(UTC))
    world = make_world(
        options.seed, start, options.orders, options.days, customers=options.customers
    )
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with Simulator(world, _clock(options.clock, start), options.mail_folder) as simulator:
        print(json.dumps(simulator.addresses()), flush=True)
        over.wait()


if __name__ == "__main__":
    main()
