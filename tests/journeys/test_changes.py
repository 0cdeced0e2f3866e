"""Orders that vanish or change, and credits: from the back office to the mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from models.domain.values import AlertState
from models.order import Order
from tests.journeys.watch import Watch


@pytest.fixture
def watch(sqlite_url: str) -> Iterator[Watch]:
    """A small world, after its first sync."""
    with Watch(sqlite_url, orders=12).running() as ready:
        ready.sync()
        yield ready


def test_an_order_that_vanished_is_mailed_once_and_closed_when_it_is_back(watch: Watch) -> None:
    """Somebody cancelled it, or a page lost it: the consultant looks, and hears when it is back."""
    order = watch.place(watch.casual(), "IO")
    watch.sync()
    watch.simulator.stage.remove(order.number)
    watch.sync()
    watch.sync()
    (alert,) = watch.alerts("order-changed")
    assert (alert.state, alert.episode) == (AlertState.OPEN, 1)
    mails = [m.get_body(("plain",)).get_content() for m in watch.mails("alert")]
    assert sum("verschwunden" in text and order.number in text for text in mails) == 1
    watch.simulator.stage.put(order)
    watch.sync()
    (alert,) = watch.alerts("order-changed")
    assert alert.state is AlertState.RESOLVED


def test_an_order_that_changed_tells_what_it_was(watch: Watch) -> None:
    """A product was taken out: PV and total are not what they were."""
    order = watch.place(watch.casual(), "IO")
    watch.sync()
    watch.simulator.stage.put(replace(order, lines=order.lines[:1]))
    watch.sync()
    (alert,) = watch.alerts("order-changed")
    before, after = (f"{pv:.2f}" for pv in (order.pv, order.lines[0].pv))
    assert [alert.details[name] for name in ("field", "before", "after")] == ["pv", before, after]
    text = " ".join(watch.mails("alert")[-1].get_body(("plain",)).get_content().split())
    assert "PV war 23, ist jetzt 12" in text
    (stored,) = watch.all(Order, Order.number == order.number)
    assert stored.pv == order.lines[0].pv


def test_an_order_that_was_credited_and_is_gone_is_no_news(watch: Watch) -> None:
    """The credit is what somebody waited for; its order may leave the list then."""
    order = watch.place(watch.casual(), "IO")
    watch.sync()
    watch.simulator.stage.credit(order.number)
    watch.simulator.stage.remove(order.number)
    watch.pass_days(1, 12)
    (stored,) = watch.all(Order, Order.number == order.number)
    assert stored.vanished_at is not None
    standing = [a for a in watch.alerts("order-changed") if a.state is AlertState.OPEN]
    assert standing == []
