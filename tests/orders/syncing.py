"""The real client and the real database against a simulated back office: sync after sync."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import select

from models.alert import Alert
from models.customer import Customer
from models.domain.months import PvMonth
from models.order import Order
from models.session import Database
from tasks.orders import profile
from tasks.orders.backoffice import BackOffice
from tasks.orders.reading import Reading, SyncOptions
from tasks.orders.redaction import known_words
from tasks.orders.session import Credentials
from tasks.orders.sync import sync_orders
from tasks.run import JobFailed, Run
from worker.simulator.baskets import products
from worker.simulator.clocks import FixedClock
from worker.simulator.days import berlin
from worker.simulator.records import Order as Placed
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

#: A Monday.
START = date(2026, 10, 19)
OCTOBER = PvMonth(2026, 10)
DE = profile.load("de")


class Syncing:
    """A small team, some orders, its back office, and a database."""

    def __init__(self, db: Database) -> None:
        self.db, self.clock = db, FixedClock(berlin(START, 9))
        world = make_world(1, START, 6, 1, orders_per_day=0)
        self.simulator = Simulator(world, self.clock)
        self.simulator.start()
        self.stage, self.faults = self.simulator.stage, self.simulator.faults
        login = Credentials(world.owner.member_id, SecretStr(world.password))
        self.office = BackOffice(
            DE, login, self.clock, user_agent="test/1", spacing=0, back_off=0,
            base_url=self.simulator.backoffice_url, login_url=self.simulator.login_url,
        )  # fmt: skip
        self.options = SyncOptions(
            3, world.owner.member_id, frozenset(), ZoneInfo("Europe/Berlin"),
            words=known_words(DE),
        )  # fmt: skip

    def close(self) -> None:
        """Stop both."""
        self.office.close()
        self.simulator.stop()

    def sync(self, **options: Any) -> Reading:
        """A minute later all is read again; the log holds that sync's requests."""
        self.clock.advance(timedelta(minutes=1))
        self.simulator.log.clear()
        chosen = replace(self.options, **options)
        return sync_orders(self.db, self.clock, self.office, chosen, Run())

    def failing(self) -> str:
        """The same, which has to fail. Returns the reason."""
        try:
            self.sync()
        except JobFailed as error:
            return str(error)
        raise AssertionError("the sync did not fail")

    # --- the world ---------------------------------------------------------------------------

    def people(self, count: int) -> list[str]:
        """Members of whom nothing is open, so that only what a test does is read of them."""
        now = self.clock.now()
        found = []
        for customer in self.stage.team():
            mine = self.stage.orders(customer.member_id)
            if all(order.shipped(now) and order.paid(now) for order in mine):
                found.append(customer.member_id)
        assert len(found) >= count, f"the world has only {len(found)} such members"
        return found[:count]

    def place(self, member_id: str) -> Placed:
        """She orders two products, now."""
        return self.stage.place(member_id, "IO", products()[:2])

    def asked(self, module: str = "", number: str | None = None) -> int:
        """How many pages of that kind the last sync asked for."""
        log = self.simulator.log.all("backoffice", number)
        return sum(module in one.params.get("Fuseaction", "") for one in log)

    # --- what is stored ----------------------------------------------------------------------

    def all(self, model: Any, *where: Any) -> Sequence[Any]:
        """Rows, to be looked at."""
        with self.db.read() as session:
            return session.scalars(select(model).where(*where)).all()

    def order(self, number: str) -> Any:
        """An order as it is stored; None when it is not."""
        return next(iter(self.all(Order, Order.number == number)), None)

    def customer(self, member_id: str) -> Any:
        """A customer as she is stored; None when she is not."""
        return next(iter(self.all(Customer, Customer.member_id == member_id)), None)

    def alert(self) -> tuple[str, int] | None:
        """State and episode of the one alert about changed pages; None = there was never one."""
        found = self.all(Alert, Alert.rule == "source-changed")
        assert len(found) <= 1, "one alert a source"
        return (found[0].state.value, found[0].episode) if found else None
