"""What a job is: a name, what makes it due, and the work it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models.queue import Queue
from models.queues import slots_of
from tasks.run import Counts, Run


@dataclass(frozen=True)
class Job:
    """A kind of work. `queue` holds the rows that make it due; without one, `due` says when it
    is, or (without that too) its scheduled slots."""

    name: str
    work: Callable[[Run], Counts]
    queue: Queue | None = None
    due: Callable[[Session, datetime], bool] | None = None
    """Whether there is something to do now; None = whenever rows of the queue are due."""
    lacking: str | None = None
    """What the settings lack for it to work, and the remedy; None when it can work."""

    recorded: bool = True
    """Whether its runs are part of the history; the heartbeat's would fill it."""

    @property
    def slotted(self) -> bool:
        """Whether it runs at scheduled times instead of whenever rows are due."""
        return self.queue is None and self.due is None

    @property
    def rows(self) -> Queue:
        """The rows that make it due."""
        return self.queue or slots_of(self.name)

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether a worker would find something to do."""
        return self.due(session, now) if self.due else self.rows.is_due(session, now)


Jobs = Mapping[str, Job]


class NoSuchJob(Exception):
    """The name is not in the table of jobs."""

    def __init__(self, name: str, jobs: Jobs) -> None:
        super().__init__(f"no job is called {name!r}; there are {', '.join(sorted(jobs))}")
