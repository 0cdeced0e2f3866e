"""What a storm has shown: the figures for storm.json, and whether the promises hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from models.mail import Mail
from tests.storms.books import QUEUES, Books
from tests.storms.site import Site

if TYPE_CHECKING:
    from tests.storms.storm import Options


@dataclass
class Report:
    """The figures of one storm."""

    database: str
    seed: int
    seconds: float
    faults: dict[str, int]
    orders: int
    parcels: int
    alerts_expected: int
    mails_expected: int
    mails_received: int
    seconds_to_recover: float
    restarts: dict[str, int]
    lost: list[str] = field(default_factory=list)
    copies_doubled: list[str] = field(default_factory=list)
    alerts_doubled: list[str] = field(default_factory=list)
    doubled_without_reason: list[str] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the promises hold."""
        broken = self.lost or self.copies_doubled or self.doubled_without_reason
        return not (broken or self.defects)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"faults_in_all": sum(self.faults.values()), "holds": self.holds}


def make_report(
    options: Options,
    site: Site,
    books: Books,
    struck: Counter[str],
    recovered: float,
    open_items: list[str],
) -> Report:
    """Everything counted, after the calm."""
    truth = books.truth
    arrived = Counter(str(mail["Message-ID"]) for mail in books.mails)
    copies = {n for n, count in books.copies().items() if count > 1}
    doubled = {message_id for message_id, count in arrived.items() if count > 1}
    with site.db.read() as session:
        kinds = {
            m: (i, k) for i, m, k in session.execute(select(Mail.id, Mail.message_id, Mail.kind))
        }
        expected = session.scalar(select(func.count()).select_from(Mail)) or 0
    undecided = _undecided(site)
    ours = {m: kinds[m] for m in doubled if kinds[m][1] != "invoice-copy"}
    return Report(
        options.database,
        options.seed,
        options.seconds,
        dict(sorted(struck.items())),
        orders=len(truth.orders) + len(books.baseline),
        parcels=len(truth.parcels),
        alerts_expected=len(truth.alerts),
        mails_expected=expected,
        mails_received=len(arrived),
        seconds_to_recover=round(recovered, 1),
        restarts={unit.name: unit.starts - 1 for unit in site.units},
        lost=open_items,
        copies_doubled=sorted(copies | {m for m in doubled if kinds[m][1] == "invoice-copy"}),
        alerts_doubled=sorted(f"mail {i} ({k}) {m}" for m, (i, k) in ours.items()),
        doubled_without_reason=sorted(m for m, (i, _) in ours.items() if i not in undecided),
        parked=_parked(site),
        defects=_defects(site),
    )


def _parked(site: Site) -> list[str]:
    found = []
    with site.db.read() as session:
        for model in {queue.model for queue in QUEUES}:
            rows = session.execute(
                select(model.id, model.error).where(model.parked_at.is_not(None))
            )
            found += [f"{model.__tablename__} {row}: {error}" for row, error in rows]
    return sorted(found)


def _undecided(site: Site) -> set[int]:
    """The mails of which some process has said that it can't know whether they were taken."""
    said = (line.get("subject", "") for line in said_by_all(site) if "undecided" in line["event"])
    return {int(subject.removeprefix("mail ")) for subject in said}


def said_by_all(site: Site) -> Iterator[dict[str, Any]]:
    """What our processes have logged, line by line; one that was killed may break off."""
    for unit in site.units:
        for line in unit.log.read_text("utf-8", "replace").splitlines():
            try:
                yield {"event": ""} | json.loads(line)
            except ValueError:
                yield {"event": line}


def _defects(site: Site) -> list[str]:
    """What was logged with a traceback, or printed as one: no outage is an excuse for that."""
    found: set[str] = set()
    for line in said_by_all(site):
        if "exception" in line:
            found.add(f"{line['event']}: {line['exception'].splitlines()[-1]}")
        elif line["event"].startswith("Traceback"):
            found.add("a traceback on standard error")
    return sorted(found)
