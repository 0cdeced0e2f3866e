"""The status of an order: what its rows add up to, one word."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.domain.order_status import OrderSigns, order_status
from models.domain.values import OrderStatus, ParcelState

P = ParcelState


def status(**signs: Any) -> OrderStatus:
    """The status of a paid order, with `signs` instead where given."""
    known: dict[str, Any] = {
        "pv": Decimal(57), "total": Decimal("87.50"), "paid": True, "shipped": False,
        "vanished": False, "credited": False,
    }  # fmt: skip
    return order_status(OrderSigns(**(known | signs)))


@pytest.mark.parametrize(
    ("signs", "expected"),
    [
        ({}, "placed"),
        ({"total": None}, "placed"),
        ({"parcels": [None]}, "placed"),
        ({"parcels": [P.ANNOUNCED]}, "placed"),
        ({"paid": False}, "unpaid"),
        ({"shipped": True}, "shipped"),
        ({"shipped": True, "paid": False}, "shipped"),
        ({"shipped": True, "parcels": [P.IN_TRANSIT]}, "shipped"),
        ({"shipped": True, "parcels": [P.DELIVERED, P.IN_TRANSIT]}, "shipped"),
        ({"shipped": True, "parcels": [P.DELIVERED]}, "delivered"),
        ({"shipped": True, "parcels": [P.DELIVERED, P.RETURNING]}, "returning"),
        ({"shipped": True, "parcels": [P.RETURNED]}, "returned"),
        ({"parcels": [P.CANCELLED]}, "cancelled"),
        ({"parcels": [P.RETURNED], "credited": True}, "credited"),
        ({"pv": Decimal(-57)}, "credited"),
        ({"total": Decimal("-0.01"), "pv": Decimal(0)}, "credited"),
        ({"vanished": True, "paid": False}, "vanished"),
    ],
)
def test_each_state_of_affairs(signs: dict[str, Any], expected: str) -> None:
    """A list shows at a glance where each order stands."""
    assert status(**signs).value == expected


STATES = st.one_of(st.none(), st.sampled_from(ParcelState))


@given(st.lists(STATES), st.booleans(), st.booleans())
def test_vanished_outweighs_parcels(
    parcels: list[ParcelState | None], paid: bool, shipped: bool
) -> None:
    """An order that the back office no longer shows is not called shipped or delivered."""
    found = status(parcels=parcels, paid=paid, shipped=shipped, vanished=True)
    assert found is OrderStatus.VANISHED


@given(st.lists(STATES, min_size=1), st.randoms(use_true_random=False))
def test_the_sequence_of_parcels_does_not_matter(
    parcels: list[ParcelState | None], chance: Any
) -> None:
    """Whatever comes first from the database, the status is the same."""
    shuffled = list(parcels)
    chance.shuffle(shuffled)
    assert status(parcels=parcels) is status(parcels=shuffled)
