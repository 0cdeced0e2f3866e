"""What is forgotten, and what is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from models.customer import CustomerVolume
from models.domain.months import PvMonth
from models.domain.values import MailKind, MailState, ParcelState, RunState
from models.job import JobRun
from models.ledger import LedgerEntry
from models.mail import Mail
from models.order import Invoice, Order, OrderLineRow
from models.page import keep_sample
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
from tasks.housekeeping import clear
from tasks.housekeeping.clear import Limits, clear_up
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


def add_parcel(db: Database, number: str, last: datetime) -> None:
    """A delivered parcel with one scan."""
    with db.write() as session:
        customer = add_customer(session, NOW, member_id=number)
        order = add_order(session, customer, NOW, number=number)
        parcel = Shipment(
            order_id=order.id, number=number, state=ParcelState.DELIVERED,
            last_event_at=last, first_seen_at=last,
        )  # fmt: skip
        session.add(parcel)
        session.flush()
        scan = {"code": "DELIVERED", "state": ParcelState.DELIVERED, "text": "Zugestellt."}
        session.add(ShipmentEvent(shipment_id=parcel.id, at=last, **scan))


def test_scans_are_kept_for_ninety_days_after_delivery(db: Database) -> None:
    """Where a parcel was is nobody's business for longer than it is needed."""
    add_parcel(db, "1", NOW - timedelta(days=91))
    add_parcel(db, "2", NOW - timedelta(days=89))
    clear_up(db, FakeClock(NOW), LIMITS, Run())
    with db.read() as session:
        left = session.scalars(select(ShipmentEvent.at)).all()
        assert left == [NOW - timedelta(days=89)]
        assert session.scalar(select(func.count()).select_from(Shipment)) == 2


def test_a_mailed_invoice_is_forgotten_after_thirty_days(db: Database) -> None:
    """The PDF goes, the record that a copy was sent stays."""
    with db.write() as session:
        order = add_order(session, add_customer(session, NOW), NOW)
        invoice = add_invoice(session, order, None, pdf=b"%PDF-1", state="queued")
        sent = NOW - timedelta(days=31)
        session.add(
            Mail(
                kind=MailKind.INVOICE_COPY, recipient="a@example.org", language="de", facts={},
                dedupe_key="k", message_id="<k@example.org>", invoice_id=invoice.id,
                state=MailState.SENT, created_at=sent, sent_at=sent,
            )
        )  # fmt: skip
    clear_up(db, FakeClock(NOW), LIMITS, Run())
    with db.read() as session:
        assert session.execute(select(Invoice.state, Invoice.pdf)).one() == ("queued", None)
        assert session.scalar(select(Mail.state)) is MailState.SENT


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
    with db.write() as session:
        anna = add_customer(session, NOW)
        for n in range(5):
            add_order(session, anna, NOW, number=str(n), pv_month=PvMonth(2020, 1))
    assert clear_up(db, FakeClock(NOW), LIMITS, Run())["orders_forgotten"] == 5


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
