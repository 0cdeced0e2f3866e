"""Everything that is known of one person, as one JSON document (GDPR, articles 15 and 20)."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from models.base import Base
from models.customer import Customer
from models.dependents import rows_of
from models.mail import Mail
from tasks.housekeeping.person import Person

#: How work is shared out among workers says nothing about a person.
_TECHNICAL = frozenset({"claim_token", "attempts", "row_hash", "facts_hash", "fingerprint"})


def person_of(session: Session, customer: Customer) -> Person:
    """By what she is recognised."""
    rows = rows_of(session, _table(Customer), [customer.id])
    numbers = {customer.member_id, customer.email, customer.email_told, customer.phone}
    numbers |= {row.number for name in ("orders", "shipments") for row in rows.get(name, [])}
    numbers |= {row.invoice_number for row in rows.get("orders", [])}
    known = frozenset(filter(None, numbers))
    return Person(customer.member_id, customer.name, known)


def export(session: Session, customer: Customer, now: datetime) -> dict[str, Any]:
    """Her rows by table, every mail to her or about her; invoices in base64."""
    person = person_of(session, customer)
    found = rows_of(session, _table(Customer), [customer.id])
    # A mail that goes along with her invoice is among them; others are found by what they say.
    found["mails"] = list(
        {mail.id: mail for mail in (*found.get("mails", []), *mails_of(session, person))}.values()
    )
    return {
        "customer": customer.member_id,
        "name": customer.name,
        "exported_at": _plain(now),
        "data": {name: [_row(row) for row in rows] for name, rows in sorted(found.items())},
    }


def mails_of(session: Session, person: Person) -> list[Any]:
    """The mails to her, and those whose facts speak of her."""
    table = _table(Mail)
    query = select(table).order_by(table.c.id).execution_options(yield_per=500)
    return [row for row in session.execute(query) if _is_about(row, person)]


def _is_about(row: Any, person: Person) -> bool:
    texts = (row.recipient, row.subject or "", row.dedupe_key, row.error or "")
    return person.is_in(row.facts) or any(person.is_in(text) for text in texts)


def _table(model: type[Base]) -> Table:
    return Base.metadata.tables[model.__tablename__]


def _row(row: Any) -> dict[str, Any]:
    return {
        name: _plain(value)
        for name, value in row._mapping.items()
        if name not in _TECHNICAL and value is not None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Enum):
        return value.value
    return value if isinstance(value, dict | list | int | None) else str(value)
