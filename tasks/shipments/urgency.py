"""Which parcels matter most, where the day's budget does not suffice for all of them."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case

from models.domain.values import ParcelState
from models.shipment import Shipment

#: Somebody can act on these today.
_TODAY = (
    ParcelState.DELIVERY_FAILED,
    ParcelState.EXCEPTION,
    ParcelState.OUT_FOR_DELIVERY,
    ParcelState.READY_FOR_PICKUP,
)
#: Under way, so that tomorrow's trouble may show.
_UNDER_WAY = (ParcelState.IN_TRANSIT, ParcelState.RETURNING, ParcelState.UNKNOWN)


def urgency() -> ColumnElement[int]:
    """A parcel's place in the queue: the smaller, the sooner. New numbers stand in the middle."""
    never_asked = Shipment.asked_at.is_(None)
    return case(
        (Shipment.state.in_(_TODAY), 0),
        (Shipment.state.in_(_UNDER_WAY) | never_asked, 1),
        else_=2,
    )
