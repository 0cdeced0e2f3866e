"""A back office that refuses us or is away: left in peace, told once, read again when it may be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from models.domain.values import AlertState, RunState
from models.order import Invoice, Order
from tasks.orders.sync import sync_orders
from tasks.run import Counts, Run
from tests.journeys.watch import Watch
from worker.simulator.faults import Answer

HOUR = timedelta(hours=1)


@pytest.fixture
def watch(sqlite_url: str) -> Iterator[Watch]:
    """A small world that has been read once; orders are read every half hour, day and night."""
    with Watch(sqlite_url, orders=12).running(SCHEDULE__SYNC="every 30m") as ready:
        ready.sync()
        ready.simulator.log.clear()
        yield ready


def _answer(watch: Watch, status: int, times: int | None = None, **headers: str) -> None:
    watch.faults.add(Answer(status, "no", headers, times, "backoffice"))


def _asked(watch: Watch) -> list[datetime]:
    return [one.at for one in watch.simulator.log.all("backoffice")]


def test_a_site_that_refuses_us_is_asked_ever_more_rarely(watch: Watch) -> None:
    """One question after each pause, one mail in all; then all that was missed is there."""
    _answer(watch, 403)
    watch.pass_days(1, 20)
    waits = [later - earlier for earlier, later in pairwise(_asked(watch))]
    assert waits == sorted(waits)
    assert HOUR <= waits[0] < waits[-1] == 12 * HOUR
    (alert,) = watch.alerts("sync-failing")
    assert (alert.state, alert.episode) == (AlertState.OPEN, 1)
    (mail,) = watch.mails("operator")
    assert "403" in mail.get_body(("plain",)).get_content()
    watch.faults.clear()
    order = watch.place(watch.casual(), "IO")
    watch.pass_days(1, 20)
    assert [o.number for o in watch.all(Order, Order.number == order.number)] == [order.number]
    assert watch.alerts("sync-failing")[0].state is AlertState.RESOLVED
    assert watch.source("backoffice").paused_until is None


def test_slots_within_a_pause_ask_nothing_and_are_no_failures(watch: Watch) -> None:
    """The history says that the source was left alone."""
    _answer(watch, 403)
    assert watch.sync().state is RunState.FAILED
    before = len(_asked(watch))
    outcome = watch.sync()
    assert (outcome.state, outcome.counts) == (RunState.DONE, Counts(paused=1))
    assert len(_asked(watch)) == before


def test_a_person_may_ask_during_a_pause(watch: Watch) -> None:
    """`orderwatch sync`, after whatever was wrong has been mended: a success ends the pause."""
    _answer(watch, 403, times=1)
    watch.sync()
    house = watch.house
    assert house.back_office is not None
    sync_orders(house.db, watch.clock, house.back_office, house.sync_options, Run())
    assert watch.source("backoffice").paused_until is None
    assert watch.sync().counts["paused"] == 0


@pytest.mark.parametrize("said", ["3540", "Mon, 19 Oct 2026 07:01:00 GMT"])
def test_the_time_that_the_site_names_is_kept(watch: Watch, said: str) -> None:
    """Seconds or a date; nobody is troubled by a site that says when it is back."""
    _answer(watch, 429, times=1, **{"Retry-After": said})
    watch.pass_until(watch.clock.now() + 3 * HOUR)
    first, second = sorted(set(_asked(watch)))[:2]
    assert timedelta(minutes=59) <= second - first <= timedelta(minutes=90)
    assert watch.alerts("sync-failing") == []


@pytest.mark.parametrize("status", [500, 503])
def test_a_passing_fault_is_tried_once_more_and_then_at_the_next_slot(
    watch: Watch, status: int
) -> None:
    """Two requests each half hour, told when it lasts, over with the first good answer."""
    _answer(watch, status)
    watch.pass_until(watch.clock.now() + 3 * HOUR)
    asked = _asked(watch)
    assert len(asked) == 2 * 6
    assert all(at.minute % 30 == 0 for at in asked[::2])
    assert len(watch.mails("operator")) == 1
    watch.faults.clear()
    watch.pass_until(watch.clock.now() + HOUR)
    assert watch.alerts("sync-failing")[0].state is AlertState.RESOLVED


def test_copies_wait_while_the_site_refuses_us(watch: Watch) -> None:
    """An invoice is not asked for in a pause, orders are read as ever, and it is sent after it."""
    who = watch.casual()
    watch.agree(who)
    order = watch.place(who, "IO")
    watch.faults.add(Answer(403, "no", contains="InvoicePDF"))
    watch.sync()
    assert watch.last_run("send-invoices").state is RunState.FAILED
    assert watch.sync().counts["paused"] == 0
    assert watch.mails("invoice-copy") == []
    watch.pass_days(1, 20)
    (row,) = watch.all(Order, Order.number == order.number)
    (invoice,) = watch.all(Invoice, Invoice.order_id == row.id)
    assert (invoice.state, invoice.attempts, len(watch.mails("invoice-copy"))) == ("queued", 0, 1)
    assert (watch.source("invoices").failures, watch.source("invoices").paused_until) == (0, None)


def test_a_long_absence_that_the_site_announces_is_told_at_once(watch: Watch) -> None:
    """Three failures would take days then."""
    _answer(watch, 429, times=1, **{"Retry-After": "86400"})
    watch.sync()
    (alert,) = watch.alerts("sync-failing")
    assert alert.state is AlertState.OPEN
