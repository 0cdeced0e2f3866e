"""All checks at once: a server that hangs costs seconds, and one fault hides no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

import structlog

from worker.bootstrap import House
from worker.doctor import own, partners, stores
from worker.doctor.check import Visit
from worker.doctor.result import Fault, Result, Well

log = structlog.get_logger()

#: Seconds that a check may take. The back office is asked for several pages, each in its turn.
DEADLINE = 12.0
LONGER = {"backoffice": 30.0}

Check = Callable[[Visit], Well]

CHECKS: dict[str, Check] = {
    "settings": own.settings,
    "database": stores.database,
    "migrations": stores.migrations,
    "broker": stores.broker,
    "backoffice": partners.backoffice,
    "hermes": partners.hermes,
    "smtp": partners.smtp,
    "inbox": own.inbox,
    "clock": own.clock,
    "disk": own.disk,
}

#: What compares the answers of others comes when they have answered.
_LAST = "clock"


def look_at_everything(house: House, deadline: float | None = None) -> list[Result]:
    """Every other check, in the order of the table; `deadline` (seconds) is for each of them."""
    visit = Visit(house)
    # An optional folder is looked at where there is one.
    names = [name for name in CHECKS if name != "inbox" or house.settings.inbox_dir]
    found: dict[str, Result] = {}

    def look(name: str) -> None:
        found[name] = _result(name, lambda: CHECKS[name](visit))

    # Daemons: a name server that never answers must not keep the program from ending.
    seconds = {name: deadline or LONGER.get(name, DEADLINE) for name in names}
    threads = {
        name: threading.Thread(target=look, args=(name,), daemon=True)
        for name in names
        if name != _LAST
    }
    _run(threads, seconds)
    look(_LAST)
    results = [found.get(name) or _silent(name, seconds[name]) for name in names]
    visit.db.close()
    return results


def _run(threads: Mapping[str, threading.Thread], seconds: Mapping[str, float]) -> None:
    began = time.monotonic()
    for thread in threads.values():
        thread.start()
    for name, thread in threads.items():
        thread.join(max(0.0, began + seconds[name] - time.monotonic()))


def _result(name: str, check: Callable[[], Well]) -> Result:
    try:
        well = check()
    except Fault as fault:
        return Result(name, False, fault.detail, fault.hint)
    except Exception as error:  # a defect of one check must not hide what the others found
        log.exception("check failed unexpectedly", check=name)
        kind = type(error).__name__
        return Result(name, False, f"this check itself failed: {kind}", "please report it")
    return Result(name, True, well.detail, well.hint)


def _silent(name: str, deadline: float) -> Result:
    hint = "is the network up, and the server well? A firewall that swallows packets looks so too"
    return Result(name, False, f"no answer within {deadline:g} s", hint)
