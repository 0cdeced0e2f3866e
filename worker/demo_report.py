"""What the demo shows at its end: counts, found against what had to be found, the mails."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.domain.values import FINAL_PARCEL_STATES
from models.job import JobRun
from models.order import Order
from models.shipment import Shipment
from worker.bootstrap import House
from worker.demo import Demo, Found, compare


@dataclass(frozen=True)
class Report:
    """The demo's result; the same for the same seed."""

    happened: dict[str, str]
    rules: dict[str, tuple[int, int, int, int]]
    mails: dict[str, int]
    verdict: str

    def as_json(self) -> dict[str, Any]:
        """As one JSON document."""
        names = ("expected", "found", "missed", "extra")
        rules = {rule: dict(zip(names, row, strict=True)) for rule, row in self.rules.items()}
        return {
            "happened": self.happened,
            "rules": rules,
            "mails": self.mails,
            "verdict": self.verdict,
        }


def make_report(house: House, demo: Demo) -> Report:
    """Count what happened, from the database and the mailbox."""
    received = Counter(mail.kind for mail in demo.simulator.mailbox.all())
    found = compare(house, demo.world)
    with house.db.read() as session:
        happened = _happened(session, demo, received)
    return Report(happened, _by_rule(found), dict(sorted(received.items())), _verdict(found))


def _happened(session: Session, demo: Demo, received: Counter[str]) -> dict[str, str]:
    orders = session.scalar(select(func.count()).select_from(Order)) or 0
    baseline = len(demo.world.baseline())
    states = Counter(session.scalars(select(Shipment.state).where(Shipment.asked_at.is_not(None))))
    ended = sum(count for state, count in states.items() if state in FINAL_PARCEL_STATES)
    requests = sum(
        counts.get("asked", 0)
        for counts in session.scalars(select(JobRun.counts).where(JobRun.job == "poll-shipments"))
    )
    return {
        "simulated time": f"{demo.world.start:%d %b %Y} and {demo.options.days} days",
        "orders at first sight": str(baseline),
        "orders since": str(orders - baseline),
        "parcels followed": f"{states.total()}, {ended} of them at their end by now",
        "questions to Hermes": str(requests),
        "job runs": str(demo.runs),
        "mails": ", ".join(f"{count} {kind}" for kind, count in sorted(received.items())),
    }


def _by_rule(found: list[Found]) -> dict[str, tuple[int, int, int, int]]:
    rules: dict[str, tuple[int, int, int, int]] = {}
    for rule in sorted({each.rule for each in found}):
        mine = [each for each in found if each.rule == rule]
        rules[rule] = (
            sum(each.expected for each in mine),
            sum(each.found for each in mine),
            sum(each.expected and not each.found for each in mine),
            sum(each.found and not each.expected for each in mine),
        )
    return rules


def _verdict(found: list[Found]) -> str:
    wrong = [each for each in found if each.expected != each.found]
    if not wrong:
        return f"All {len(found)} problems of the story were found, and nothing else."
    return f"{len(wrong)} of {len(found)} differ from the story: this should not happen."


def save_html(folder: Path) -> None:
    """Beside each .eml the HTML part as a file to open in a browser."""
    for path in sorted(folder.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(("html",))
        if body is not None:
            path.with_suffix(".html").write_text(body.get_content(), encoding="utf-8")
