"""Pages of the sources: how many rows they held when they were well, and a sample of a bad one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint, delete, exists, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, RowId, UtcTime
from models.upsert import insert_or_ignore

#: Characters of a sample: the head and some rows show what has changed.
LARGEST_SAMPLE = 200_000
_REASON, _PAGE = 500, 64


class PageRead(Base):
    """The last good reading of one kind of page: when, and how many rows it had."""

    __tablename__ = "page_reads"

    source: Mapped[str] = mapped_column(String(32), primary_key=True)
    page: Mapped[str] = mapped_column(String(64), primary_key=True)
    rows: Mapped[int]
    columns: Mapped[str] = mapped_column(String(300), default="")
    """Which columns of the profile it showed, in alphabetical order, with commas."""
    read_at: Mapped[datetime] = mapped_column(UtcTime)


class PageSample(Base):
    """The newest page or file of its kind that could not be read: redacted, for a report."""

    __tablename__ = "page_samples"
    __table_args__ = (UniqueConstraint("source", "page"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source: Mapped[str] = mapped_column(String(32))
    page: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(500))
    kept_at: Mapped[datetime] = mapped_column(UtcTime)
    mended_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When a page of its kind was read well again; None = it is still broken."""
    text: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True)
class LastRead:
    """When a kind of page was read well last (UTC), its rows and columns."""

    rows: int
    at: datetime
    columns: frozenset[str] = frozenset()


def last_reads(session: Session, source: str) -> dict[str, LastRead]:
    """The last good reading of each kind of page of a source."""
    rows = session.scalars(select(PageRead).where(PageRead.source == source))
    return {
        row.page: LastRead(row.rows, row.read_at, frozenset(filter(None, row.columns.split(","))))
        for row in rows
    }


def note_read(session: Session, source: str, page: str, read: LastRead) -> None:
    """A page was read well; later readings are compared with it."""
    columns = ",".join(sorted(read.columns))
    values = {"rows": read.rows, "columns": columns, "read_at": read.at}
    insert_or_ignore(session, PageRead, [{"source": source, "page": page} | values])
    here = (PageRead.source == source) & (PageRead.page == page)
    session.execute(update(PageRead).where(here).values(values))


def keep_sample(
    session: Session, source: str, page: str, reason: str, redacted: str, now: datetime
) -> None:
    """Keep a page that could not be read, in the place of the last one of its kind.

    `redacted` is its text without personal data (tasks.orders.redaction), cut when it is long.
    PostgreSQL stores no NUL, so none is kept.
    """
    page = page[:_PAGE]
    session.execute(delete(PageSample).where(PageSample.source == source, PageSample.page == page))
    insert_or_ignore(
        session,
        PageSample,
        [
            {
                "source": source,
                "page": page,
                "reason": reason.replace("\0", "")[:_REASON],
                "kept_at": now,
                "text": redacted.replace("\0", "")[:LARGEST_SAMPLE],
            }
        ],
    )


def mend_pages(session: Session, source: str, pages: Collection[str], now: datetime) -> None:
    """Pages of these kinds are read well again; their samples stay for a report."""
    broken = PageSample.mended_at.is_(None)
    here = (PageSample.source == source) & PageSample.page.in_(pages)
    session.execute(update(PageSample).where(here, broken).values(mended_at=now))


def any_broken(session: Session, source: str) -> bool:
    """Whether a page of the source could not be read last time."""
    broken = exists().where(PageSample.source == source, PageSample.mended_at.is_(None))
    return bool(session.scalar(select(broken)))
