"""The job `heartbeat`: answers the scheduler's question, and tells a dead man's switch."""

from __future__ import annotations

from collections.abc import Callable

from models import claims
from models.claims import Lease
from models.heartbeat import BEATS
from models.session import Database
from models.system_alerts import is_open
from tasks.ports import Clock
from tasks.run import Counts
from tasks.taking import take


def answer_heartbeat(
    db: Database, clock: Clock, lease: Lease, ping: Callable[[], None] | None
) -> Counts:
    """Write that the loop turned; then `ping`, unless our mails reach nobody.

    Whoever misses the ping learns what a mail could not tell.
    """
    held = take(db, clock, BEATS, lease, 1)
    if not held.ids:
        return Counts()
    with db.write() as session:
        claims.finish(session, BEATS, held, held.ids, None, last_beat_at=clock.now())
        mute = is_open(session, "mail-failing")
    if ping is not None and not mute:
        ping()
    return Counts(beats=1)
