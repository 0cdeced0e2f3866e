"""The job `send-invoices`: judged, fetched and queued once, and never without the invoice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from models.alert import Alert
from models.claims import Lease
from models.customer import Customer
from models.domain.values import MailKind
from models.mail import Mail
from models.order import Invoice
from models.outbox import Desk
from models.session import Database
from models.source import Source
from models.sources import record_failure
from tasks.invoices.by_hand import send_by_hand
from tasks.invoices.copies import BATCH, CopyOptions, send_invoices
from tasks.invoices.outage import LONGEST_WAIT
from tasks.ports import (
    LoginRefused,
    OrderSource,
    PageChanged,
    SourceError,
    SourceRefused,
    SourceUnavailable,
)
from tasks.run import Counts, JobFailed, Run
from tests.models.rows import add_customer, add_invoice, add_order
from tests.services.clock import START, FakeClock

DESK = Desk("Orderwatch <watch@example.org>", "sabine@example.org", "ops@example.org", "de")
LEASE = Lease(timedelta(minutes=2), max_attempts=3)
PDF = b"%PDF-1.7 an invoice"


class Office:
    """A back office that has every invoice, or answers with an error."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.errors: dict[str, SourceError] = {}
        self.meanwhile: Callable[[], None] = lambda: None

    def invoice_pdf(self, order_number: str) -> bytes:
        """The invoice of an order."""
        self.asked.append(order_number)
        self.meanwhile()
        if error := self.errors.get(order_number) or self.errors.get("all"):
            raise error
        return PDF


class Desktop:
    """Invoices that are due, and the job."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db, self.clock, self.office = db, clock, Office()
        self.stored_only = False
        with db.write() as session:
            agreed = {"invoice_copies": True, "invoice_copies_since": START - timedelta(days=30)}
            customer = add_customer(session, START, email="anna@example.org", **agreed)
            self.customer = customer.id

    def add(self, number: str = "370000001", pdf: bytes | None = None) -> int:
        """An order of hers whose copy is due."""
        with self.db.write() as session:
            customer = session.get_one(Customer, self.customer)
            order = add_order(session, customer, START, number=number)
            return add_invoice(session, order, START, pdf=pdf).id

    def say(self, **told: object) -> None:
        """What the user tells of her."""
        with self.db.write() as session:
            session.execute(update(Customer).values(told))

    def run(self, mode: str = "consented") -> Counts:
        """Run the job."""
        options = CopyOptions(mode, DESK, ZoneInfo("Europe/Berlin"), LEASE)
        source = None if self.stored_only else cast(OrderSource, self.office)
        return send_invoices(self.db, self.clock, source, options, Run())

    def invoice(self, row: int) -> Invoice:
        """As it is stored."""
        with self.db.read() as session:
            return session.get_one(Invoice, row)

    def pdf(self, row: int) -> bytes | None:
        """The stored PDF."""
        with self.db.read() as session:
            return session.scalar(select(Invoice.pdf).where(Invoice.id == row))

    def mails(self) -> list[Mail]:
        """What is in the outbox."""
        with self.db.read() as session:
            return list(session.scalars(select(Mail).order_by(Mail.id)))


@pytest.fixture
def desktop(database_url: str, clock: FakeClock) -> Iterator[Desktop]:
    """One customer who agreed to copies."""
    db = Database(database_url)
    yield Desktop(db, clock)
    db.close()


def test_a_copy_is_fetched_and_queued(desktop: Desktop) -> None:
    """PDF, state and mail are written together."""
    row = desktop.add()
    assert desktop.run() == Counts(queued=1)
    invoice = desktop.invoice(row)
    assert (invoice.state, invoice.reason, invoice.next_copy_at) == ("queued", None, None)
    assert (desktop.pdf(row), invoice.fetched_at) == (PDF, START)
    (mail,) = desktop.mails()
    assert (mail.kind, mail.recipient) == (MailKind.INVOICE_COPY, "anna@example.org")
    assert (mail.invoice_id, mail.dedupe_key) == (row, "invoice-copy:370000001")
    assert mail.facts == {
        "customer_name": "Anna Beispiel", "order": "370000001", "invoice_number": "DE-1",
        "order_date": "2026-10-12", "total": "39.90", "currency": "EUR",
    }  # fmt: skip


def test_a_copy_is_queued_once(desktop: Desktop) -> None:
    """However often the row becomes due again."""
    row = desktop.add()
    for _ in range(3):
        desktop.run()
        with desktop.db.write() as session:
            session.execute(update(Invoice).values(next_copy_at=START))
    assert len(desktop.mails()) == 1
    assert desktop.office.asked == ["370000001"]
    assert desktop.pdf(row) == PDF


def test_the_address_that_was_told_wins(desktop: Desktop) -> None:
    """`customers set --email` is stronger than what the back office shows."""
    desktop.add()
    with desktop.db.write() as session:
        session.execute(update(Customer).values(email_told="private@example.org"))
    desktop.run()
    assert [mail.recipient for mail in desktop.mails()] == ["private@example.org"]


def test_without_consent_nothing_is_fetched(desktop: Desktop) -> None:
    """The invoice of somebody who did not agree is not even looked at."""
    row = desktop.add()
    with desktop.db.write() as session:
        session.execute(update(Customer).values(invoice_copies=None))
    assert desktop.run() == Counts(skipped=1)
    assert (desktop.office.asked, desktop.mails()) == ([], [])
    assert (desktop.invoice(row).state, desktop.invoice(row).next_copy_at) == ("skipped", None)
    assert desktop.invoice(row).reason == "the customer has not agreed"


def test_a_consent_that_ends_while_the_invoice_is_fetched_counts(desktop: Desktop) -> None:
    """The question takes seconds, and she may say no in them."""
    row = desktop.add()
    desktop.office.meanwhile = lambda: desktop.say(invoice_copies=False)
    assert desktop.run() == Counts(skipped=1)
    assert (desktop.office.asked, desktop.mails()) == (["370000001"], [])
    assert desktop.invoice(row).reason == "the customer does not want copies"


def test_an_imported_invoice_needs_no_back_office(desktop: Desktop) -> None:
    """A PDF from the inbox folder is sent as it is."""
    desktop.stored_only = True
    stored, unknown = desktop.add("370000001", PDF), desktop.add("370000002")
    assert desktop.run() == Counts(queued=1, skipped=1)
    assert [mail.invoice_id for mail in desktop.mails()] == [stored]
    reason = "no invoice is stored, and no back office is set to fetch it from"
    assert desktop.invoice(unknown).reason == reason


def test_more_than_a_batch_is_worked_off(desktop: Desktop) -> None:
    """All copies of a busy morning go out in one run."""
    for n in range(2 * BATCH + 1):
        desktop.add(f"37000000{n:02}")
    assert desktop.run() == Counts(queued=2 * BATCH + 1)
    assert len(desktop.mails()) == 2 * BATCH + 1


@pytest.mark.parametrize("error", [SourceUnavailable("503"), LoginRefused("wrong password")])
def test_an_outage_costs_no_attempt(desktop: Desktop, error: SourceError) -> None:
    """Days without a back office park nothing, and a refused login is not hammered."""
    rows = [desktop.add(f"37000000{n}") for n in range(3)]
    desktop.office.errors["all"] = error
    for _ in range(LEASE.max_attempts + 2):
        with pytest.raises(JobFailed, match=str(error)):
            desktop.run()
        assert desktop.run() == Counts()
        desktop.clock.advance(seconds=LONGEST_WAIT.total_seconds())
    assert len(desktop.office.asked) == LEASE.max_attempts + 2
    assert {desktop.invoice(row).attempts for row in rows} == {0}
    desktop.office.errors.clear()
    assert desktop.run() == Counts(queued=3)


@pytest.mark.parametrize(
    ("error", "failing_for", "wait"),
    [
        (SourceUnavailable("503"), None, 2),
        (SourceUnavailable("503"), 10, 10),
        (SourceUnavailable("503"), 600, 30),
        (LoginRefused("wrong password"), None, 30),
    ],
)
def test_the_longer_an_outage_the_longer_the_wait(
    desktop: Desktop, error: SourceError, failing_for: int | None, wait: int
) -> None:
    """A hiccup costs a copy two minutes; a site that is down for hours is asked twice an hour."""
    row = desktop.add("370000001")
    desktop.office.errors["all"] = error
    now = desktop.clock.now()
    if failing_for is not None:
        since = now - timedelta(minutes=failing_for)
        with desktop.db.write() as session:
            session.add(Source(name="backoffice", budget_used=0, failures=1, failing_since=since))
    with pytest.raises(JobFailed):
        desktop.run()
    assert desktop.invoice(row).next_copy_at == now + timedelta(minutes=wait)


def test_one_invoice_that_can_not_be_read_holds_up_no_other(desktop: Desktop) -> None:
    """It is tried, parked and reported; the others are queued meanwhile."""
    bad = desktop.add("370000001")
    good = [desktop.add(f"37000000{n}") for n in range(2, 5)]
    desktop.office.errors["370000001"] = PageChanged("invoice", "it is no PDF")
    for _ in range(3 * LEASE.max_attempts):
        with suppress(JobFailed):
            desktop.run()
        desktop.clock.advance(minutes=20)
    assert [desktop.invoice(row).state for row in good] == ["queued"] * 3
    parked = desktop.invoice(bad)
    assert (parked.state, parked.attempts) == ("due", LEASE.max_attempts)
    assert parked.parked_at is not None
    assert parked.error == "page 'invoice' has changed: it is no PDF"
    with desktop.db.read() as session:
        assert session.scalars(select(Alert.key)).all() == ["job-parked:invoices"]


def _run_for(desktop: Desktop, hours: int) -> None:
    """The program looks each minute whether a copy is due."""
    for _ in range(60 * hours):
        with suppress(JobFailed):
            desktop.run()
        desktop.clock.advance(minutes=1)


def test_one_refused_invoice_holds_up_no_other_for_long(desktop: Desktop) -> None:
    """It comes after the others, uses up its own attempts, and orders are read as ever."""
    bad = desktop.add()
    good = [desktop.add(f"37000001{n}") for n in range(3)]
    desktop.office.errors["370000001"] = SourceRefused("the back office refuses us (403)")
    _run_for(desktop, 12)
    assert [desktop.invoice(row).state for row in good] == ["queued"] * 3
    assert desktop.invoice(bad).parked_at is not None
    assert desktop.office.asked.count("370000001") == LEASE.max_attempts
    with desktop.db.read() as session:
        source = session.get(Source, "backoffice")
        assert source is None or source.paused_until is None


def test_a_site_in_a_hurry_is_not_hammered(desktop: Desktop) -> None:
    """Whatever it says (at once), each outage costs a request in minutes, and no attempt."""
    row = desktop.add()
    with desktop.db.write() as session:
        record_failure(session, "backoffice", START, "the back office answers 500 (team)")
    desktop.office.errors["all"] = SourceRefused("too many (429)", 0)
    _run_for(desktop, 2)
    assert 2 <= len(desktop.office.asked) <= 12
    assert desktop.invoice(row).attempts == 0
    desktop.office.errors.clear()
    _run_for(desktop, 1)
    assert desktop.invoice(row).state == "queued"


def test_a_copy_that_was_given_up_can_be_sent_by_hand(desktop: Desktop) -> None:
    """Then it is given up no more."""
    row = desktop.add(pdf=PDF)
    with desktop.db.write() as session:
        parked = {"parked_at": START, "error": "it is no PDF", "attempts": 3, "next_copy_at": None}
        session.execute(update(Invoice).values(parked))
    options = CopyOptions("consented", DESK, ZoneInfo("Europe/Berlin"), LEASE)
    send_by_hand(desktop.db, desktop.clock, None, options, "370000001", None)
    invoice = desktop.invoice(row)
    assert (invoice.state, invoice.parked_at, invoice.error, invoice.attempts) == (
        "queued", None, None, 0
    )  # fmt: skip


def test_new_facts_during_the_fetch_win(desktop: Desktop) -> None:
    """Who withdraws her consent while the invoice is fetched gets no copy by the old answer."""
    row = desktop.add()
    fetch = desktop.office.invoice_pdf

    def slow(order_number: str) -> bytes:
        pdf = fetch(order_number)
        with desktop.db.write() as session:
            session.execute(update(Customer).values(invoice_copies=False))
            session.execute(update(Invoice).values(claim_token=None, next_copy_at=START))
        return pdf

    desktop.office.invoice_pdf = slow  # type: ignore[method-assign]
    assert desktop.run() == Counts(lost=1, skipped=1)
    assert desktop.mails() == []
    assert desktop.invoice(row).reason == "the customer does not want copies"
    with desktop.db.read() as session:
        assert session.scalars(select(func.count(Mail.id))).one() == 0
