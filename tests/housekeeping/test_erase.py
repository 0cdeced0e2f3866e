"""One person's data: all of it is found, and none of it is left."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from models import stop_list
from models.alert import Alert
from models.base import Base
from models.customer import Customer, CustomerVolume
from models.domain.months import PvMonth
from models.domain.names import name_key
from models.domain.values import AlertState, MailKind, MailState, RunState, Severity
from models.job import JobRun
from models.ledger import LedgerEntry
from models.mail import Mail
from models.page import keep_sample
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from models.stop_list import StopMark
from tasks.housekeeping.erase import erase
from tasks.housekeeping.export import export
from tasks.housekeeping.person import Person
from tasks.housekeeping.restore import stay_erased
from tests.models.rows import add_customer, add_invoice, add_order

NOW = datetime(2026, 10, 19, 9, tzinfo=UTC)

ANNA = "8120345"
#: Everything by which she could be found.
TRACES = (
    ANNA, "O'Neill", "anna@example.org", "+49 170 5550", "370000001", "99000000000011", "DE-77",
)  # fmt: skip


def mail(key: str, kind: MailKind, facts: dict[str, object], **more: object) -> Mail:
    """A mail of the outbox."""
    known = {"recipient": "berg@example.org", "state": MailState.SENT, "subject": "x"} | more
    return Mail(
        kind=kind, facts=facts, dedupe_key=key, message_id=f"<{hash(key)}>", language="de",
        created_at=NOW, **known,
    )  # fmt: skip


def finding(member_id: str, name: str, order: str) -> dict[str, object]:
    """A finding as a mail's facts hold it."""
    return {"customer_id": member_id, "customer_name": name, "order": order}


@pytest.fixture
def house(db: Database) -> Database:
    """Anna with everything that can be known of her, and Bea beside her."""
    with db.write() as session:
        anna = add_customer(
            session, NOW, member_id=ANNA, name="Anna O'Neill <script>", email="anna@example.org",
            name_key=name_key("Anna O'Neill <script>"), phone="+49 170 5550",
        )  # fmt: skip
        bea = add_customer(
            session, NOW, member_id="8120346", name="Bea", name_key="bea",
            enroller="Anna O'Neill <script>", sponsor="Carla",
        )  # fmt: skip
        order = add_order(session, anna, NOW, number="370000001", invoice_number="DE-77")
        add_order(session, bea, NOW, number="370000002")
        invoice = add_invoice(session, order, None, pdf=b"%PDF-1", state="queued")
        parcel = Shipment(order_id=order.id, number="99000000000011", first_seen_at=NOW)
        session.add(parcel)
        session.flush()
        scan = {"code": "X", "state": "in_transit", "text": "Unterwegs."}
        session.add(ShipmentEvent(shipment_id=parcel.id, at=NOW, **scan))
        session.add(CustomerVolume(customer_id=anna.id, month=PvMonth(2026, 10), pv=order.pv))
        alert = {"severity": Severity.HIGH, "state": AlertState.OPEN, "fingerprint": ""}
        session.add(
            Alert(key="unpaid:370000001", rule="unpaid", customer_id=anna.id, order_id=order.id,
                  opened_at=NOW, **alert)
        )  # fmt: skip
        session.add(
            Alert(key="job-parked:mails", rule="job-parked", opened_at=NOW,
                  details={"detail": "mail 3 to anna@example.org was parked"}, **alert)
        )  # fmt: skip
        run = {"started_at": NOW, "alive_until": NOW, "state": RunState.FAILED}
        session.add(JobRun(job="poll", error="parcel 99000000000011: no answer", **run))
        entry = {"kind": "Credit", "entry_date": NOW.date(), "amount": order.pv}
        session.add(LedgerEntry(row_hash="x", order_number="370000001", first_seen_at=NOW, **entry))
        keep_sample(session, "backoffice", "card", "no table", f"<td>{ANNA}</td>", NOW)
        session.add_all(_mails(invoice.id))
    return db


def _mails(invoice_id: int) -> list[Mail]:
    hers = finding(ANNA, "Anna O'Neill <script>", "370000001")
    beas = finding("8120346", "Bea", "370000002")
    waiting = {"state": MailState.QUEUED, "next_attempt_at": NOW}
    return [
        mail("invoice-copy:370000001", MailKind.INVOICE_COPY, hers, invoice_id=invoice_id,
             recipient="anna@example.org", **waiting),
        mail("alert:unpaid:370000001:1.1", MailKind.ALERT, {"findings": [hers, beas]}),
        mail("alert:both", MailKind.ALERT, {"findings": [hers, beas]}, **waiting),
        mail("alert:bea", MailKind.ALERT, {"findings": [beas]}, **waiting),
    ]  # fmt: skip


def customer(db: Database, member_id: str = ANNA) -> Customer | None:
    """The row."""
    with db.read() as session:
        return session.scalar(select(Customer).where(Customer.member_id == member_id))


def everything(db: Database) -> str:
    """Every value of every row as text."""
    with db.read() as session:
        return "\n".join(
            repr(list(session.execute(select(table)))) for table in Base.metadata.sorted_tables
        )


def erase_anna(db: Database) -> dict[str, int]:
    """As the command does."""
    with db.write() as session:
        anna = session.scalars(select(Customer).where(Customer.member_id == ANNA)).one()
        return dict(erase(session, anna, NOW))


def test_nothing_of_her_is_left(house: Database) -> None:
    """No row, text or fact names her any more; she is on the stop-list."""
    assert all(trace in everything(house) for trace in TRACES)
    counts = erase_anna(house)
    left = everything(house)
    assert [trace for trace in TRACES if trace in left] == []
    assert counts["orders"] == counts["customers"] == counts["shipment_events"] == 1
    with house.read() as session:
        assert stop_list.load(session).holds(ANNA)


def test_she_stays_erased_whatever_database_the_backup_is_of(house: Database) -> None:
    """A list that began elsewhere has another salt; whoever is on either stays away."""
    with house.write() as session:
        stop_list.add(session, ANNA, None, NOW)
        here = list(session.scalars(select(StopMark)))
        session.execute(delete(StopMark))
        stop_list.add(session, "8120999", None, NOW)
    with house.write() as session:
        assert stay_erased(session, here, NOW) == 1
    assert customer(house) is None
    assert customer(house, "8120346") is not None
    with house.read() as session:
        stopped = stop_list.load(session)
    assert stopped.holds(ANNA)
    assert stopped.holds("8120999")
    assert not stopped.holds("8120346")


def test_others_keep_what_is_theirs(house: Database) -> None:
    """Bea's order, her mail and her part of a mail about both go on."""
    erase_anna(house)
    bea = customer(house, "8120346")
    assert bea is not None
    assert (bea.enroller, bea.sponsor) == (None, "Carla")
    with house.read() as session:
        mails = {m.dedupe_key: m for m in session.scalars(select(Mail))}
    assert mails["alert:bea"].state is MailState.QUEUED
    both = mails["alert:both"]
    assert (both.state, both.subject) == (MailState.QUEUED, None)
    assert [one["customer_id"] for one in both.facts["findings"]] == ["8120346"]
    states = sorted(m.state.value for m in mails.values())
    assert states == ["cancelled", "queued", "queued", "sent"]


def test_erasing_twice_is_erasing_once(house: Database) -> None:
    """There is nobody left to erase."""
    erase_anna(house)
    assert customer(house) is None


def test_the_export_holds_everything(house: Database) -> None:
    """Her rows, parcels, scans, alerts, mails and the invoice itself; nothing of Bea's."""
    with house.read() as session:
        anna = session.scalars(select(Customer).where(Customer.member_id == ANNA)).one()
        document = export(session, anna, NOW)
    data = document["data"]
    assert base64.b64decode(data["invoices"][0]["pdf"]) == b"%PDF-1"
    tables = {"customers", "orders", "invoices", "shipments", "shipment_events", "alerts", "mails"}
    assert tables <= set(data)
    assert data["orders"][0]["pv"] == "25.00"
    assert data["shipment_events"][0]["at"] == "2026-10-19T09:00:00Z"
    assert len(data["mails"]) == 3
    assert [row["number"] for row in data["orders"]] == ["370000001"]
    assert "claim_token" not in str(document)


def test_a_namesake_is_somebody_else() -> None:
    """Facts about another customer of the same name are hers no more than her own are theirs."""
    anna = Person("1", "Anna Müller", frozenset({"1234567", "370000001"}))
    other = {"customer_id": "2", "customer_name": "Anna Müller", "order": "370000009"}
    assert not anna.is_in(other)
    assert anna.is_in(other | {"order": "370000001"})
    assert anna.is_in({"customer_name": "Anna Müller"})
    assert anna.is_in([{"text": "an anna müller, 12 Uhr"}])


@pytest.mark.parametrize("text", ["Annabell", "91234567", "12345678", "Anna-Lena Müllermann"])
def test_a_part_of_a_word_is_another_word(text: str) -> None:
    """A longer number or name is not hers."""
    assert not Person("1", "Anna", frozenset({"1234567"})).is_in(text.replace("Anna-", "Ann-"))


@given(st.text(max_size=40), st.text(min_size=1, max_size=10), st.text(max_size=40))
def test_what_was_hidden_is_not_found(before: str, name: str, after: str) -> None:
    """Whatever her name is made of, a text from which it was taken does not hold it."""
    person = Person(None, name)
    hidden = person.hidden_in(f"{before} {name} {after}")
    assert name in "***" or not person.is_in(hidden)
