"""Parcels and their scans."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Choice, RowId, UtcTime
from models.claimable import Claimable
from models.domain.values import CarrierName, Parcel, ParcelState, PickupPoint, Problem, Stop

_OPEN = text("next_poll_at IS NOT NULL")


class Shipment(Claimable, Base):
    """A parcel of an order. `state` is None until its carrier knows it."""

    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("order_id", "number"),
        # Parcels at their end have no next poll: however many there are, the index is small.
        Index(
            "ix_shipments_next_poll_at",
            "next_poll_at",
            "carrier",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
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
    polls: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often its carrier was asked."""
    windows: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """The delivery windows that the carrier has named (`told_at`, `from`, `to`), newest last."""
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
            pickup_point=PickupPoint(**self.pickup_point) if self.pickup_point else None,
            given_up=self.given_up,
            asked_at=self.asked_at,
        )

    @property
    def given_up(self) -> Literal["refused", "unknown"] | None:
        """Why its number is asked for no more, None while it is, or when it has been known."""
        if self.number_refused:
            return "refused"
        asked_in_vain = self.state is None and self.misses > 0
        ended = self.next_poll_at is None and self.parked_at is None
        return "unknown" if asked_in_vain and ended else None


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
