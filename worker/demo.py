"""The demo: the whole main job against the simulator, under a clock that is moved on by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, update

from config.settings import Settings, load
from models.alert import Alert
from models.customer import Customer
from worker.bootstrap import House
from worker.job_table import make_jobs, make_schedules
from worker.runner import Runner
from worker.scheduler import Planner
from worker.simulator.clocks import FixedClock
from worker.simulator.days import berlin
from worker.simulator.scene import Label, World
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

#: A Monday in the second half of a month: the 20th, when a loyalty month is at risk, is the next.
START = date(2026, 10, 19)

#: The first sync; the first digest comes on the next morning.
_FIRST_HOUR = 8

_STEP = timedelta(minutes=15)

Progress = Callable[[datetime, datetime], None]


@dataclass(frozen=True)
class DemoOptions:
    """Sizes of the demo; the same seed gives the same result."""

    orders: int = 60
    days: int = 10
    seed: int = 1


@dataclass(frozen=True)
class Found:
    """One thing the demo had to find (or found without having to)."""

    rule: str
    subject: str
    expected: bool
    found: bool


class Demo:
    """One run: a fresh database, a world, a mailbox folder."""

    def __init__(self, options: DemoOptions, folder: Path, database: Path) -> None:
        self.options = options
        self.world = make_world(options.seed, START, options.orders, options.days)
        self.clock = FixedClock(berlin(START, _FIRST_HOUR))
        self.simulator = Simulator(self.world, self.clock, folder)
        self.database = database
        self.runs = 0

    def run(self, progress: Progress) -> House:
        """Let the days pass; returns the house with everything that is known at the end."""
        with self.simulator:
            house = House(_settings(self.simulator, self.database), self.clock)
            jobs = make_jobs(house)
            runner = Runner(
                house.db, self.clock, jobs, house.lease, lambda job: None, house.stopping
            )
            planner = Planner(house.db, self.clock, make_schedules(house), timedelta(hours=1))
            planner.plan_missed()
            self._work(runner)
            _agree(house, self.clock.now())
            while self._advance(house, runner, planner):
                progress(self.clock.now(), self.world.closes_at)
                self._work(runner)
            return house

    def _work(self, runner: Runner) -> None:
        """Run whatever is due, and what that makes due, until all is quiet."""
        while due := runner.due():
            for job in due:
                runner.run(job)
                self.runs += 1

    def _advance(self, house: House, runner: Runner, planner: Planner) -> bool:
        """Move the clock to the next moment at which something is due; False at the end."""
        now = self.clock.now()
        with house.db.read() as session:
            due = [job.rows.next_due_at(session) for job in runner.jobs.values()]
        slots = {schedule: schedule.next_after(now) for schedule in planner.schedules}
        later = [moment for moment in (*due, *slots.values()) if moment and moment > now]
        following = _quarter_after(min(later))
        if following >= self.world.closes_at:
            return False
        self.clock.set(following)
        for schedule, slot in slots.items():
            if slot <= following:
                planner.plan(schedule)
        return True


def _quarter_after(moment: datetime) -> datetime:
    """The quarter of an hour at or after `moment`: the demo looks four times an hour."""
    past = (moment - moment.replace(minute=0, second=0, microsecond=0)) % _STEP
    return moment if not past else moment - past + _STEP


def _settings(simulator: Simulator, database: Path) -> Settings:
    polite_enough = {
        "ORDERWATCH_DATABASE_URL": f"sqlite:///{database}",
        "ORDERWATCH_BACKOFFICE__MIN_SPACING_SECONDS": "0",
        "ORDERWATCH_HERMES__MIN_SPACING_SECONDS": "0",
        "ORDERWATCH_SCHEDULE__SYNC": "0 8-20/2 * * *",
    }
    return load(simulator.settings() | polite_enough, None)


def _agree(house: House, now: datetime) -> None:
    """Every second customer agrees to invoice copies, as `customers set` would record it."""
    with house.db.write() as session:
        ids = session.scalars(
            select(Customer.id).where(Customer.is_owner.is_(False)).order_by(Customer.id)
        ).all()
        session.execute(
            update(Customer)
            .where(Customer.id.in_(ids[::2]))
            .values(invoice_copies=True, invoice_copies_since=now)
        )


def compare(house: House, world: World) -> list[Found]:
    """What the labels say must have been found, against the alerts that were opened."""
    labels = (*world.labels, *world.softened)
    rules = {label.rule for label in labels}
    expected = {(label.rule, _subject(label)) for label in labels}
    with house.db.read() as session:
        alerts = session.scalars(select(Alert).where(Alert.rule.in_(rules))).all()
        found = {(alert.rule, alert.key.split(":", 1)[1]) for alert in alerts}
    return [
        Found(rule, subject, (rule, subject) in expected, (rule, subject) in found)
        for rule, subject in sorted(expected | found)
    ]


def _subject(label: Label) -> str:
    """What comes after the rule in the key of its finding."""
    about = label.month or label.shipment
    return f"{label.customer_id}:{about}" if about else label.order or ""
