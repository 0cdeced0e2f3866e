"""One run of a job: made here, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worker.cli.cards import counted
from worker.cli.output import Problem, WrongUse, print_json

if TYPE_CHECKING:
    from datetime import datetime

    from models.job import JobRun
    from worker.bootstrap import House
    from worker.jobs import Job


def run_view(run: JobRun, now: datetime) -> dict[str, Any]:
    """A run as JSON."""
    from models.domain.values import RunState
    from models.finding_facts import utc_text

    dead = run.state is RunState.RUNNING and run.alive_until < now
    return {
        "id": run.id,
        "job": run.job,
        "state": (RunState.ABANDONED if dead else run.state).value,
        "started_at": utc_text(run.started_at),
        "finished_at": utc_text(run.finished_at),
        "counts": run.counts,
        "error": run.error,
        "host": run.host,
        "pid": run.pid,
    }


def run_here(house: House, name: str, as_json: bool) -> None:
    """Run a job in this process, to its end, and tell how it ended. Raises Problem, WrongUse."""
    from models.domain.values import RunState
    from models.job import JobRun
    from worker.job_table import make_jobs
    from worker.runner import Runner

    refuse_moved(house)
    jobs = make_jobs(house)
    refuse_lacking(jobs[name])
    runner = Runner(house.db, house.clock, jobs, house.lease, lambda job: None, house.stopping)
    outcome = runner.run(name)
    with house.db.read() as session:
        view = run_view(session.get_one(JobRun, outcome.run_id), house.clock.now())
    if as_json:
        print_json(view)
    elif outcome.state is RunState.DONE:
        done = ", ".join(counted(count, what) for what, count in view["counts"].items())
        print(f"{name}: done ({done or 'nothing was due'})")
    if outcome.state is not RunState.DONE:
        raise Problem(f"{name} failed: {outcome.error}")


def refuse_lacking(job: Job) -> None:
    """A job that can't work by the settings is not begun, and not queued. Raises WrongUse."""
    if job.lacking is not None:
        raise WrongUse(f"{job.name} can't work; {job.lacking}")


def refuse_moved(house: House) -> None:
    """A database whose rows work elsewhere by now would mail everything twice. Raises Problem."""
    from models.mark import MOVED, find_mark

    with house.db.read() as session:
        mark = find_mark(session, MOVED)
    if mark is not None:
        raise Problem(
            f"this database was moved {mark.text} on {mark.at:%Y-%m-%d}: set "
            "ORDERWATCH_DATABASE_URL to that, or `orderwatch db reopen` to work here again"
        )
