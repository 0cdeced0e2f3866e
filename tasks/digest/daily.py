"""The job `daily-digest`: queues the digest of the local day, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from models.domain.values import MailKind, OrderFamily
from models.outbox import Desk, queue_mail
from models.session import Database
from tasks.digest.gather import DigestFacts
from tasks.ports import Clock
from tasks.run import Counts, Run


@dataclass(frozen=True)
class DigestOptions:
    """Who reads it, and where her day begins."""

    desk: Desk
    timezone: ZoneInfo
    families: Mapping[str, OrderFamily]


def daily_digest(db: Database, clock: Clock, options: DigestOptions, run: Run) -> Counts:
    """Queue today's digest; its key is the local day, so restarts and clock changes add none."""
    now = clock.now()
    with db.read() as session:  # it reads a lot; meanwhile others may write
        facts = DigestFacts(session, now, options.timezone).gather(options.families)
    desk = options.desk
    key = f"{MailKind.DIGEST}:{facts['date']}"
    with db.write() as session:
        queue_mail(session, desk, MailKind.DIGEST, desk.consultant, facts, key, now)
    return Counts(mails=1)
