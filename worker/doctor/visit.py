"""All checks at once: a server that hangs costs seconds, and one fault hides no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

from worker.bootstrap import House
from worker.doctor import own, partners, stores
from worker.doctor.check import Visit
from worker.doctor.result import Fault, Result, Well

log = structlog.get_logger()

#: Seconds for all checks together.
DEADLINE = 12.0

Check = Callable[[Visit], Well]

CHECKS: dict[str, Check] = {
    "settings": own.settings,
    "database": stores.database,
    "migrations": stores.migrations,
    "broker": stores.broker,
    "backoffice": partners.backoffice,
    "hermes": partners.hermes,
    "smtp": partners.smtp,
    "clock": own.clock,
    "disk": own.disk,
}

#: What compares the answers of others comes when they have answered.
_LAST = "clock"


def look_at_everything(house: House, deadline: float = DEADLINE) -> list[Result]:
    """Every other check, in the order of the table; none takes longer than `deadline` seconds."""
    visit = Visit(house)
    found: dict[str, Result] = {}

    def look(name: str) -> None:
        found[name] = _result(name, lambda: CHECKS[name](visit))

    # Daemons: a name server that never answers must not keep the program from ending.
    threads = [
        threading.Thread(target=look, args=(name,), daemon=True) for name in CHECKS if name != _LAST
    ]
    _run(threads, deadline)
    look(_LAST)
    results = [found.get(name) or _silent(name, deadline) for name in CHECKS]
    visit.db.close()
    return results


def _run(threads: list[threading.Thread], deadline: float) -> None:
    end = time.monotonic() + deadline
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


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
