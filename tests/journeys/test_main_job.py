"""The main job: an order comes in, the right mail goes out."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

from pypdf import PdfReader

from models.domain.values import AlertState, ParcelState
from models.order import Invoice, Order
from models.shipment import Shipment
from tests.journeys.watch import FACTS, Watch
from worker.simulator.days import berlin, local_date


def test_the_first_sync_is_a_baseline(watch: Watch) -> None:
    """Months of history come in once, and one summary says so: no alert, no invoice copy."""
    outcome = watch.sync()
    known = sorted(order.number for order in watch.all(Order))
    assert known == sorted(order.number for order in watch.simulator.world.baseline())
    assert outcome.counts["new"] == len(known)
    assert [mail.kind for mail in watch.simulator.mailbox.all()] == ["first-sync-summary"]
    (summary,) = watch.mails("first-sync-summary")
    assert summary["To"] == watch.simulator.world.owner.email


def test_a_second_sync_reads_little_and_writes_nothing(watch: Watch) -> None:
    """Nothing new costs a few pages, not the whole history, and changes no row."""
    watch.sync()
    whole, before = watch.simulator.log.count("backoffice"), watch.fingerprint()
    watch.simulator.log.clear()
    outcome = watch.sync()
    assert watch.fingerprint() == before
    assert outcome.counts["new"] == outcome.counts["changed"] == 0
    assert watch.simulator.log.count("backoffice") < whole / 4
    assert set(before) == set(FACTS)


def test_an_order_of_the_wrong_type_is_mailed_after_the_next_sync(watch: Watch) -> None:
    """The consultant hears of it while it can be mended: once, with order, name and phone."""
    watch.sync()
    member = watch.loyal_without_order()
    order = watch.place(member, "IO")
    watch.sync()
    (alert,) = [a for a in watch.alerts("wrong-order-type") if order.number in a.key]
    assert (alert.state, alert.stage) == (AlertState.OPEN, 1)
    (mail,) = watch.mails("alert")
    person = watch.simulator.stage.customer(member)
    assert person is not None
    for format_ in ("plain", "html"):
        text = mail.get_body((format_,)).get_content()
        assert order.number in text
        assert person.last in text
        assert "089" in text
    watch.sync()
    assert len(watch.mails("alert")) == 1


def test_who_agreed_gets_a_copy_of_her_invoice(watch: Watch) -> None:
    """One mail with a PDF that opens, of the new order only, and only to who agreed."""
    watch.sync()
    member, other = watch.casual(), watch.loyal_without_order()
    watch.agree(member)
    order, _ = watch.place(member, "IO"), watch.place(other, "AS", first=4)
    watch.sync()
    watch.sync()
    (mail,) = watch.mails("invoice-copy")
    person = watch.simulator.stage.customer(member)
    assert person is not None
    assert person.email in mail["To"]
    (attached,) = list(mail.iter_attachments())
    assert attached.get_content_type() == "application/pdf"
    text = _text(attached.get_content())
    assert order.invoice_number in text
    states = {invoice.state for invoice in watch.all(Invoice)}
    assert states == {"queued", "skipped"}


def _text(pdf: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def test_a_digest_comes_every_morning(watch: Watch) -> None:
    """One a day at half past seven, whatever else happens."""
    watch.sync()
    start = local_date(watch.clock.now())
    watch.pass_days(3, 12)
    digests = [local_date(mail["Date"].datetime) for mail in watch.mails("digest")]
    assert digests == [start + timedelta(days=n) for n in (1, 2, 3)]
    assert {mail["Date"].datetime for mail in watch.mails("digest")} == {
        berlin(day, 7, 30) for day in digests
    }


def test_a_month_that_was_saved_gets_the_all_clear(watch: Watch) -> None:
    """Whoever was called to act hears when it is settled: she ordered after all."""
    watch.sync()
    member = watch.loyal_without_order()
    person = watch.simulator.stage.customer(member)
    assert person is not None
    watch.pass_days(1, 9)
    (alert,) = [a for a in watch.alerts("loyalty-month-at-risk") if member in a.key]
    assert (alert.state, alert.stage) == (AlertState.OPEN, 1)
    assert _naming(watch, "alert", person.last) == 1
    assert _naming(watch, "all-clear", person.last) == 0
    watch.place(member, "AS")
    watch.sync()
    (alert,) = [a for a in watch.alerts("loyalty-month-at-risk") if member in a.key]
    assert alert.state is AlertState.RESOLVED
    assert _naming(watch, "all-clear", person.last) == 1


def test_a_failed_delivery_is_told_once_and_ends_with_the_next_scan(watch: Watch) -> None:
    """Nobody was in: an alert the same day, over by itself when the parcel is at the door."""
    watch.sync()
    order = watch.place(watch.casual(), "IO")
    number = watch.ship(order, "failed")
    watch.sync()
    watch.pass_days(2, 20)
    (alert,) = [a for a in watch.alerts("delivery-failed") if number in a.key]
    assert (alert.state, alert.stage) == (AlertState.OPEN, 1)
    assert _naming(watch, "alert", order.number) == 1
    watch.pass_days(1, 20)
    (alert,) = [a for a in watch.alerts("delivery-failed") if number in a.key]
    assert alert.state is AlertState.RESOLVED
    assert _naming(watch, "alert", order.number) == 1
    (parcel,) = watch.all(Shipment, Shipment.number == number)
    assert (parcel.state, parcel.next_poll_at) == (ParcelState.DELIVERED, None)


def _naming(watch: Watch, kind: str, words: str) -> int:
    bodies = [mail.get_body(("plain",)).get_content() for mail in watch.mails(kind)]
    return sum(words in body for body in bodies)
