"""The columns of a row that workers claim: who holds it, how often it was tried, why it parks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import RowId, UtcTime


class Claimable:
    """Mixed into a model that has a due column `next_…_at` of its own.

    A row is due when that column is past. A claim moves it to the lease's end, writes its token
    and raises `attempts`; a parked row has no due time until somebody unparks it.
    """

    __tablename__: str

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    claim_token: Mapped[str | None] = mapped_column(String(32), index=True)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    parked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(Text)
