"""The long-running processes: scheduler and workers, together or apart, until told to stop."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from dramatiq import Broker, Worker
from sqlalchemy.exc import OperationalError

from worker.actors import declare_actors
from worker.bootstrap import House
from worker.broker import make_broker, unreachable
from worker.health import heartbeat_schedule, trouble
from worker.job_table import make_jobs, make_schedules
from worker.runner import Runner
from worker.schedule import Schedule
from worker.scheduler import Planner, start_scheduler

if TYPE_CHECKING:
    from worker.monitor import Monitor

log = structlog.get_logger()

#: A worker that does not stop in this time is left to its leases.
STOP_WITHIN_MS = 45_000

#: A worker at rest looks into Redis again after so long; the library's second would be most of
#: the time between an order and its mail. The embedded broker hands messages over at once.
REDIS_LOOK_MS, EMBEDDED_LOOK_MS = 200, 1000

#: Between two looks for a database server that is away.
DATABASE_RETRY_SECONDS = 5


class Service:
    """One process of ours: a scheduler, a worker, or both, over one broker."""

    def __init__(self, house: House, *, scheduler: bool, worker: bool) -> None:
        self.house, self.with_scheduler, self.with_worker = house, scheduler, worker
        address = house.settings.redis_url
        redis = address.get_secret_value() if address else None
        self.broker: Broker = make_broker(redis)
        self._unreachable = unreachable(redis)
        self.runner = Runner(
            house.db, house.clock, make_jobs(house), house.lease, self._wake, house.stopping
        )
        self.monitor = self._make_monitor()
        self.actors = declare_actors(self.broker, self.runner)

    def _wake(self, job: str) -> None:
        try:
            self.actors[job].send()
        except self._unreachable as error:
            # The row stays due: the next tick sends again.
            log.warning("broker can't be reached", error=type(error).__name__)

    def _make_monitor(self) -> Monitor | None:
        """Metrics and health on loopback, where a port is set. Raises PortTaken."""
        port = self.house.settings.metrics_port
        if port is None:
            return None
        from worker.metrics import MessageMetrics, RowMetrics, make_registry, page_of
        from worker.monitor import Monitor

        rows = RowMetrics(self.house.db, self.house.clock, self.runner.jobs)
        registry = make_registry(rows)
        monitor = Monitor(port, page_of(registry), self._trouble)
        self.broker.add_middleware(MessageMetrics(registry))
        self.broker.emit_after("process_boot")
        return monitor

    def _trouble(self) -> str | None:
        house = self.house
        try:
            with house.db.read() as session:
                return trouble(session, heartbeat_schedule(house), house.clock.now())
        except OperationalError:
            return "the database can't be used"

    def run(self) -> None:
        """Work until `house.stopping` is set; then finish what runs and leave nothing claimed."""
        house = self.house
        look = REDIS_LOOK_MS if house.settings.redis_url else EMBEDDED_LOOK_MS
        threads = house.settings.worker.threads
        worker = Worker(self.broker, worker_timeout=look, worker_threads=threads)
        planner = Planner(house.db, house.clock, make_schedules(house), house.catch_up)
        if self.with_worker:
            worker.start()
        clock = self._start_clock(planner) if self.with_scheduler else None
        if self.monitor is not None:
            self.monitor.start()
        log.info("started", scheduler=self.with_scheduler, worker=self.with_worker)
        house.stopping.wait()
        log.info("stopping")
        if clock is not None:
            clock.shutdown(wait=True)
        if self.with_worker:
            worker.stop(timeout=STOP_WITHIN_MS)
        if self.monitor is not None:
            self.monitor.stop()
        self.broker.close()
        house.close()
        log.info("stopped")

    def _start_clock(self, planner: Planner) -> BackgroundScheduler:
        house = self.house
        chosen = house.settings.schedule
        tick = Schedule("tick", chosen.poll, house.timezone)
        return start_scheduler(planner, self.runner, tick, heartbeat_schedule(house))


def wait_for_database(house: House) -> bool:
    """Try until the database server can be used; False when the program is stopped before.

    A file that can't be used would not mend itself: OperationalError.
    """
    while not house.stopping.is_set():
        try:
            return house.db is not None
        except OperationalError as error:
            if house.settings.database_url.get_secret_value().startswith("sqlite"):
                raise
            reason = " ".join(str(error.orig).split())[:200]
            log.warning("database can't be reached; trying again", error=reason)
            house.clock.sleep(DATABASE_RETRY_SECONDS)
    return False


def stop_on_signals(stopping: threading.Event) -> None:
    """SIGTERM and Ctrl-C set `stopping`; what runs may finish."""

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
