"""Rows to test with: the least that the schema wants, in the words of the domain."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from models.customer import Customer
from models.domain.months import PvMonth
from models.job import Slot
from models.order import Invoice, Order
from models.session import Database


def add_customer(session: Session, at: datetime, **columns: Any) -> Customer:
    """A customer who was first seen at `at`."""
    known = {"member_id": "4711001", "name": "Anna Beispiel", "name_key": "anna beispiel"}
    customer = Customer(**(known | {"first_seen_at": at} | columns))
    session.add(customer)
    session.flush()
    return customer


def add_order(session: Session, customer: Customer, at: datetime, **columns: Any) -> Order:
    """An order of hers, placed on the day of `at`."""
    known = {
        "number": "370000001",
        "order_date": at.date(),
        "pv_month": PvMonth.of(at.date()),
        "source": "WEB",
        "pv": Decimal("25.00"),
        "total": Decimal("39.90"),
        "invoice_number": "DE-1",
        "row_hash": "x",
        "first_seen_at": at,
        "changed_at": at,
    }
    order = Order(customer_id=customer.id, **(known | columns))
    session.add(order)
    session.flush()
    return order


def add_invoice(session: Session, order: Order, at: datetime | None, **columns: Any) -> Invoice:
    """Its invoice, whose copy is due at `at`."""
    invoice = Invoice(order_id=order.id, next_copy_at=at, **columns)
    session.add(invoice)
    session.flush()
    return invoice


def add_slots(db: Database, job: str, *due: datetime) -> list[int]:
    """Scheduled runs of `job`; gives their IDs."""
    with db.write() as session:
        slots = [Slot(job=job, due_at=at, next_run_at=at) for at in due]
        session.add_all(slots)
        session.flush()
        return [slot.id for slot in slots]


def get_slot(db: Database, slot_id: int) -> Slot:
    """A scheduled run as it is stored."""
    with db.read() as session:
        return session.get_one(Slot, slot_id)
