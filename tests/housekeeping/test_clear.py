"""What is forgotten, and what is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from models.domain.values import MailKind, MailState, ParcelState, RunState
from models.job import JobRun
from models.mail import Mail
from models.order import Invoice
from models.session import Database
from models.shipment import Shipment, ShipmentEvent
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
