"""A backup is put back days later: what was to happen is past, nothing is mailed twice."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

from models import archive
from models.domain.values import MailKind, MailState
from models.mail import Mail
from models.mark import RESTORED, find_mark
from models.order import Invoice, Order
from tests.journeys.watch import Watch
from worker import moving


def back_up(watch: Watch, folder: Path) -> Path:
    """As `db backup` does."""
    file = folder / "backup.zip"
    moving.back_up(watch.house, file, lambda count: None)
    return file


def restore(watch: Watch, file: Path) -> Counter[str]:
    """As `db restore` does, days later and with the program stopped."""
    manifest = archive.read_manifest(file)
    return moving.restore(watch.house, watch.house.db, file, manifest, lambda count: None)


def copies(watch: Watch) -> list[str]:
    """To whom invoice copies came, by Message-ID."""
    return [mail["To"] for mail in watch.mails("invoice-copy")]


def test_a_restored_backup_sends_nothing_that_waited_in_it(watch: Watch, tmp_path: Path) -> None:
    """A copy that waited waits for a human; one sent after the backup is not sent again; what is
    open comes in one summary, after the next sync, and no alert of its own."""
    watch.sync()
    first, second = watch.casual(), watch.loyal_without_order()
    watch.agree(first)
    watch.agree(second)
    watch.simulator.mailbox.stop()
    watch.place(first, "IO")
    watch.sync()
    assert [m.state for m in watch.all(Mail, Mail.kind == MailKind.INVOICE_COPY)] == [
        MailState.QUEUED
    ]
    file = back_up(watch, tmp_path)
    watch.simulator.mailbox.start()
    later = watch.place(second, "IO")
    watch.pass_until(watch.clock.now() + timedelta(hours=2))
    watch.sync()
    assert len(copies(watch)) == 2  # the one that waited, and the later order's
    watch.simulator.mailbox.clear()

    watch.pass_days(2, 10)
    watch.simulator.mailbox.clear()
    held_back = restore(watch, file)
    assert held_back["parked_mails"] == 1
    watch.work()  # everything is read again, at once
    assert later.number in [order.number for order in watch.all(Order)]
    assert [mail.kind for mail in watch.simulator.mailbox.all()] == ["first-sync-summary"]
    watch.pass_days(1, 10)
    assert copies(watch) == []
    parked = watch.all(Mail, Mail.state == MailState.PARKED)
    assert [mail.kind for mail in parked] == [MailKind.INVOICE_COPY]
    assert "restored" in parked[0].error
    reasons = {invoice.reason for invoice in watch.all(Invoice) if invoice.reason}
    assert any("a backup was restored" in reason for reason in reasons)


def test_life_goes_on_after_a_restore(watch: Watch, tmp_path: Path) -> None:
    """A new order after it is alerted and copied as ever."""
    watch.sync()
    file = back_up(watch, tmp_path)
    restore(watch, file)
    with watch.house.db.read() as session:
        assert find_mark(session, RESTORED) is not None
    watch.sync()
    watch.pass_days(1, 10)
    watch.sync()
    watch.simulator.mailbox.clear()
    member = watch.casual()
    watch.agree(member)
    watch.place(member, "IO")
    watch.place(watch.loyal_without_order(), "IO", first=2)
    watch.sync()
    kinds = Counter(mail.kind for mail in watch.simulator.mailbox.all())
    assert kinds["invoice-copy"] == 1
    assert kinds["alert"] == 1
    assert not kinds["first-sync-summary"]
