"""Which steps of a case orders and parcels show by themselves. Pure.

Reordered, where the domain reference leaves room: a loyalty order (AS) after the wrong one whose
basket agrees with it, or any AS of 1 PV in its PV month, since that keeps the rate; before or after
the credit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from models.domain.baskets import similarity
from models.domain.credits import is_credit
from models.domain.loyalty import sequence
from models.domain.values import (
    FINAL_PARCEL_STATES,
    CaseStep,
    OrderFacts,
    OrderFamily,
    Parcel,
    ParcelState,
)
from tasks.cases.facts import CaseFacts, Step

_NOT_MOVED = frozenset({None, ParcelState.ANNOUNCED, ParcelState.UNKNOWN, ParcelState.CANCELLED})


def seen_steps(case: CaseFacts) -> dict[CaseStep, Step]:
    """The steps that tracking and orders show by themselves."""
    states = {parcel.state for parcel in case.parcels}
    found: dict[CaseStep, Step] = {}
    if case.order.ship_date is not None:
        found[CaseStep.SHIPPED] = Step(case.start_of(case.order.ship_date))
    elif states - _NOT_MOVED:
        found[CaseStep.SHIPPED] = _scan(case.parcels, states - _NOT_MOVED)
    for state, step in _BY_PARCEL.items():
        if state in states:
            found[step] = _scan(case.parcels, {state})
    if ParcelState.DELIVERED in states and states <= FINAL_PARCEL_STATES:
        found[CaseStep.DELIVERED] = _scan(case.parcels, {ParcelState.DELIVERED})
    if case.credit is not None:
        found[CaseStep.CREDITED] = case.credit
    new = reorder(case)
    if new is not None:
        found[CaseStep.REORDERED] = Step(case.start_of(new.order_date), new.number)
    return found


_BY_PARCEL = {
    ParcelState.RETURNING: CaseStep.RETURNING,
    ParcelState.RETURNED: CaseStep.RETURNED,
}


#: What shows these can vanish again.
_REVOCABLE = (CaseStep.CREDITED, CaseStep.REORDERED)


def all_steps(case: CaseFacts) -> dict[CaseStep, Step]:
    """The steps that were made: what was ticked or seen first stays as it was stored.

    A credit or a new order that is no longer there is no step any more.
    """
    lasting = {
        step: made for step, made in case.known.items() if not made.seen or step not in _REVOCABLE
    }
    return seen_steps(case) | lasting


def reorder(case: CaseFacts) -> OrderFacts | None:
    """The order that was placed correctly in place of the wrong one, None when there is none."""
    later = sorted(filter(lambda other: _replaces(case, other), case.orders), key=sequence)
    return later[0] if later else None


def _replaces(case: CaseFacts, other: OrderFacts) -> bool:
    wrong, limits = case.order, case.limits
    if other.family is not OrderFamily.LOYALTY or other.cancelled or is_credit(other):
        return False
    if sequence(other) <= sequence(wrong):
        return False
    alike = similarity(wrong, other)
    same = alike is not None and alike >= limits.similarity
    return same or (other.pv_month == wrong.pv_month and other.pv >= limits.keeping_pv)


def _scan(parcels: Sequence[Parcel], states: set[ParcelState | None]) -> Step:
    """The first parcel that reached such a state, and when."""
    reached = [parcel for parcel in parcels if parcel.state in states]
    first = min(reached, key=_reached_at)
    return Step(_reached_at(first), first.number)


def _reached_at(parcel: Parcel) -> datetime:
    return parcel.last_event_at or parcel.state_since or parcel.first_seen_at
