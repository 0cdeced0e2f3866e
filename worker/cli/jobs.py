"""`orderwatch jobs`: what runs when, what ran, run it now, run it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import parked
from worker.cli.cards import counted
from worker.cli.output import (
    LARGEST_ID,
    Json,
    Problem,
    WrongUse,
    local,
    open_house,
    print_json,
    print_table,
)
from worker.cli.runs import refuse_lacking, run_here, run_view

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from worker.bootstrap import House
    from worker.jobs import Job
    from worker.schedule import Schedule

app = typer.Typer(
    name="jobs", help="The jobs: schedule, history, run now, run again.", rich_markup_mode=None
)

parked.add_to(app)


@app.command("list", epilog="Example: orderwatch jobs list")
def list_jobs(as_json: Json = False) -> None:
    """All jobs with their schedule, next and last run."""
    with open_house() as house:
        rows = _jobs(house)
        zone = house.settings.timezone
    if as_json:
        print_json(rows)
        return
    table = [
        (
            row["name"],
            row["schedule"],
            local(row["next_run_at"], zone),
            _last(row["last_run"], zone),
        )
        for row in rows
    ]
    print_table("Jobs", ("job", "schedule", "next run", "last run"), table)


def _last(run: dict[str, Any] | None, zone: str) -> str:
    return f"{run['state']} {local(run['started_at'], zone)}" if run else "never"


def _jobs(house: House) -> list[dict[str, Any]]:
    from worker.health import heartbeat_schedule
    from worker.job_table import make_jobs, make_schedules

    known = (*make_schedules(house), heartbeat_schedule(house))
    schedules = {schedule.job: schedule for schedule in known}
    now = house.clock.now()
    with house.db.read() as session:
        return [
            _job_view(session, job, schedules.get(name), now)
            for name, job in make_jobs(house).items()
        ]


def _job_view(
    session: Session, job: Job, schedule: Schedule | None, now: datetime
) -> dict[str, Any]:
    from models.finding_facts import utc_text

    due = job.rows.next_due_at(session)
    later = schedule.next_after(now) if schedule else None
    off = "off" if job.slotted or job.lacking else "when due"
    return {
        "name": job.name,
        "schedule": schedule.text if schedule else off,
        "next_run_at": utc_text(min(filter(None, (due, later)), default=None)),
        "last_run": _last_run(session, job.name, now) if job.recorded else _last_beat(session),
    }


def _last_run(session: Session, name: str, now: datetime) -> dict[str, Any] | None:
    from sqlalchemy import select

    from models.job import JobRun

    newest = select(JobRun).where(JobRun.job == name).order_by(JobRun.id.desc()).limit(1)
    run = session.scalar(newest)
    return run_view(run, now) if run else None


def _last_beat(session: Session) -> dict[str, Any] | None:
    """The heartbeat leaves no run, only the moment of its last answer; shaped as a run is."""
    from models.domain.values import RunState
    from models.finding_facts import utc_text
    from models.heartbeat import last_beat

    at = utc_text(last_beat(session))
    none: dict[str, Any] = dict.fromkeys(("id", "error", "host", "pid"))
    done = {"job": "heartbeat", "state": RunState.DONE.value, "counts": {}}
    return none | done | {"started_at": at, "finished_at": at} if at else None


@app.command(epilog="Example: orderwatch jobs history --failed")
def history(
    failed: Annotated[bool, typer.Option("--failed", help="Only failed and abandoned.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=LARGEST_ID, help="How many, newest first.")] = 50,
    as_json: Json = False,
) -> None:
    """What ran, how it ended, with which counts; newest first."""
    with open_house() as house:
        rows = _history(house, failed, limit)
        zone = house.settings.timezone
    if as_json:
        print_json(rows)
        return
    table = [
        (
            row["id"],
            row["job"],
            row["state"],
            local(row["started_at"], zone),
            row["error"] or ", ".join(counted(n, name) for name, n in row["counts"].items()),
        )
        for row in rows
    ]
    print_table("Runs", ("run", "job", "state", "started", "result"), table)


def _history(house: House, failed: bool, limit: int) -> list[dict[str, Any]]:
    from sqlalchemy import or_, select

    from models.domain.values import RunState
    from models.job import JobRun

    now = house.clock.now()
    query = select(JobRun).order_by(JobRun.id.desc()).limit(limit)
    if failed:
        dead = (JobRun.state == RunState.RUNNING) & (JobRun.alive_until < now)
        query = query.where(or_(JobRun.state.in_((RunState.FAILED, RunState.ABANDONED)), dead))
    with house.db.read() as session:
        return [run_view(run, now) for run in session.scalars(query)]


@app.command(epilog="Example: orderwatch jobs run sync-orders --wait")
def run(
    name: Annotated[str, typer.Argument(help="Name of the job, as `jobs list` shows it.")],
    wait: Annotated[bool, typer.Option("--wait", help="In this process, to its end.")] = False,
    as_json: Json = False,
) -> None:
    """Run a job now: here with --wait, else by the running program."""
    with open_house() as house:
        _start(house, name, wait, as_json)


def _start(house: House, name: str, wait: bool, as_json: bool) -> None:
    from worker.job_table import make_jobs

    jobs = make_jobs(house)
    if name not in jobs:
        raise WrongUse(f"no job is called {name!r}; there are {', '.join(jobs)}")
    if wait:
        run_here(house, name, as_json)
        return
    refuse_lacking(jobs[name])
    slotted = jobs[name].slotted
    if slotted:
        _ask_for(house, name)
    if as_json:
        print_json({"job": name, "asked": slotted})
    elif slotted:
        print(f"{name} is due now; the running program takes it up within a second")
    else:
        print(f"{name} works on what falls due by itself; --wait works on it right now")


def _ask_for(house: House, name: str) -> None:
    from worker.scheduler import Planner

    Planner(house.db, house.clock, (), house.lease.length).run_now(name)


@app.command(epilog="Example: orderwatch jobs retry 17")
def retry(
    run_id: Annotated[
        int, typer.Argument(max=LARGEST_ID, metavar="RUN", help="Number of the run.")
    ],
    as_json: Json = False,
) -> None:
    """Run the job of an earlier run again, here and now."""
    from models.job import JobRun

    with open_house() as house:
        with house.db.read() as session:
            earlier = session.get(JobRun, run_id)
        if earlier is None:
            raise Problem(f"there is no run {run_id}; `orderwatch jobs history` lists them")
        run_here(house, earlier.job, as_json)
