"""The whole program in one process, against a simulator, under a clock that the test moves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from config.settings import load
from models.alert import Alert
from models.base import Base
from models.customer import Customer
from models.domain.values import CarrierName
from models.job import JobRun
from models.source import Source
from worker.bootstrap import House
from worker.job_table import make_jobs, make_schedules
from worker.runner import Outcome, Runner
from worker.scheduler import Planner
from worker.simulator.baskets import products
from worker.simulator.clocks import FixedClock
from worker.simulator.days import berlin, local_date
from worker.simulator.numbers import parcel_number
from worker.simulator.records import Order
from worker.simulator.server import Simulator
from worker.simulator.timelines import make_parcel
from worker.simulator.world import make_world

#: A Monday.
START = date(2026, 10, 19)

#: Tables that hold what the outside world said and what was told of it.
FACTS = (
    "alert_notices", "alerts", "case_steps", "cases", "customer_volumes", "customers", "invoices",
    "mails", "order_lines", "orders", "shipment_events", "shipments",
)  # fmt: skip

_STEP = timedelta(minutes=15)


class Watch:
    """A simulated Monday, eight o'clock, and a program that has just been installed."""

    def __init__(self, database_url: str, orders: int = 24, days: int = 3) -> None:
        world = make_world(1, START, orders, days, orders_per_day=1)
        self.clock = FixedClock(berlin(START, 8))
        self.simulator = Simulator(world, self.clock)
        self.database_url = database_url

    @property
    def faults(self) -> Any:
        """What can go wrong with the partners."""
        return self.simulator.faults

    @contextmanager
    def running(self, **settings: str) -> Iterator[Watch]:
        """Simulator and program, until the block ends."""
        with self.simulator:
            self.open_house(**settings)
            try:
                yield self
            finally:
                self.house.close()

    def open_house(self, **settings: str) -> None:
        """The program as it is after a start with these settings."""
        own = {
            "DATABASE_URL": self.database_url,
            "BACKOFFICE__MIN_SPACING_SECONDS": "0",
            "HERMES__MIN_SPACING_SECONDS": "0",
            "SCHEDULE__SYNC": "0 8-20/2 * * *",
        } | settings
        named = {f"ORDERWATCH_{name}": value for name, value in own.items()}
        self.house = house = House(load(self.simulator.settings() | named, None), self.clock)
        jobs = make_jobs(house)
        self.runner = Runner(
            house.db, self.clock, jobs, house.lease, lambda job: None, house.stopping
        )
        schedules = make_schedules(house)
        self.planner = Planner(house.db, self.clock, schedules, timedelta(hours=1))

    def work(self) -> list[Outcome]:
        """Run what is due and what that makes due, until all is quiet."""
        done: list[Outcome] = []
        while due := self.runner.due():
            done += [self.run(job) for job in due]
            assert len(done) < 1000, f"never quiet: {due}"
        return done

    def run(self, job: str) -> Outcome:
        """Run a job; it may fail, but never with a defect of ours."""
        outcome = self.runner.run(job)
        assert not (outcome.error or "").startswith("unexpected"), f"{job}: {outcome.error}"
        return outcome

    def sync(self) -> Outcome:
        """A minute passes, orders are read, and all that follows is done."""
        self.clock.advance(timedelta(minutes=1))
        self.planner.run_now("sync-orders")
        outcome = self.run("sync-orders")
        self.work()
        return outcome

    def pass_until(self, end: datetime) -> None:
        """Let time pass, quarter by quarter where something is due."""
        while (following := self._next_quarter()) <= end:
            self.clock.set(following)
            for schedule in self.planner.schedules:
                self.planner.plan(schedule)
            self.work()
        self.clock.set(end)

    def pass_days(self, days: int, hour: int) -> None:
        """Let time pass to that hour in Germany, so many days on."""
        day = local_date(self.clock.now()) + timedelta(days=days)
        self.pass_until(berlin(day, hour))

    def _next_quarter(self) -> datetime:
        now = self.clock.now()
        with self.house.db.read() as session:
            due = [job.rows.next_due_at(session) for job in self.runner.jobs.values()]
        moments = [schedule.next_after(now) for schedule in self.planner.schedules]
        # What is overdue and yet not done waits for its partner: look again with each quarter.
        moments += [max(moment, now + timedelta(seconds=1)) for moment in due if moment]
        first = min(moments)
        past = (first - first.replace(minute=0, second=0, microsecond=0)) % _STEP
        return first if not past else first - past + _STEP

    # --- the world ---------------------------------------------------------------------------

    def loyal_without_order(self) -> str:
        """A member who orders by the programme each month and has not yet done so in this one."""
        month = self.simulator.world.month
        for customer in self.simulator.world.customers:
            mine = [o for o in self.simulator.world.orders if o.member_id == customer.member_id]
            months = {o.pv_month for o in mine if o.source == "AS"}
            upcoming = {o.pv_month for o in mine if o.pv_month >= month}
            if month.plus(-1) in months and month.plus(-2) in months and not upcoming:
                return customer.member_id
        raise AssertionError("nobody in this world is loyal and late")

    def casual(self) -> str:
        """A member who is not in the programme and orders nothing by herself any more."""
        now, world = self.clock.now(), self.simulator.world
        busy = {o.member_id for o in world.orders if o.source == "AS" or o.placed_at > now}
        free = (c.member_id for c in world.customers if c.enrolled_at <= now)
        return next(member_id for member_id in free if member_id not in busy)

    def place(self, member_id: str, source: str, first: int = 0) -> Order:
        """She orders two products, now."""
        return self.simulator.stage.place(member_id, source, products()[first : first + 2])

    def ship(self, order: Order, road: str) -> str:
        """The order leaves today. Returns the parcel's number."""
        number = parcel_number(CarrierName.HERMES, int(order.number))
        parcel = make_parcel(number, road, local_date(self.clock.now()))
        self.simulator.stage.ship(order.number, parcel)
        return number

    def agree(self, member_id: str) -> None:
        """She wants copies of her invoices from now on."""
        with self.house.db.write() as session:
            who = session.scalars(select(Customer).where(Customer.member_id == member_id)).one()
            who.invoice_copies, who.invoice_copies_since = True, self.clock.now()

    # --- what is known -----------------------------------------------------------------------

    def count(self, model: type[Base]) -> int:
        """How many rows there are."""
        with self.house.db.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    def all(self, model: type[Any], *where: Any) -> Sequence[Any]:
        """Rows, to be looked at."""
        with self.house.db.read() as session:
            return session.scalars(select(model).where(*where).order_by(model.id)).all()

    def alerts(self, rule: str) -> Sequence[Any]:
        """The alerts of one rule, of any state."""
        return self.all(Alert, Alert.rule == rule)

    def last_run(self, job: str) -> Any:
        """The newest record of a job."""
        return self.all(JobRun, JobRun.job == job)[-1]

    def source(self, name: str) -> Source:
        """How a partner is."""
        with self.house.db.read() as session:
            return session.get_one(Source, name)

    def fingerprint(self, *tables: str) -> dict[str, str]:
        """A hash of each table's rows: equal means that nothing was written."""
        with self.house.db.read() as session:
            return {
                name: hashlib.sha256(
                    repr(
                        session.execute(
                            select(Base.metadata.tables[name]).order_by(
                                *Base.metadata.tables[name].primary_key
                            )
                        ).all()
                    ).encode()
                ).hexdigest()
                for name in tables or FACTS
            }

    def mails(self, kind: str) -> list[Any]:
        """What came in of one kind, parsed."""
        return [mail.message for mail in self.simulator.mailbox.all(kind)]
