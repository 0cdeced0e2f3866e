"""The job `send-invoices`: fetches the invoice of a customer who agreed, and queues her copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import claims
from models.claims import Claim, ClaimLost, Lease
from models.customer import Customer
from models.domain.values import MailKind
from models.finding_facts import amount_text
from models.mark import RESTORED, find_mark
from models.order import Invoice, Order
from models.outbox import Desk, queue_mail
from models.queues import COPIES
from models.session import Database
from tasks.invoices.outage import answered, left_alone, put_back
from tasks.invoices.rules import CopyCase, why_not
from tasks.ports import Clock, OrderSource, SourceError
from tasks.run import Counts, JobFailed, Run
from tasks.taking import take

#: At most so many invoices are fetched in a row (backoffice.md, "System").
BATCH = 5


@dataclass(frozen=True)
class CopyOptions:
    """Who gets copies, and who they are from."""

    mode: str
    desk: Desk
    timezone: tzinfo
    lease: Lease
    refused_pause: timedelta = timedelta(hours=1)
    """For how long a site that refuses us is left alone at first."""


@dataclass(frozen=True)
class _Wanted:
    order: str
    address: str | None
    refusal: str | None
    stored: bool
    facts: dict[str, str | None]


def send_invoices(
    db: Database, clock: Clock, source: OrderSource | None, options: CopyOptions, run: Run
) -> Counts:
    """Judge, fetch and queue each copy that is due. Raises JobFailed when the source fails."""
    counts = Counts()
    while not run.stopping():
        held = take(db, clock, COPIES, options.lease, BATCH)
        counts["parked"] += len(held.parked)
        if not held.ids:
            break
        run.beat()
        for position, invoice_id in enumerate(held.ids):
            try:
                counts[_copy(db, clock, source, options, held, invoice_id)] += 1
            except SourceError as error:
                put_back(db, clock, options.refused_pause, held, held.ids[position:], error)
                raise JobFailed(str(error)) from error
            except ClaimLost:
                counts["lost"] += 1
    return +counts


def _copy(
    db: Database,
    clock: Clock,
    source: OrderSource | None,
    options: CopyOptions,
    held: Claim,
    invoice_id: int,
) -> str:
    with db.read() as session:
        wanted = _load(session, invoice_id, options)
    refusal = wanted.refusal
    if refusal is None and not wanted.stored and source is None:
        refusal = "no invoice is stored, and no back office is set to fetch it from"
    pdf = None
    if refusal is None and not wanted.stored and source is not None:
        if left_alone(db, clock, held, invoice_id):
            return "waiting"
        pdf = source.invoice_pdf(wanted.order)
    now = clock.now()
    with db.write() as session:
        # She may have changed her mind while her invoice was fetched.
        wanted = _load(session, invoice_id, options)
        refusal = refusal or wanted.refusal
        if refusal is not None or wanted.address is None:
            claims.finish(
                session, COPIES, held, [invoice_id], None, state="skipped", reason=refusal
            )
            return "skipped"
        if pdf:
            answered(session, now)
        fetched = {"pdf": pdf, "fetched_at": now} if pdf else {}
        claims.finish(
            session, COPIES, held, [invoice_id], None, state="queued", reason=None, **fetched
        )
        queue_mail(
            session,
            options.desk,
            MailKind.INVOICE_COPY,
            wanted.address,
            wanted.facts,
            f"{MailKind.INVOICE_COPY}:{wanted.order}",
            now,
            invoice_id,
        )
    return "queued"


def _load(session: Session, invoice_id: int, options: CopyOptions) -> _Wanted:
    order, customer, has_pdf = session.execute(
        select(Order, Customer, Invoice.pdf.is_not(None))
        .join(Invoice, Invoice.order_id == Order.id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(Invoice.id == invoice_id)
    ).one()
    restored = find_mark(session, RESTORED)
    case = copy_case(order, customer, options.mode, restored_at=restored.at if restored else None)
    refusal = why_not(case, options.timezone)
    return _Wanted(order.number, customer.address, refusal, has_pdf, copy_facts(order, customer))


def copy_case(
    order: Order,
    customer: Customer,
    mode: str,
    *,
    by_hand: bool = False,
    restored_at: datetime | None = None,
) -> CopyCase:
    """What the rules judge. Asked for `by_hand`, an old order or the consultant's own is fine."""
    return CopyCase(
        mode=mode,
        agreed=customer.invoice_copies,
        agreed_since=customer.invoice_copies_since,
        address=customer.address,
        order_date=order.order_date,
        historic=order.historic and not by_hand,
        is_owner=customer.is_owner and not by_hand,
        restored_at=restored_at,
    )


def copy_facts(order: Order, customer: Customer) -> dict[str, str | None]:
    """What the mail says, as the outbox holds it."""
    return {
        "customer_name": customer.name,
        "order": order.number,
        "invoice_number": order.invoice_number,
        "order_date": order.order_date.isoformat(),
        "total": amount_text(order.total),
        "currency": order.currency,
    }
