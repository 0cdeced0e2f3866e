"""A tick with nothing due: its cost with a thousand delivered parcels, and with a million."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import Integer, String, cast, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from config.settings import load
from models.domain.values import CarrierName, ParcelState, Problem
from models.session import Database
from models.shipment import Shipment
from tests.bench.ground import DATABASES, Figure, Figures, Ground, named
from tests.bench.poll import NOW, fill
from tests.services.clock import FakeClock
from worker.bootstrap import House
from worker.job_table import make_jobs
from worker.runner import Runner

FEW, MANY = 1_000, 1_000_000
TICKS = 200

#: So much is open beside what is done, and not due.
OPEN = 500


def figures(ground: Ground) -> Figures:
    """Seconds of a tick among a million delivered parcels, against those among a thousand."""
    return {named("tick_growth", database): _growth(ground, database) for database in DATABASES}


def _growth(ground: Ground, database: str) -> Figure:
    few_url, many_url = ground.address(database), ground.address(database)
    fresh(few_url, FEW)
    fresh(many_url, MANY)
    with running(few_url) as (_, few_runner), running(many_url) as (_, many_runner):
        few, many = costs(few_runner, many_runner)
    return {"ratio": round(many / few, 3), "ours": round(many, 5), "baseline": round(few, 5)}


@contextmanager
def running(url: str, now: datetime = NOW) -> Iterator[tuple[House, Runner]]:
    """The program on that database, with all its queues in use; its clock stands at `now`."""
    told = {
        "DATABASE_URL": url, "CONSULTANT__EMAIL": "sabine@example.org", "DHL__API_KEY": "key",
        "SMTP__HOST": "localhost", "SMTP__FROM": "sabine@example.org", "QUIET_HOURS": "off",
    }  # fmt: skip
    house = House(load({f"ORDERWATCH_{k}": v for k, v in told.items()}, None), FakeClock(now))
    jobs, lease = make_jobs(house), house.lease
    yield house, Runner(house.db, house.clock, jobs, lease, lambda job: None, house.stopping)
    house.close()


def costs(*runners: Runner) -> list[float]:
    """Seconds that a tick of each takes when nothing is due, measured by turns."""
    assert not any(runner.due() for runner in runners)
    seconds: list[list[float]] = [[] for _ in runners]
    for _ in range(TICKS):
        for taken, runner in zip(seconds, runners, strict=True):
            begin = time.perf_counter()
            runner.due()
            taken.append(time.perf_counter() - begin)
    return [median(taken) for taken in seconds]


def fresh(url: str, delivered: int) -> None:
    """A database with some open parcels, none of them due, and so many delivered ones."""
    db = Database(url)
    db.upgrade()
    fill(db, OPEN)
    with db.write() as session:
        session.execute(text("UPDATE customers SET next_review_at = NULL, baseline = false"))
        session.execute(update(Shipment).values(next_poll_at=NOW + timedelta(hours=1)))
    _grow(db, delivered)
    db.close()


def _grow(db: Database, delivered: int) -> None:
    """So many delivered parcels in all."""
    with db.write() as session:
        there = _delivered(session)
        while there < delivered:
            more = min(max(there, OPEN), delivered - there)
            _copy(session, more)
            there += more
    with db.engine.connect() as connection:  # as either database does by itself, in time
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _delivered(session: Session) -> int:
    query = select(func.count()).where(Shipment.state == ParcelState.DELIVERED)
    return session.scalar(query) or 0


def _copy(session: Session, rows: int) -> None:
    """As many delivered parcels more, made from those that are there."""
    highest = session.scalar(select(func.max(Shipment.id))) or 0
    source = select(
        Shipment.order_id,
        cast(Shipment.id + highest, String),
        literal(CarrierName.HERMES, Shipment.carrier.type),
        literal(ParcelState.DELIVERED, Shipment.state.type),
        literal(Problem.NONE, Shipment.problem.type),
        cast(literal(0), Integer),
        Shipment.number_refused,
        Shipment.first_seen_at,
    ).order_by(Shipment.id.desc()).limit(rows)  # fmt: skip
    names = ("order_id", "number", "carrier", "state", "problem", "misses", "number_refused",
             "first_seen_at")  # fmt: skip
    session.execute(insert(Shipment).from_select(names, source))
