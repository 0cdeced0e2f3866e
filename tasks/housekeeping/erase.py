"""Erasure of one person: no query finds her any more, and the next sync does not bring her back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table, Text, delete, select, update
from sqlalchemy.orm import Session

from models import stop_list
from models.alert import Alert
from models.base import Base
from models.customer import Customer
from models.dependents import delete_with_dependents
from models.domain.values import MailState
from models.ledger import LedgerEntry
from models.mail import Mail
from models.order import Order
from tasks.housekeeping.export import mails_of, person_of
from tasks.housekeeping.person import ERASED, Person
from tasks.run import Counts

_WAITING = (MailState.QUEUED, MailState.SENDING)


def erase(session: Session, customer: Customer, now: datetime) -> Counts:
    """Erase her in the caller's transaction. Returns what was removed or emptied, by table."""
    person = person_of(session, customer)
    orders = select(Order.number).where(Order.customer_id == customer.id)
    session.execute(delete(LedgerEntry).where(LedgerEntry.order_number.in_(orders)))
    counts = Counts(mails=_empty_mails(session, person))
    counts += _forget_as_upline(session, person)
    stop_list.add(session, customer.member_id, customer.name, now)
    row_id = customer.id
    session.expunge(customer)
    table = Base.metadata.tables[Customer.__tablename__]
    counts.update(delete_with_dependents(session, table, [row_id]))
    counts["texts"] = _hide_in_texts(session, person)
    return +counts


def _empty_mails(session: Session, person: Person) -> int:
    """Mails to her or about her lose their content; one that waits and is about others goes on."""
    rows = mails_of(session, person)
    for row in rows:
        rest = _without_her(row, person)
        emptied: dict[str, Any] = {"facts": rest, "subject": None, "error": None}
        if rest == {} and row.state in _WAITING:
            emptied |= {"state": MailState.CANCELLED, "next_attempt_at": None, "claim_token": None}
        if person.is_in(row.recipient):
            emptied["recipient"] = ERASED
        if person.is_in(row.dedupe_key):
            emptied["dedupe_key"] = f"erased:{row.id}"
        session.execute(update(Mail).where(Mail.id == row.id).values(emptied))
    return len(rows)


def _without_her(row: Any, person: Person) -> dict[str, Any]:
    """The facts that stay: the findings about others in a mail that has not left yet."""
    findings = row.facts.get("findings") if row.state in _WAITING else None
    if not isinstance(findings, list):
        return {}
    rest = [finding for finding in findings if not person.is_in(finding)]
    kept = row.facts | {"findings": rest}
    return kept if rest and not person.is_in(kept) else {}


def _forget_as_upline(session: Session, person: Person) -> Counts:
    """Her name on the cards of those whom she enrolled or sponsors."""
    counts = Counts()
    for column in (Customer.enroller, Customer.sponsor):
        named = session.execute(
            select(Customer.id, column).where(column.is_not(None), Customer.is_owner.is_(False))
        )
        ids = [row[0] for row in named if person.is_in(row[1])]
        for row_id in ids:
            session.execute(
                update(Customer).where(Customer.id == row_id).values({column.key: None})
            )
        counts["cards_of_others"] += len(ids)
    return counts


def _hide_in_texts(session: Session, person: Person) -> int:
    """Reasons, errors and samples that name her, in whatever table they stand."""
    changed = 0
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.c if _is_free_text(table, column)]
        for row in session.execute(select(*table.primary_key, *columns)) if columns else ():
            found = row._mapping
            values = {
                column.name: person.hidden_in(found[column])
                for column in columns
                if found[column] and person.is_in(found[column])
            }
            if values:
                key = (c == found[c] for c in table.primary_key)
                session.execute(update(table).where(*key).values(values))
                changed += 1
    return changed + _hide_in_details(session, person)


def _is_free_text(table: Table, column: Any) -> bool:
    """A text that people or partners wrote. Keys and states are left alone."""
    if column.primary_key or column.unique:
        return False
    return isinstance(column.type, Text) or column.name in ("reason", "text", "dismissed_reason")


def _hide_in_details(session: Session, person: Person) -> int:
    alerts = session.execute(select(Alert.id, Alert.details)).all()
    ids = [row.id for row in alerts if person.is_in(row.details)]
    for alert_id in ids:
        session.execute(
            update(Alert).where(Alert.id == alert_id).values(details={"detail": ERASED})
        )
    return len(ids)
