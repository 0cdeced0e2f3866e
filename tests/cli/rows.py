"""A few rows to look at: a database that holds what a test says, seen on 22 October 2026."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select

from models.alert import Alert
from models.customer import Customer, CustomerVolume
from models.domain.months import PvMonth
from models.domain.names import name_key
from models.domain.values import AlertState, CarrierName, MailKind, MailState, Severity
from models.mail import Mail
from models.order import Order
from models.session import Database
from models.shipment import Shipment

#: A Thursday, 12:00 in Germany.
NOW = datetime(2026, 10, 22, 10, tzinfo=UTC)
EARLIER = datetime(2026, 10, 20, 8, tzinfo=UTC)

Row = TypeVar("Row", Customer, Order, Shipment, Alert, Mail)


class Rows:
    """Inserts rows with bearable defaults; `read` looks at them again."""

    def __init__(self, url: str) -> None:
        self.db = Database(url)

    def _add(self, row: Row) -> Row:
        with self.db.write() as session:
            session.expire_on_commit = False
            session.add(row)
        return row

    def customer(
        self, member_id: str | None = "8120345", name: str = "Anna Müller", **facts: Any
    ) -> Customer:
        """A customer who was reviewed before."""
        known = {"name_key": name_key(name), "first_seen_at": EARLIER, "baseline": False}
        return self._add(Customer(**(known | facts | {"member_id": member_id, "name": name})))

    def order(
        self, customer: Customer, number: str, day: str = "2026-10-20", **facts: Any
    ) -> Order:
        """A paid IO of 57 PV that has not been shipped."""
        placed = date.fromisoformat(day)
        known = {
            "order_date": placed, "pv_month": PvMonth.of(placed), "source": "IO",
            "pv": Decimal("57.00"), "total": Decimal("87.50"), "row_hash": "x",
            "first_seen_at": EARLIER, "changed_at": EARLIER,
        }  # fmt: skip
        return self._add(Order(**(known | facts), number=number, customer_id=customer.id))

    def parcel(self, order: Order, number: str = "99000000000011", **facts: Any) -> Shipment:
        """A Hermes parcel that Hermes does not know yet."""
        known: dict[str, Any] = {"carrier": CarrierName.HERMES, "first_seen_at": EARLIER}
        return self._add(Shipment(**(known | facts), order_id=order.id, number=number))

    def alert(self, rule: str, customer: Customer | None = None, **facts: Any) -> Alert:
        """An open alert that was mailed once and is due for a reminder."""
        known = {
            "key": f"{rule}:{facts.get('order_id')}:{facts.get('month')}",
            "severity": Severity.HIGH, "state": AlertState.OPEN, "stage": 1, "fingerprint": "x",
            "customer_id": customer.id if customer else None, "opened_at": EARLIER,
            "next_notice_at": NOW,
        }  # fmt: skip
        return self._add(Alert(**(known | facts), rule=rule))

    def mail(self, kind: MailKind = MailKind.TEST, **facts: Any) -> Mail:
        """A queued mail that is due."""
        key = str(facts.pop("key", "1"))
        known = {
            "recipient": "sabine@example.org", "language": "de", "facts": {},
            "state": MailState.QUEUED, "dedupe_key": key, "message_id": f"<{key}@example.org>",
            "created_at": EARLIER, "next_attempt_at": EARLIER,
        }  # fmt: skip
        return self._add(Mail(**(known | facts), kind=kind))

    def volume(self, customer: Customer, month: str, pv: str) -> None:
        """What the customer's card shows of a month."""
        row = CustomerVolume(customer_id=customer.id, month=PvMonth.parse(month), pv=Decimal(pv))
        with self.db.write() as session:
            session.add(row)

    def read(self, row: Row) -> Row:
        """The row as it is stored now."""
        model = type(row)
        with self.db.read() as session:
            return session.scalars(select(model).where(model.id == row.id)).one()


Cli = Callable[..., "Said"]


class Said:
    """What a command printed, and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        import json

        assert self.code == 0, self.err
        return json.loads(self.out)

    def refused(self, code: int) -> str:
        """The one line of a command that did not work."""
        assert (self.code, self.out) == (code, "")
        (line,) = self.err.splitlines()
        return line
