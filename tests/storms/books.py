"""The books: what the outside world knows, the database and the mailbox, compared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.alert import Alert, AlertNotice
from models.domain.values import FINAL_PARCEL_STATES, MailKind, MailState
from models.domain.workdays import Workdays
from models.job import Slot
from models.mail import Mail
from models.order import Invoice, Order
from models.queue import Queue
from models.queues import COPIES, DELIVERIES, NOTICES, POLLS, REVIEWS
from models.session import Database
from models.shipment import Shipment
from models.source import Source
from tests.storms.traffic import Truth
from worker.simulator.days import local_date

QUEUES = (REVIEWS, NOTICES, COPIES, DELIVERIES, POLLS, Queue(Slot, Slot.next_run_at))

#: Between an answer and the row that says so may lie this much.
_WRITING = timedelta(minutes=1)

#: No outage makes a mail wait for so long.
_FAR = timedelta(minutes=20)


class Books:
    """Looks from outside; helps nobody. `mails` are all that have arrived."""

    def __init__(self, db: Database, truth: Truth, baseline: list[str]) -> None:
        self.db, self.truth, self.baseline = db, truth, baseline
        self.mails: list[EmailMessage] = []

    def open_items(self, mails: list[EmailMessage]) -> list[str]:
        """What is owed and not done, in words; empty = the books balance."""
        self.mails = mails
        with self.db.read() as session:
            return [
                *self._orders(session),
                *self._parcels(session),
                *self._alerts(session),
                *self._copies(session),
                *self._outbox(session),
                *_work(session),
            ]

    def _orders(self, session: Session) -> Iterator[str]:
        stored = Counter(session.scalars(select(Order.number)))
        for number in (*self.truth.orders, *self.baseline):
            if stored[number] != 1:
                yield f"order {number} is stored {stored[number]} times"
        if extra := set(stored) - self.truth.orders.keys() - set(self.baseline):
            yield f"orders that nobody placed: {sorted(extra)}"

    def _parcels(self, session: Session) -> Iterator[str]:
        rows = session.execute(
            select(Order.number, Shipment.state, Shipment.asked_at, Shipment.next_poll_at)
            .join(Order, Order.id == Shipment.order_id)
            .where(Order.number.in_(self.truth.parcels))
        ).all()
        unknown = self.truth.parcels.keys() - {row[0] for row in rows}
        yield from (f"the parcel of {order} is unknown" for order in sorted(unknown))
        for order, state, asked_at, next_at in rows:
            if asked_at is None or state not in self._states(order, asked_at):
                yield f"the parcel of {order} is {state}, asked at {asked_at}"
            elif next_at is None and state not in FINAL_PARCEL_STATES:
                yield f"the parcel of {order} is {state} and asked for no more"

    def _states(self, order: str, asked_at: datetime) -> set[Any]:
        """The states in which a parcel was around the moment of an answer."""
        life = self.truth.parcels[order]
        ends = [since for since, _ in life[1:]] + [datetime.max.replace(tzinfo=UTC)]
        return {
            state
            for (since, state), end in zip(life, ends, strict=True)
            if since <= asked_at and end >= asked_at - _WRITING
        }

    def _alerts(self, session: Session) -> Iterator[str]:
        keys = [key for key, _ in self.truth.alerts]
        told = session.execute(
            select(Alert.key, Mail.message_id)
            .join(AlertNotice, AlertNotice.alert_id == Alert.id)
            .join(Mail, Mail.id == AlertNotice.mail_id)
            .where(Alert.key.in_(keys), Mail.kind == MailKind.ALERT)
        ).all()
        letters: defaultdict[str, set[str]] = defaultdict(set)
        for key, message_id in told:
            letters[key].add(message_id)
        arrived = {mail["Message-ID"]: _text(mail) for mail in self._kind("alert")}
        opened = set(session.scalars(select(Alert.key).where(Alert.key.in_(keys))))
        for key, order in sorted(self.truth.alerts):
            if key not in opened:
                yield f"{key} is not opened"
            elif not any(order in arrived.get(one, "") for one in letters[key]):
                yield f"{key} is not told"

    def _copies(self, session: Session) -> Iterator[str]:
        """Everybody gets copies here: each new order owes one, unless a human has to decide."""
        excused = {*self.undecided_copies(session), *_copies_that_rest(session)}
        for number, count in self.copies().items():
            if not count and number not in excused:
                yield f"the copy for {number} has not arrived"

    def copies(self) -> dict[str, int]:
        """How many copies of each new order's invoice have arrived."""
        subjects = [str(mail["Subject"]) for mail in self._kind("invoice-copy")]
        return {n: sum(n in subject for subject in subjects) for n in self.truth.orders}

    def undecided_copies(self, session: Session) -> list[str]:
        """The orders whose copies wait for a human, as they must."""
        return list(
            session.scalars(
                select(Order.number)
                .join(Invoice, Invoice.order_id == Order.id)
                .join(Mail, Mail.invoice_id == Invoice.id)
                .where(Mail.state == MailState.PARKED)
            )
        )

    def _outbox(self, session: Session) -> Iterator[str]:
        ids = {mail["Message-ID"] for mail in self.mails}
        resting = _copies_that_rest(session).values()
        for mail_id, kind, state, message_id in session.execute(
            select(Mail.id, Mail.kind, Mail.state, Mail.message_id)
        ):
            if mail_id in resting:
                continue
            if state in (MailState.QUEUED, MailState.SENDING):
                yield f"mail {mail_id} ({kind}) is {state}"
            elif state is MailState.SENT and message_id not in ids:
                yield f"mail {mail_id} ({kind}) is sent and has not arrived"

    def _kind(self, kind: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["X-Orderwatch-Kind"] == kind]


def _copies_that_rest(session: Session) -> dict[str, int]:
    """The mails by order that wait for a working day: customers are mailed on no other."""
    now = datetime.now(UTC)
    if not Workdays(None).is_day_of_rest(local_date(now)):
        return {}
    held = (
        select(Order.number, Mail.id)
        .join(Invoice, Invoice.order_id == Order.id)
        .join(Mail, Mail.invoice_id == Invoice.id)
        .where(Mail.state == MailState.QUEUED, Mail.next_attempt_at > now + _FAR)
    )
    return dict(session.execute(held).tuples().all())


def _work(session: Session) -> Iterator[str]:
    """Work that is due or claimed, whoever should do it."""
    now = datetime.now(UTC)
    for queue in QUEUES:
        name, rows = queue.model.__tablename__, queue.model
        held = select(func.count()).select_from(rows).where(rows.claim_token.is_not(None))
        # Regular work is due and claimed again and again; it is late only when nobody does it.
        if rows is not Slot and (claimed := session.scalar(held)):
            yield f"{claimed} {name} are claimed"
        if queue.is_due(session, now - timedelta(seconds=10)):
            yield f"{name} are overdue"
    if session.scalar(select(func.count()).where(Source.summary_due_at.is_not(None))):
        yield "the first-sync summary is owed"


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
