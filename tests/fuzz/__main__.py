"""`make fuzz`: spends a set time on all targets in turn; what fails is printed, small."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from random import Random

from hypothesis import HealthCheck, seed, settings

#: Examples in a row; small enough that the time is kept.
_ROUND = 200


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300, help="for all together")
    parser.add_argument("--seed", type=int, help="default: another one each time, printed")
    parser.add_argument("--only", help="one target")
    return parser.parse_args()


def main() -> None:
    """Exit code 1 when something was found."""
    words = _words()
    settings.register_profile(
        "fuzz", max_examples=_ROUND, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    settings.load_profile("fuzz")
    # Only now: a property goes by the profile of the moment in which it is made.
    from tests.fuzz.targets import targets

    first = words.seed if words.seed is not None else int(time.time())
    print(f"seed {first}", flush=True)
    chosen = {n: t for n, t in targets().items() if words.only in (None, n)}
    if not chosen:
        sys.exit(f"no target {words.only!r}; there are {', '.join(targets())}")
    found = [n for n, t in chosen.items() if not _fuzz(n, t, words.seconds / len(chosen), first)]
    print(f"found something in: {', '.join(found)}" if found else "nothing found")
    sys.exit(1 if found else 0)


def _fuzz(name: str, target: Callable[[], None], seconds: float, first: int) -> bool:
    """Round after round until the time is over, or something is found."""
    dice, began, rounds = Random(first), time.monotonic(), 0  # noqa: S311
    while time.monotonic() - began < seconds:
        rounds += 1
        try:
            seed(dice.randrange(2**32))(target)()
        except Exception:  # whatever it is: that is what we are looking for
            print(f"{name}: FOUND after {rounds * _ROUND} examples", flush=True)
            traceback.print_exc(limit=-4)
            return False
    print(f"{name}: {rounds * _ROUND} examples in {time.monotonic() - began:.0f} s", flush=True)
    return True


if __name__ == "__main__":
    main()
