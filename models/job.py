"""Jobs: what ran, and what was scheduled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, RowId, UtcTime
from models.claimable import Claimable
from models.domain.values import RunState


class JobRun(Base):
    """One run of a job. A run that is `running` but no longer alive was abandoned."""

    __tablename__ = "job_runs"
    __table_args__ = (Index("ix_job_runs_job_started_at", "job", "started_at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    job: Mapped[str] = mapped_column(String(64))
    state: Mapped[RunState] = mapped_column(Choice(RunState), index=True)
    started_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    alive_until: Mapped[datetime] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    host: Mapped[str | None] = mapped_column(String(200))
    pid: Mapped[int | None]
    """Where it runs or ran: the machine, and the process there."""


_OPEN = text("next_run_at IS NOT NULL")


class Slot(Claimable, Base):
    """A scheduled run. Unique on (job, due time): several schedulers are harmless."""

    __tablename__ = "slots"
    __table_args__ = (
        UniqueConstraint("job", "due_at"),
        # A slot that has run has no next run: whatever the history holds, the index is small.
        Index(
            "ix_slots_next_run_at",
            "job",
            "next_run_at",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    job: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    next_run_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
