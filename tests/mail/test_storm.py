"""Workers killed while they send: no mail is lost, and no customer's copy comes twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.outbox import Desk, queue_mail
from models.session import Database
from tasks.mail.deliver import GROUP
from tasks.mail.outcomes import UNDECIDED
from tests.mail.samples import FACTS
from tests.models.rows import add_customer, add_invoice, add_order
from tests.services.processes import Program, wait_until
from worker.simulator.mailbox import Mailbox

DESK = Desk("watch@example.org", "sabine@example.org", "ops@example.org", "de")

#: Every so many mails one is a customer's copy.
COPIES = 5


class Storm:
    """An outbox full of mails, a mailbox, and the program that is killed again and again."""

    def __init__(self, url: str, box: Mailbox, folder: Path) -> None:
        self.db, self.box = Database(url), box
        settings = {
            "DATABASE_URL": url, "QUIET_HOURS": "off", "WORKER__LEASE_SECONDS": "30",
            "CONSULTANT__EMAIL": DESK.consultant, "SMTP__HOST": box.host,
            "SMTP__PORT": str(box.port), "SMTP__SECURITY": "none", "SMTP__FROM": DESK.sender,
            "LOG_LEVEL": "warning",
        }  # fmt: skip
        named = {f"ORDERWATCH_{name}": value for name, value in settings.items()}
        self.program = Program("run", named, folder)

    def fill(self, mails: int) -> None:
        """Alerts, and copies that a person has sent by hand: no night or Sunday holds them."""
        now = datetime.now(UTC)
        invoice = self._invoice(now)
        with self.db.write() as session:
            for n in range(mails):
                copy = n % COPIES == 0
                kind = MailKind.INVOICE_COPY if copy else MailKind.ALERT
                queue_mail(
                    session, DESK, kind, f"{n}@example.org", FACTS[kind], f"{kind}:{n}", now,
                    invoice if copy else None, any_hour=copy,
                )  # fmt: skip

    def _invoice(self, now: datetime) -> int:
        with self.db.write() as session:
            order = add_order(session, add_customer(session, now), now)
            return add_invoice(session, order, None, state="queued", pdf=b"%PDF-1").id

    def die_at(self, arrived: int) -> None:
        """Start it, and kill it as soon as so many mails have come in."""
        with self.program as program:
            wait_until(lambda: len(self.box.all()) >= arrived, f"{arrived} mails came in")
            program.kill()

    def let_leases_end(self) -> None:
        """As if the time had passed for which the dead one holds its mails."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        held = update(Mail).where(Mail.claim_token.is_not(None)).values(next_attempt_at=past)
        with self.db.write() as session:
            session.execute(held)

    def is_over(self) -> bool:
        """Whether nothing waits any more."""
        open_ = (MailState.QUEUED, MailState.SENDING)
        with self.db.read() as session:
            query = select(func.count()).select_from(Mail).where(Mail.state.in_(open_))
            return session.scalar(query) == 0

    def outcomes(self) -> list[tuple[Mail, int]]:
        """Each mail, and how many times it came in."""
        arrived = Counter(mail.message_id for mail in self.box.all())
        with self.db.read() as session:
            kinds = (MailKind.ALERT, MailKind.INVOICE_COPY)
            mails = session.scalars(select(Mail).where(Mail.kind.in_(kinds)))
            return [(mail, arrived[mail.message_id]) for mail in mails]


@pytest.mark.parametrize(
    ("mails", "kills"), [(120, 2), pytest.param(1000, 8, marks=pytest.mark.storm)]
)
def test_mails_through_a_worker_that_is_killed(
    sqlite_url: str, tmp_path: Path, mails: int, kills: int
) -> None:
    """Every mail of ours arrives; a copy arrives once, or a human decides about it."""
    with Mailbox() as box:
        storm = Storm(sqlite_url, box, tmp_path)
        storm.fill(mails)
        for kill in range(1, kills + 1):
            storm.die_at(kill * mails // (kills + 1))
            storm.let_leases_end()
        with storm.program:
            wait_until(storm.is_over, "all mails are sent or parked", 120)
        outcomes = storm.outcomes()
        storm.db.close()
    assert len(outcomes) == mails
    ours = [count for mail, count in outcomes if mail.kind is MailKind.ALERT]
    assert min(ours) == 1
    assert sum(ours) - len(ours) <= kills * GROUP
    copies = [(mail, count) for mail, count in outcomes if mail.kind is MailKind.INVOICE_COPY]
    assert max(count for _, count in copies) == 1
    undecided = [mail for mail, _ in copies if mail.state is MailState.PARKED]
    assert len(undecided) <= kills
    assert all((mail.error or "").endswith(UNDECIDED) for mail in undecided)
    assert all(count == 1 for mail, count in copies if mail.state is MailState.SENT)
    assert {mail.state for mail, _ in copies} <= {MailState.SENT, MailState.PARKED}
