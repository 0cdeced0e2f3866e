"""Where an order stands, from what is known of it and its parcels. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.domain.values import OrderStatus, ParcelState

#: What a parcel says of its order; of several parcels the worst news counts.
_BY_PARCEL = (
    (ParcelState.RETURNED, OrderStatus.RETURNED),
    (ParcelState.RETURNING, OrderStatus.RETURNING),
    (ParcelState.CANCELLED, OrderStatus.CANCELLED),
)


@dataclass(frozen=True, slots=True)
class OrderSigns:
    """What the status is told from.

    `credited`: taken back, as `credits_of` tells.
    """

    pv: Decimal
    total: Decimal | None
    paid: bool
    shipped: bool
    vanished: bool
    credited: bool
    parcels: Sequence[ParcelState | None] = ()


def order_status(signs: OrderSigns) -> OrderStatus:
    """The status that lists show: what ends an order first, then its parcels, then its payment.

    A negative PV or total is a credit (domain.md, "Stopping an order, and the credit").
    """
    if signs.credited or signs.pv < 0 or (signs.total is not None and signs.total < 0):
        return OrderStatus.CREDITED
    if signs.vanished:
        return OrderStatus.VANISHED
    for state, status in _BY_PARCEL:
        if state in signs.parcels:
            return status
    if signs.parcels and all(state is ParcelState.DELIVERED for state in signs.parcels):
        return OrderStatus.DELIVERED
    if signs.shipped:
        return OrderStatus.SHIPPED
    return OrderStatus.PLACED if signs.paid else OrderStatus.UNPAID
