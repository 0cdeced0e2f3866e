"""What is forgotten, and what is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from models.alert import Alert
from models.customer import CustomerVolume
from models.domain.months import PvMonth
from models.domain.values import (
    AlertState,
    MailKind,
    MailState,
    ParcelState,
    RunState,
    Severity,
)
from models.job import JobRun, Slot
from models.ledger import LedgerEntry
from models.mail import Mail
from models.order import Invoice, Order, OrderLineRow
from models.page import keep_sample
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from tasks.housekeeping import clear, details
from tasks.housekeeping.clear import clear_up
from tasks.housekeeping.limits import Limits
from tasks.run import Run
from tests.models.rows import add_customer, add_invoice, add_order
from tests.services.clock import FakeClock

NOW = datetime(2026, 10, 19, 1, 15, tzinfo=UTC)
LIMITS = Limits(timedelta(days=30), timedelta(days=90), timedelta(days=30))


def add_run(db: Database, started: datetime, state: RunState) -> int:
    """A run of a job."""
    with db.write() as session:
        alive = started + timedelta(minutes=2)
        run = JobRun(job="sync-orders", state=state, started_at=started, alive_until=alive)
        session.add(run)
        session.flush()
        return run.id


def test_a_run_whose_process_died_is_called_abandoned(db: Database) -> None:
    """The history does not say `running` for ever; one that is alive stays running."""
    dead = add_run(db, NOW - timedelta(hours=1), RunState.RUNNING)
    alive = add_run(db, NOW - timedelta(minutes=1), RunState.RUNNING)
    clear_up(db, FakeClock(NOW), LIMITS, Run())
    with db.read() as session:
        assert session.get_one(JobRun, dead).state is RunState.ABANDONED
        assert session.get_one(JobRun, alive).state is RunState.RUNNING


def test_old_history_goes_and_new_history_stays(db: Database) -> None:
    """Thirty days of runs are kept, not one more."""
    add_run(db, NOW - timedelta(days=31), RunState.DONE)
    kept = add_run(db, NOW - timedelta(days=29), RunState.DONE)
    counts = clear_up(db, FakeClock(NOW), LIMITS, Run())
    with db.read() as session:
        assert session.scalars(select(JobRun.id)).all() == [kept]
    assert counts["history_cleared"] == 1


def add_parcel(db: Database, number: str, last: datetime, **facts: Any) -> None:
    """A parcel with one scan, delivered unless told; all that its carrier told is there."""
    delivered = {"state": ParcelState.DELIVERED, "last_event_at": last, "state_since": last}
    told = {
        "text": "Zugestellt.", "expected_from": last, "expected_to": last,
        "pickup_point": {"name": "Kiosk", "street": "", "zip": "", "city": ""},
        "windows": [{"from": "x"}],
    }  # fmt: skip
    with db.write() as session:
        customer = add_customer(session, NOW, member_id=number)
        order = add_order(session, customer, NOW, number=number)
        known = {"first_seen_at": last} | told | delivered | facts
        parcel = Shipment(order_id=order.id, number=number, **known)
        session.add(parcel)
        session.flush()
        scan = {"code": "DELIVERED", "state": ParcelState.DELIVERED, "text": "Zugestellt."}
        session.add(ShipmentEvent(shipment_id=parcel.id, at=last, **scan))
        session.add(
            Alert(
                key=number, rule="pickup-expiring", shipment_id=parcel.id, opened_at=last,
                severity=Severity.MEDIUM, state=AlertState.RESOLVED, fingerprint="",
                details={"pickup_name": "Kiosk", "since": "2026-07-01"},
            )
        )  # fmt: skip


OLD, YOUNG = NOW - timedelta(days=91), NOW - timedelta(days=89)


def test_what_tracking_told_is_kept_for_ninety_days(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a parcel was is nobody's business for longer; that it was delivered, and when, stays.
    So with one that was given up; one that is asked for keeps everything."""
    monkeypatch.setattr(details, "MOST_AT_ONCE", 2)
    never = {"state": None, "last_event_at": None, "state_since": None}
    add_parcel(db, "delivered", OLD)
    add_parcel(db, "refused", OLD, number_refused=True, **never)
    add_parcel(db, "lost", OLD, state=ParcelState.IN_TRANSIT)
    add_parcel(db, "young", YOUNG)
    add_parcel(db, "given up", OLD, asked_at=YOUNG, **never)
    add_parcel(db, "asked", OLD, state=ParcelState.IN_TRANSIT, next_poll_at=NOW)
    counts = clear_up(db, FakeClock(NOW), LIMITS, Run())
    assert (counts["events_cleared"], counts["parcels_cleared"]) == (3, 3)
    assert clear_up(db, FakeClock(NOW), LIMITS, Run())["parcels_cleared"] == 0
    kept = {"young", "given up", "asked"}
    with db.read() as session:
        parcels = {parcel.number: parcel for parcel in session.scalars(select(Shipment))}
        alerts = {alert.key: alert.details for alert in session.scalars(select(Alert))}
        assert len(session.scalars(select(ShipmentEvent.at)).all()) == len(kept)
    for number, parcel in parcels.items():
        told = (
            parcel.text, parcel.expected_from, parcel.expected_to, parcel.windows,
            parcel.pickup_point, alerts[number]["pickup_name"],
        )  # fmt: skip
        assert all(told) if number in kept else not any(told), number
        assert alerts[number]["since"] == "2026-07-01"
    assert (parcels["delivered"].state, parcels["delivered"].last_event_at) == (
        ParcelState.DELIVERED, OLD
    )  # fmt: skip


def test_an_invoice_is_forgotten_after_thirty_days(db: Database) -> None:
    """The PDF goes, mailed or only imported, the record of the copy stays; one that still waits
    for its mail or for a human is needed."""
    long_ago, lately = NOW - timedelta(days=31), NOW - timedelta(days=29)
    stories: dict[str, tuple[dict[str, Any], MailState | None, datetime | None]] = {
        "mailed": ({}, MailState.SENT, long_ago),
        "mailed lately": ({}, MailState.SENT, lately),
        "imported": ({"state": "skipped"}, None, None),
        "imported lately": ({"state": "skipped", "fetched_at": lately}, None, None),
        "cancelled": ({}, MailState.CANCELLED, None),
        "undecided": ({}, MailState.PARKED, None),
        "due": ({"state": "due"}, None, None),
        "parked": ({"parked_at": lately}, None, None),
    }
    with db.write() as session:
        anna = add_customer(session, NOW)
        for number, (facts, state, sent) in stories.items():
            order = add_order(session, anna, NOW, number=number)
            stored = {"pdf": b"%PDF-1", "fetched_at": long_ago, "state": "queued"} | facts
            due = NOW if facts.get("state") == "due" else None
            invoice = add_invoice(session, order, due, **stored)
            if state is not None:
                session.add(
                    Mail(
                        kind=MailKind.INVOICE_COPY, recipient="a@example.org", language="de",
                        facts={}, dedupe_key=number, message_id=number, invoice_id=invoice.id,
                        state=state, created_at=long_ago, sent_at=sent,
                    )
                )  # fmt: skip
    assert clear_up(db, FakeClock(NOW), LIMITS, Run())["invoices_cleared"] == 3
    rows = select(Order.number, Invoice.pdf.is_(None), Invoice.state).join(
        Invoice, Invoice.order_id == Order.id
    )
    with db.read() as session:
        found = {number: (gone, state) for number, gone, state in session.execute(rows)}
    assert {n for n, (gone, _) in found.items() if gone} == {"mailed", "imported", "cancelled"}
    assert (found["mailed"][1], found["imported"][1]) == ("queued", "skipped")


def test_orders_of_long_ago_go_with_all_that_hangs_on_them(db: Database) -> None:
    """After two years nothing of an order is left; a younger one keeps everything."""
    with db.write() as session:
        anna = add_customer(session, NOW)
        for number, month in (("1", "2024-09"), ("2", "2024-10")):
            order = add_order(session, anna, NOW, number=number, pv_month=PvMonth.parse(month))
            add_invoice(session, order, None, state="skipped")
            session.add(OrderLineRow(order_id=order.id, position=1, item="1", quantity=1))
            session.add(Shipment(order_id=order.id, number=number, first_seen_at=NOW))
            volume = {"month": PvMonth.parse(month), "pv": order.pv}
            session.add(CustomerVolume(customer_id=anna.id, **volume))
        for number in ("1", "2", "3"):
            entry = {"kind": "Credit", "entry_date": NOW.date(), "amount": order.pv}
            session.add(
                LedgerEntry(row_hash=number, order_number=number, first_seen_at=NOW, **entry)
            )
    counts = clear_up(db, FakeClock(NOW), LIMITS, Run())
    assert (counts["orders_forgotten"], counts["months_forgotten"]) == (1, 1)
    assert counts["ledger_forgotten"] == 1
    with db.read() as session:
        assert session.scalars(select(Order.number)).all() == ["2"]
        for table in (OrderLineRow, Shipment, Invoice, CustomerVolume, LedgerEntry):
            assert session.scalar(select(func.count()).select_from(table)) == 1


def test_more_than_a_portion_goes_at_once(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lowers the limit after years does not wait for as many nights."""
    monkeypatch.setattr(clear, "MOST_AT_ONCE", 2)
    monkeypatch.setattr(clear, "ORDERS_AT_ONCE", 2)
    old = NOW - timedelta(days=31)
    with db.write() as session:
        anna = add_customer(session, NOW)
        for n in range(5):
            add_order(session, anna, NOW, number=str(n), pv_month=PvMonth(2020, 1))
            month = PvMonth(2020, 1).plus(n)
            session.add(CustomerVolume(customer_id=anna.id, month=month, pv=Decimal(1)))
            session.add(Slot(job="sync-orders", due_at=old + timedelta(n), finished_at=old))
    counts = clear_up(db, FakeClock(NOW), LIMITS, Run())
    assert (counts["orders_forgotten"], counts["months_forgotten"]) == (5, 5)
    assert counts["history_cleared"] == 5


def test_what_a_mail_said_is_forgotten_and_not_that_it_was_sent(db: Database) -> None:
    """Ninety days after it was sent or cancelled its content goes; one that waits keeps it."""
    with db.write() as session:
        for key, days, state in (
            ("old", 91, MailState.SENT),
            ("new", 89, MailState.SENT),
            ("waiting", 91, MailState.PARKED),
            ("cancelled", 91, MailState.CANCELLED),
        ):
            session.add(
                Mail(
                    kind=MailKind.DIGEST, recipient="a@example.org", language="de",
                    facts={"x": key}, dedupe_key=key, message_id=key, state=state,
                    subject=None if state is MailState.CANCELLED else key,
                    created_at=NOW - timedelta(days=days),
                )
            )  # fmt: skip
        keep_sample(session, "backoffice", "card", "no table", "text", NOW - timedelta(days=31))
    counts = clear_up(db, FakeClock(NOW), LIMITS, Run())
    assert (counts["mails_emptied"], counts["samples_cleared"]) == (2, 1)
    assert clear_up(db, FakeClock(NOW), LIMITS, Run())["mails_emptied"] == 0
    with db.read() as session:
        facts = {m.dedupe_key: (m.facts, m.state) for m in session.scalars(select(Mail))}
    assert facts["old"] == ({}, MailState.SENT)
    assert facts["cancelled"] == ({}, MailState.CANCELLED)
    assert facts["new"][0] == {"x": "new"}
    assert facts["waiting"][0] == {"x": "waiting"}
