"""The one list of queues is whole: what it lacks would be parked, and stay ahead, unseen."""

from __future__ import annotations

from config.settings import load
from models import tables
from models.claimable import Claimable
from models.heartbeat import Heartbeat
from models.queues import ALL_QUEUES, QUEUE_OF
from worker.bootstrap import House
from worker.job_table import make_jobs


def test_every_table_of_work_is_a_queue() -> None:
    """Parking, unparking, the alert about it and a clock that was set back go by this list."""
    mappers = tables.Base.registry.mappers
    work = {m.class_ for m in mappers if issubclass(m.class_, Claimable)}
    assert {queue.model for queue in ALL_QUEUES} == work - {Heartbeat}


def test_every_job_takes_the_queue_that_is_named_after_it() -> None:
    """`jobs parked` says which job gave up: the one that takes the rows."""
    jobs = make_jobs(House(load({}, None))).values()
    assert {job.name: id(job.queue) for job in jobs if job.queue and job.recorded} == {
        name: id(queue) for name, queue in QUEUE_OF.items()
    }
