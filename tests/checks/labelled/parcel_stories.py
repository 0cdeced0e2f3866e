"""Stories on parcels: what the carrier says, and when silence is a state too."""

from __future__ import annotations

from datetime import date, timedelta

from models.domain.values import ParcelState, Problem
from tests.checks.labelled.life import Life, after_working_days, moment, story


def _sent(life: Life, state: ParcelState = ParcelState.IN_TRANSIT) -> tuple[str, date]:
    """A casual order of a Monday whose parcel is scanned on Tuesday."""
    life.casual()
    number = life.order(life.monday(), "IO")
    tuesday = life.monday() + timedelta(days=1)
    life.parcel(number, tuesday, state=state, shipped_at=moment(tuesday, 10))
    return number, tuesday


@story
def delivered(life: Life) -> None:
    """Scanned each day, delivered on the third: nothing to say."""
    number, tuesday = _sent(life)
    life.parcel(number, tuesday + timedelta(days=1), state=ParcelState.OUT_FOR_DELIVERY)
    life.parcel(number, tuesday + timedelta(days=1), 15, state=ParcelState.DELIVERED)


@story
def delivery_failed(life: Life) -> None:
    """Nobody at home; over with the next scan."""
    number, tuesday = _sent(life)
    day = tuesday + timedelta(days=1)
    parcel = life.parcel(number, day, state=ParcelState.DELIVERY_FAILED)
    life.expect("delivery-failed", parcel, "medium", day, day + timedelta(days=1))
    life.parcel(number, day + timedelta(days=1), state=ParcelState.DELIVERED)


@story
def exception(life: Life) -> None:
    """Damaged; how bad it is says the status code, else it is urgent."""
    number, tuesday = _sent(life)
    day = tuesday + timedelta(days=1)
    low = life.rng.random() < 0.5
    problem = Problem.LOW if low else Problem.NONE
    parcel = life.parcel(number, day, state=ParcelState.EXCEPTION, problem=problem)
    life.expect("parcel-exception", parcel, "low" if low else "high", day)
    life.parcel(number, day + timedelta(days=2), state=ParcelState.DELIVERED, problem=Problem.NONE)


@story
def returned(life: Life) -> None:
    """Going back, then back: two findings, each in its time."""
    number, tuesday = _sent(life)
    day = tuesday + timedelta(days=1)
    parcel = life.parcel(number, day, state=ParcelState.RETURNING)
    life.expect("parcel-returning", parcel, "high", day, day + timedelta(days=2))
    life.parcel(number, day + timedelta(days=2), state=ParcelState.RETURNED)
    life.expect("parcel-returned", parcel, "high", day + timedelta(days=2))


@story
def stuck(life: Life) -> None:
    """No scan for three full working days."""
    number, tuesday = _sent(life)
    told = after_working_days(tuesday, 3)
    life.expect("parcel-stuck", f"P{number}", "medium", told, told)
    life.parcel(number, told, state=ParcelState.DELIVERED)


@story
def nearly_stuck(life: Life) -> None:
    """A scan on the evening of the third working day."""
    number, tuesday = _sent(life)
    third = after_working_days(tuesday, 3) - timedelta(days=1)
    life.parcel(number, third, 20, state=ParcelState.OUT_FOR_DELIVERY)
    life.parcel(number, third + timedelta(days=1), state=ParcelState.DELIVERED)


@story
def not_handed_over(life: Life) -> None:
    """Announced, and not scanned for two full working days."""
    number, tuesday = _sent(life, ParcelState.ANNOUNCED)
    told = after_working_days(tuesday, 2)
    life.expect("parcel-not-handed-over", f"P{number}", "medium", told, told)
    life.parcel(number, told, state=ParcelState.DELIVERED)


@story
def handed_over_in_time(life: Life) -> None:
    """Scanned on the evening of the second working day."""
    number, tuesday = _sent(life, ParcelState.ANNOUNCED)
    second = after_working_days(tuesday, 2) - timedelta(days=1)
    life.parcel(number, second, 20, state=ParcelState.IN_TRANSIT)
    life.parcel(number, second + timedelta(days=1), state=ParcelState.DELIVERED)


@story
def overdue(life: Life) -> None:
    """Two hours past its window it is late."""
    number, tuesday = _sent(life)
    day = tuesday + timedelta(days=1)
    window = {"expected_from": moment(day, 10), "expected_to": moment(day, 14)}
    life.parcel(number, day, 8, state=ParcelState.OUT_FOR_DELIVERY, **window)
    life.expect("parcel-overdue", f"P{number}", "low", day, day)
    life.parcel(number, day, 17, state=ParcelState.DELIVERED)


@story
def nearly_overdue(life: Life) -> None:
    """Delivered an hour after its window: within the grace."""
    number, tuesday = _sent(life)
    day = tuesday + timedelta(days=1)
    window = {"expected_from": moment(day, 10), "expected_to": moment(day, 14)}
    life.parcel(number, day, 8, state=ParcelState.OUT_FOR_DELIVERY, **window)
    life.parcel(number, day, 15, state=ParcelState.DELIVERED)


@story
def pickup(life: Life) -> None:
    """Five days in the shop: she should go before it is sent back."""
    number, tuesday = _sent(life)
    day = tuesday + timedelta(days=1)
    life.parcel(number, day, state=ParcelState.READY_FOR_PICKUP)
    told = day + timedelta(days=5)
    life.expect("pickup-expiring", f"P{number}", "medium", told, told)
    life.parcel(number, told, 12, state=ParcelState.DELIVERED)


@story
def picked_up_in_time(life: Life) -> None:
    """Fetched on the fifth day, an hour before it would be told."""
    number, tuesday = _sent(life)
    day = tuesday + timedelta(days=1)
    life.parcel(number, day, state=ParcelState.READY_FOR_PICKUP)
    life.parcel(number, day + timedelta(days=5), 9, state=ParcelState.DELIVERED)


@story
def parcel_of_a_vanished_order(life: Life) -> None:
    """Its order is gone from the lists: where the parcel goes is the case's business."""
    number, tuesday = _sent(life)
    gone = moment(tuesday, 12)
    life.change(number, tuesday, 12, vanished_at=gone)
    life.parcel(number, tuesday + timedelta(days=1), state=ParcelState.RETURNING)


@story
def refused_number(life: Life) -> None:
    """The carrier says that this is no number of its own, or has not known it for days."""
    life.casual()
    day = life.monday()
    asked = {"state": None, "asked_at": moment(day, 12)}
    refused = {"number_refused": True} if life.rng.random() < 0.5 else {"misses": 9}
    parcel = life.parcel(life.order(day, "IO"), day, 12, **asked, **refused)
    life.expect("tracking-number-invalid", parcel, "medium", day, day + timedelta(days=14))


@story
def number_not_known_yet(life: Life) -> None:
    """A label that was just printed is not known to the carrier for some hours."""
    life.casual()
    day = life.monday()
    number = life.order(day, "IO")
    soon = moment(day, 18)
    life.parcel(number, day, 12, state=None, misses=2, asked_at=moment(day, 12), next_poll_at=soon)
    life.parcel(number, day, 18, state=ParcelState.DELIVERED, misses=0, next_poll_at=None)
