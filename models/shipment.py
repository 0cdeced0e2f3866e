"""Parcels and their scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, RowId, UtcTime
from models.claimable import Claimable
from models.domain.values import CarrierName, Parcel, ParcelState, Problem, Stop


class Shipment(Claimable, Base):
    """A parcel of an order. `state` is None until its carrier knows it."""

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        Index("ix_shipments_next_poll_at", "next_poll_at"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    number: Mapped[str] = mapped_column(String(64), index=True)
    carrier: Mapped[CarrierName | None] = mapped_column(Choice(CarrierName))
    state: Mapped[ParcelState | None] = mapped_column(Choice(ParcelState), index=True)
    state_since: Mapped[datetime | None] = mapped_column(UtcTime)
    problem: Mapped[Problem] = mapped_column(Choice(Problem), default=Problem.NONE)
    stop: Mapped[Stop | None] = mapped_column(Choice(Stop))
    text: Mapped[str | None] = mapped_column(String(300))
    shipped_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_event_at: Mapped[datetime | None] = mapped_column(UtcTime)
    expected_from: Mapped[datetime | None] = mapped_column(UtcTime)
    expected_to: Mapped[datetime | None] = mapped_column(UtcTime)
    pickup_point: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    facts_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the last answer's facts: equal means that there is nothing to write."""
    misses: Mapped[int] = mapped_column(default=0)
    """How often in a row the carrier did not know the number."""
    number_refused: Mapped[bool] = mapped_column(default=False)
    first_seen_at: Mapped[datetime] = mapped_column(UtcTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    next_poll_at: Mapped[datetime | None] = mapped_column(UtcTime)

    def parcel(self, order_number: str) -> Parcel:
        """As the rules see it."""
        return Parcel(
            number=self.number,
            carrier=self.carrier,
            order_number=order_number,
            state=self.state,
            first_seen_at=self.first_seen_at,
            problem=self.problem,
            stop=self.stop,
            shipped_at=self.shipped_at,
            last_event_at=self.last_event_at,
            state_since=self.state_since,
            expected_from=self.expected_from,
            expected_to=self.expected_to,
        )


class ShipmentEvent(Base):
    """One scan of a parcel, stored once."""

    __tablename__ = "shipment_events"
    __table_args__ = (UniqueConstraint("shipment_id", "at", "code"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipments.id"))
    at: Mapped[datetime] = mapped_column(UtcTime)
    code: Mapped[str] = mapped_column(String(64))
    state: Mapped[ParcelState] = mapped_column(Choice(ParcelState))
    text: Mapped[str] = mapped_column(String(300))
