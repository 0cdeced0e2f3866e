"""Prometheus metrics: dramatiq's own of messages, ours of rows, both out of this process.

Ours are counted when somebody scrapes, by a few indexed queries, so that nothing is paid for
them otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dramatiq import Broker
from dramatiq.middleware.prometheus import Prometheus
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from models.alert import Alert
from models.domain.values import AlertState, MailState, Severity
from models.heartbeat import last_beat
from models.mail import Mail
from models.session import Database
from models.source import Source
from tasks.ports import Clock
from worker.jobs import Job, Jobs
from worker.monitor import Page

_WAITING = (MailState.QUEUED, MailState.SENDING, MailState.PARKED)

_METRICS = (
    "total_messages", "total_errored_messages", "total_retried_messages", "inprogress_messages",
    "total_rejected_messages", "inprogress_delayed_messages", "message_durations",
)  # fmt: skip


class MessageMetrics(Prometheus):
    """dramatiq's exporter without its files and its extra process: we have one process each."""

    def __init__(self, registry: CollectorRegistry) -> None:
        super().__init__()
        self._registry = registry

    @property
    def forks(self) -> list[Any]:
        """None: our own server shows the numbers."""
        return []

    def after_process_boot(self, broker: Broker) -> None:
        """Make the metrics, and show them in our registry too."""
        super().after_process_boot(broker)  # type: ignore[no-untyped-call]
        for name in ("PROMETHEUS_MULTIPROC_DIR", "prometheus_multiproc_dir"):
            os.environ.pop(name, None)  # meant for files between processes, which we don't have
        for name in _METRICS:
            self._registry.register(getattr(self, name))

    def after_worker_shutdown(self, broker: Broker, worker: Any) -> None:
        """Nothing: there is no file to mark."""


class RowMetrics(Collector):
    """What the rows say: backlog, alerts, mails, sources, heartbeat."""

    def __init__(self, db: Database, clock: Clock, jobs: Jobs) -> None:
        self._db, self._clock, self._jobs = db, clock, jobs

    def collect(self) -> Iterator[Gauge]:
        """All of it; without a database only that there is none."""
        now = self._clock.now()
        try:
            with self._db.read() as session:
                found = [*_backlog(session, self._jobs, now), *_counts(session)]
                found += [*_sources(session, now), *_heart(session, now)]
        except DatabaseError:
            found = []
        up = Gauge("orderwatch_database_up", "Whether the database answers.", value=bool(found))
        yield from (up, *found)


def _backlog(session: Session, jobs: Jobs, now: datetime) -> tuple[Gauge, Gauge]:
    rows = Gauge("orderwatch_backlog_rows", "Rows that are due now.", labels=["job"])
    age = Gauge(
        "orderwatch_oldest_due_seconds", "How long the oldest due row is due.", labels=["job"]
    )
    for name, job in jobs.items():
        rows.add_metric([name], _due(session, job, now))
        oldest = job.rows.next_due_at(session)
        late = (now - oldest).total_seconds() if oldest else 0.0
        age.add_metric([name], max(0.0, late))
    return rows, age


def _due(session: Session, job: Job, now: datetime) -> int:
    due = job.rows.due_ids(now).order_by(None).subquery()
    return session.scalar(select(func.count()).select_from(due)) or 0


def _counts(session: Session) -> tuple[Gauge, Gauge]:
    alerts = Gauge("orderwatch_alerts_open", "Alerts that are open.", labels=["severity"])
    found = _by(session, Alert.severity, Alert.state == AlertState.OPEN)
    for severity in Severity:
        alerts.add_metric([severity.value], found.get(severity, 0))
    mails = Gauge("orderwatch_mails", "Mails that have not left.", labels=["state"])
    found = _by(session, Mail.state, Mail.state.in_(_WAITING))
    for state in _WAITING:
        mails.add_metric([state.value], found.get(state, 0))
    return alerts, mails


def _by(session: Session, column: Any, *where: Any) -> dict[Any, int]:
    rows = session.execute(select(column, func.count()).where(*where).group_by(column))
    return {row[0]: row[1] for row in rows}


def _sources(session: Session, now: datetime) -> tuple[Gauge, Gauge, Gauge]:
    label = ["source"]
    failures = Gauge("orderwatch_source_failures", "Failures in a row.", labels=label)
    paused = Gauge("orderwatch_source_paused", "Whether it is left alone now.", labels=label)
    last_ok = Gauge(
        "orderwatch_source_last_ok_timestamp_seconds", "When it was well last.", labels=label
    )
    for source in session.scalars(select(Source).order_by(Source.name)):
        failures.add_metric([source.name], source.failures)
        paused.add_metric([source.name], bool(source.paused_until and source.paused_until > now))
        if source.last_ok_at is not None:
            last_ok.add_metric([source.name], source.last_ok_at.timestamp())
    return failures, paused, last_ok


def _heart(session: Session, now: datetime) -> Iterator[Gauge]:
    beat = last_beat(session)
    if beat is not None:
        age = (now - beat).total_seconds()
        yield Gauge("orderwatch_heartbeat_age_seconds", "Age of the last heartbeat.", value=age)


def page_of(registry: CollectorRegistry) -> Page:
    """The page that Prometheus reads."""
    return lambda: (CONTENT_TYPE_LATEST, generate_latest(registry))


def make_registry(rows: RowMetrics) -> CollectorRegistry:
    """A registry of our own: what a library registers for itself is not shown."""
    registry = CollectorRegistry()
    registry.register(rows)
    ProcessCollector(registry=registry)
    return registry
