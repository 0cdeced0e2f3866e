"""A wrong order is stopped: from the alert over the parcel's way back to the digest."""

from __future__ import annotations

from sqlalchemy import select

from models.case import Case, CaseStepRow
from models.case_store import open_case
from models.domain.values import AlertState, CaseStep, Severity
from models.order import Order
from tests.journeys.watch import Watch


def test_a_stopped_parcel_is_followed_back(watch: Watch) -> None:
    """Opened from the alert; the parcel that goes back is no alarm then, and the digest has it."""
    watch.sync()
    order = watch.place(watch.loyal_without_order(), "IO")
    number = watch.ship(order, "stopped")
    watch.sync()
    with watch.house.db.write() as session:
        row = session.scalars(select(Order).where(Order.number == order.number)).one()
        open_case(session, row, watch.clock.now())
    watch.work()
    (alert,) = [a for a in watch.alerts("wrong-order-type") if order.number in a.key]
    assert alert.state is AlertState.ACKED
    watch.pass_days(7, 12)
    with watch.house.db.read() as session:
        steps = {row.step: row.by for row in session.scalars(select(CaseStepRow))}
    assert steps[CaseStep.RETURNING] == steps[CaseStep.RETURNED] == number
    (back,) = [a for a in watch.alerts("parcel-returned") if number in a.key]
    assert (back.severity, back.stage) == (Severity.INFO, 0)
    (case,) = watch.all(Case)
    assert (case.closed_at, case.reorder_due) == (None, True)
    digest = watch.mails("digest")[-1].get_body(("plain",)).get_content()
    assert "STORNOS UND GUTSCHRIFTEN" in digest
    assert order.number in digest.partition("STORNOS UND GUTSCHRIFTEN")[2]
