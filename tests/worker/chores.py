"""All jobs on a database, and customers about whom each of them has something to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from email.message import EmailMessage
from itertools import count
from typing import Any

from sqlalchemy import event

from config.settings import load
from models.alert import Alert
from models.case_store import open_case
from models.customer import CustomerVolume
from models.domain.months import PvMonth
from models.domain.values import (
    AlertState,
    CarrierName,
    MailKind,
    MailState,
    ParcelState,
    Severity,
)
from models.mail import Mail
from models.order import Order, OrderLineRow
from models.order_change import OrderChange
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from models.sources import record_success
from tasks.run import Run
from tests.mail.samples import FACTS
from tests.models.rows import add_customer, add_invoice, add_order
from tests.services.clock import START, FakeClock
from worker.bootstrap import House
from worker.job_table import make_jobs

OLD = START - timedelta(days=900)


class Postbox:
    """A mail server that takes everything."""

    @contextmanager
    def session(self) -> Iterator[Postbox]:
        """One connection."""
        yield self

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Take it."""


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The statements that reach the database."""
    seen: list[str] = []

    def note(*words: Any) -> None:
        seen.append(words[2])

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


class Chores:
    """All jobs on a database, and customers about whom each of them has something to do."""

    def __init__(self, url: str, clock: FakeClock) -> None:
        told = {
            "DATABASE_URL": url, "CONSULTANT__EMAIL": "sabine@example.org", "QUIET_HOURS": "off",
            "SMTP__HOST": "localhost", "SMTP__FROM": "sabine@example.org",
            "ALERTS__MAILS_PER_HOUR": "1000",
        }  # fmt: skip
        self.house = House(load({f"ORDERWATCH_{k}": v for k, v in told.items()}, None), clock)
        self.db, self.numbers = self.house.db, count(370_000_001)
        self.house.__dict__["mailer"] = Postbox()
        self.jobs = make_jobs(self.house)
        with self.db.write() as session:
            record_success(session, "import", START)

    def add(self, people: int) -> None:
        """So many customers, each with orders, a parcel, an alert, a case, mails."""
        with self.db.write() as session:
            for number in (next(self.numbers) for _ in range(people)):
                self._add(session, number)

    def _add(self, session: Any, number: int) -> None:
        customer = add_customer(
            session, START - timedelta(days=60), member_id=f"{number}", baseline=False,
            next_review_at=START,
        )  # fmt: skip
        known = {"lines_known": True, "total": Decimal(80)}
        wrong = add_order(session, customer, START, number=f"{number}", source="IO", **known)
        add_order(
            session, customer, OLD, number=f"1{number}", source="AS", historic=True,
            order_date=date(2026, 9, 5), pv_month=PvMonth(2026, 9),
        )  # fmt: skip
        old = add_order(session, customer, OLD, number=f"2{number}", historic=True)
        add_invoice(session, wrong, START)
        open_case(session, wrong, START - timedelta(days=6))
        lines = [{"position": n, "item": f"{n}", "quantity": 1} for n in (1, 2)]
        session.add_all(
            [
                *(OrderLineRow(order_id=order.id, **x) for order in (wrong, old) for x in lines),
                OrderChange(order_id=old.id, field="pv", before="1", after="2", at=OLD),
                CustomerVolume(customer_id=customer.id, month=PvMonth(2023, 1), pv=Decimal(1)),
                _alert(f"unpaid:{number}", wrong, AlertState.OPEN),
                _alert(f"old:{number}", old, AlertState.RESOLVED),
                _parcel(wrong, f"99{number}", ParcelState.IN_TRANSIT),
            ]
        )
        arrived = _parcel(old, f"98{number}", ParcelState.DELIVERED)
        session.add(arrived)
        session.flush()
        scan = {"code": "X", "state": ParcelState.DELIVERED, "text": ""}
        session.add(ShipmentEvent(shipment_id=arrived.id, at=OLD, **scan))
        session.add(_mail(f"new:{number}", MailState.QUEUED))
        session.add(_mail(f"old:{number}", MailState.SENT))

    def statements(self, job: str) -> list[str]:
        """What one run of the job asks the database."""
        with counted(self.db) as seen:
            self.jobs[job].work(Run())
        return seen


def _alert(key: str, order: Order, state: AlertState) -> Alert:
    due = START if state is AlertState.OPEN else None
    return Alert(
        key=key, rule="unpaid", severity=Severity.MEDIUM, state=state, fingerprint="",
        customer_id=order.customer_id, order_id=order.id, month=order.pv_month, opened_at=OLD,
        next_notice_at=due,
    )  # fmt: skip


def _parcel(order: Order, number: str, state: ParcelState) -> Shipment:
    due = START if state is ParcelState.IN_TRANSIT else None
    return Shipment(
        order_id=order.id, number=number, carrier=CarrierName.DPD, state=state, last_event_at=OLD,
        first_seen_at=OLD, asked_at=OLD, next_poll_at=due,
    )  # fmt: skip


def _mail(key: str, state: MailState) -> Mail:
    due = START if state is MailState.QUEUED else None
    return Mail(
        kind=MailKind.ALERT, recipient="sabine@example.org", language="de", dedupe_key=key,
        facts=FACTS[MailKind.ALERT], message_id=f"<{key}@example.org>", state=state,
        created_at=OLD, next_attempt_at=due,
    )  # fmt: skip
