"""The program on a database that grows: what it does by itself, and what a user waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.values import AlertState, CarrierName, ParcelState
from models.order import Order
from models.politeness import Manners
from models.shipment import Shipment
from tasks.checks.review import review_orders
from tasks.digest.gather import DigestFacts
from tasks.run import Run
from tasks.shipments.asking import Polled
from tasks.shipments.pace import Pace
from tasks.shipments.poll import PollOptions, poll_shipments
from tests.bench.review import NOW, OPTIONS, sync_changed
from tests.shipments.desk import FakeCarrier
from worker.bootstrap import House
from worker.cli.alert_views import STANDING, alert_views
from worker.cli.customer_views import customer_called, customer_card, found_customers
from worker.cli.order_views import order_card, order_views
from worker.cli.output import rows_wanted
from worker.cli.status_view import status_view
from worker.runner import Runner

#: What is open stays the same, however much is done.
OPEN_PARCELS, OPEN_ALERTS = 500, 20

#: Parcels of one poll: with 2 s between requests a claim takes no more.
BATCH = 15


class Site:
    """The program and its rows. Each look or work returns the seconds that it took."""

    def __init__(self, house: House, runner: Runner) -> None:
        self.house, self.runner, self.db = house, runner, house.db
        self._rounds = count()
        carrier = Polled(FakeCarrier(), Manners(timedelta(0), 10**9), BATCH)
        self._polling = PollOptions(
            {CarrierName.HERMES: carrier}, Pace(), house.timezone, house.lease
        )

    def begin(self) -> None:
        """Of the first orders some are still open; nothing is due."""
        under_way = {"state": ParcelState.IN_TRANSIT, "next_poll_at": NOW + timedelta(hours=1)}
        # Nobody's: a review of the customer would find that it is over.
        open_ = {"state": AlertState.OPEN, "resolved_at": None, "customer_id": None}
        with self.db.write() as session:
            session.execute(update(Shipment).where(Shipment.id <= OPEN_PARCELS).values(under_way))
            session.execute(update(Alert).where(Alert.id <= OPEN_ALERTS).values(open_))
        self.poll()  # the first answers are news, and reviewed at once
        review_orders(self.db, self.house.clock, OPTIONS, Run())
        self.let_pass()

    def let_pass(self) -> None:
        """What the work has brought becomes a part of the history."""
        long_ago = NOW - timedelta(days=300)
        over = {"state": AlertState.RESOLVED, "resolved_at": NOW, "next_notice_at": None}
        with self.db.write() as session:
            session.execute(update(Alert).where(Alert.opened_at == NOW).values(over))
            known = update(Order).where(Order.first_seen_at == NOW)
            session.execute(known.values(first_seen_at=long_ago))

    # --- what it does by itself ------------------------------------------------------------------

    def tick(self) -> float:
        """Once a second: is anything due?"""
        return _seconds(self.runner.due)

    def poll(self) -> float:
        """A batch of parcels: claimed, answered at once, written."""
        due = "UPDATE shipments SET next_poll_at = :now, claim_token = NULL WHERE id <= :most"
        with self.db.write() as session:
            session.execute(text(due), {"now": NOW, "most": BATCH})
        return _seconds(lambda: poll_shipments(self.db, self.house.clock, self._polling, Run()))

    def review(self) -> float:
        """100 new orders of as many customers, stored and reviewed."""
        return sync_changed(self.db, next(self._rounds)) / 1000

    def digest(self) -> float:
        """Its facts, once a day."""
        house = self.house
        return self._look(
            lambda session: DigestFacts(session, NOW, house.timezone).gather(house.families)
        )

    def housekeeping(self) -> float:
        """Once a day, when nothing has become too old since yesterday."""
        return _seconds(lambda: self.runner.jobs["housekeeping"].work(Run()))

    # --- what a user waits for -------------------------------------------------------------------

    def status(self) -> float:
        """`orderwatch status`, as all of the following without the start of the program."""
        return self._look(lambda session: status_view(session, self.runner.jobs, None, NOW))

    def orders_list(self) -> float:
        """`orders list`: what its table shows."""
        most = rows_wanted(as_json=False)
        return self._look(lambda session: order_views(session, self.house.families, limit=most))

    def orders_show(self) -> float:
        """`orders show`."""
        zone = self.house.settings.timezone
        return self._look(lambda s: order_card(s, self.house.families, "180000003", zone))

    def customers_show(self) -> float:
        """`customers show`."""
        return self._look(self._card)

    def customers_find(self) -> float:
        """`customers find`."""
        return self._look(lambda session: found_customers(session, "c77@"))

    def alerts_list(self) -> float:
        """`alerts list`."""
        zone = self.house.settings.timezone
        return self._look(lambda session: alert_views(session, STANDING, timezone=zone))

    def _card(self, session: Session) -> object:
        customer = customer_called(session, "8000005")
        assert customer is not None
        return customer_card(session, customer, self.house, NOW)

    def _look(self, look: Callable[[Session], object]) -> float:
        with self.db.read() as session:
            return _seconds(lambda: look(session))


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


Work = Callable[[Site], float]

#: In the order of the page.
WORKS: Mapping[str, Work] = {
    "tick": Site.tick,
    "poll": Site.poll,
    "status": Site.status,
    "orders_list": Site.orders_list,
    "orders_show": Site.orders_show,
    "customers_find": Site.customers_find,
    "customers_show": Site.customers_show,
    "alerts_list": Site.alerts_list,
    "digest": Site.digest,
    "housekeeping": Site.housekeeping,
    "review": Site.review,  # last: it leaves alerts and orders that are new
}
