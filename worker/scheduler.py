"""The scheduler: makes a slot row when a scheduled time comes, wakes workers each second.

Several schedulers are harmless: a slot is unique on (job, due time).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from models.heartbeat import ask_for_beat
from models.job import Slot
from models.session import Database, outage
from models.upsert import insert_or_ignore
from tasks.ports import Clock
from worker.runner import Runner
from worker.schedule import Schedule

log = structlog.get_logger()

#: A slot that comes while the program runs is made even if nothing may be caught up.
PUNCTUAL = timedelta(minutes=5)


class Planner:
    """Writes the slots of schedules."""

    def __init__(
        self, db: Database, clock: Clock, schedules: Sequence[Schedule], catch_up: timedelta
    ) -> None:
        self.db, self.clock, self.schedules, self.catch_up = db, clock, schedules, catch_up
        self._owed: dict[Schedule, datetime] = {}
        """Slots that came while the database could not be used."""

    def keep_time(self, schedule: Schedule) -> None:
        """Its time has come: make the slot, or remember it until the database is back."""
        now = self.clock.now()
        try:
            self.plan(schedule)
        except DBAPIError as error:
            if (reason := outage(error)) is None:
                raise
            self._owed[schedule] = now
            log.warning("database can't be used", schedule=schedule.job, error=reason)

    def make_up(self) -> None:
        """Make the slots that are owed. Raises DBAPIError while the database is still away."""
        for schedule, came_at in list(self._owed.items()):
            if due_at := schedule.latest(came_at, PUNCTUAL):
                self._insert(schedule.job, due_at)
            del self._owed[schedule]

    def plan(self, schedule: Schedule) -> None:
        """Make the slot that has just come; one that is there already stays as it is."""
        if due_at := schedule.latest(self.clock.now(), max(self.catch_up, PUNCTUAL)):
            self._insert(schedule.job, due_at)

    def plan_missed(self) -> None:
        """At start: of each schedule the last slot that was missed, within the catch-up window."""
        for schedule in self.schedules:
            with self.db.read() as session:
                last = session.scalar(select(func.max(Slot.due_at)).where(Slot.job == schedule.job))
            now = self.clock.now()
            due_at = schedule.latest(now, self.catch_up)
            if last is None:
                due_at = (due_at or now) if schedule.at_first_start else None
            if due_at is not None:
                self._insert(schedule.job, due_at)

    def beat(self) -> None:
        """Ask for a sign of life of the whole loop."""
        try:
            with self.db.write() as session:
                ask_for_beat(session, self.clock.now())
        except DBAPIError as error:
            if (reason := outage(error)) is None:
                raise
            log.warning("database can't be used", error=reason)

    def run_now(self, job: str) -> None:
        """An extra slot, now: somebody asked for it."""
        self._insert(job, self.clock.now())

    def _insert(self, job: str, due_at: datetime) -> None:
        with self.db.write() as session:
            insert_or_ignore(session, Slot, [{"job": job, "due_at": due_at, "next_run_at": due_at}])


def start_scheduler(
    planner: Planner, runner: Runner, tick: Schedule, beat: Schedule
) -> BackgroundScheduler:
    """Start the clock: slots at their times, a tick that wakes what no event has woken, and the
    heartbeat, at once and then at its own times."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    planner.plan_missed()
    planner.beat()
    for schedule in planner.schedules:
        at_its_time = [planner, runner, schedule]
        scheduler.add_job(_keep_time, schedule.trigger(), args=at_its_time, id=schedule.job)
    scheduler.add_job(planner.beat, beat.trigger(), id=beat.job)
    scheduler.add_job(_tick, tick.trigger(), args=[planner, runner], id=tick.job)
    scheduler.start()
    return scheduler


def _keep_time(planner: Planner, runner: Runner, schedule: Schedule) -> None:
    planner.keep_time(schedule)
    # At once: the tick of this very second may have come before the slot.
    runner.wake(schedule.job)


def _tick(planner: Planner, runner: Runner) -> None:
    try:
        planner.make_up()
        runner.mend_clock()
        runner.wake_due()
    except DBAPIError as error:
        # The next tick looks again; a traceback each second would tell no more.
        if (reason := outage(error)) is None:
            raise
        log.warning("database can't be used", error=reason)
