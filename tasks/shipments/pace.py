"""When a parcel is asked for next: by its state, at night not at all. Pure.

- Close while it is on tour or within its delivery window, slower while nothing is awaited,
  never again once it is at its end.
- A number that is not known yet, and a parcel that fell silent, are asked for less and less.
- The jitter comes from the number, not from chance: the same parcel, the same minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from hashlib import blake2b
from zoneinfo import ZoneInfo

from models.domain.values import FINAL_PARCEL_STATES, ParcelState

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait between two requests for one parcel, and when the night is.

    The defaults keep to what careful clients of Hermes do: 15 to 60 minutes a parcel, a night
    pause (reference page on Hermes, "Politeness").
    """

    announced: timedelta = timedelta(hours=1)
    in_transit: timedelta = timedelta(hours=1)
    out_for_delivery: timedelta = timedelta(minutes=15)
    """Also for a parcel in transit within its delivery window."""
    ready_for_pickup: timedelta = timedelta(hours=1)
    delivery_failed: timedelta = timedelta(minutes=30)
    exception: timedelta = timedelta(minutes=30)
    returning: timedelta = timedelta(hours=3)
    unknown: timedelta = timedelta(minutes=30)
    not_known_first: timedelta = timedelta(minutes=30)
    """A number that the carrier does not know yet: the shortest wait …"""
    not_known_share: float = 0.25
    """… which grows with this share of its age …"""
    slowest: timedelta = timedelta(hours=12)
    """… up to this limit, which is also the wait for a parcel that fell silent."""
    silent_after: timedelta = timedelta(days=14)
    """Without news for so long a parcel is only asked for at the slowest pace."""
    give_up_after: timedelta = timedelta(days=90)
    """Without news for so long it is asked for no more."""
    unknown_give_up_after: timedelta = timedelta(days=10)
    """A number that the carrier has never known for so long is asked for no more."""
    jitter: float = 0.1
    """Up to this share of a wait is added, so that parcels spread."""
    night: tuple[time, time] | None = (time(22), time(6))
    """Local times between which nobody is asked; None = no pause."""
    morning_spread: timedelta = timedelta(minutes=30)
    """What the night held back is spread over so long."""
    zone: tzinfo = BERLIN


def next_poll_at(
    state: ParcelState | None,
    now: datetime,
    pace: Pace,
    *,
    number: str,
    first_seen_at: datetime,
    last_event_at: datetime | None = None,
    expected_from: datetime | None = None,
    expected_to: datetime | None = None,
) -> datetime | None:
    """When to ask for the parcel next (aware UTC, later than `now`), None = never again.

    `state` None or NOT_FOUND: the carrier has not known the number so far. All times aware UTC;
    `first_seen_at` is when we first had the number.
    """
    if state in FINAL_PARCEL_STATES:
        return None
    silence = max(now - (last_event_at or first_seen_at), timedelta(0))
    if silence >= (pace.unknown_give_up_after if state in _NEVER_KNOWN else pace.give_up_after):
        return None
    wait = _wait(state, silence, pace)
    if state in _MAY_COME_SOON and _within(now, expected_from, expected_to):
        wait = min(wait, pace.out_for_delivery)
    share = _share(number)
    return _after_night(now + wait * (1 + pace.jitter * share), share, pace)


_NEVER_KNOWN = (None, ParcelState.NOT_FOUND)
_MAY_COME_SOON = frozenset({ParcelState.IN_TRANSIT, ParcelState.OUT_FOR_DELIVERY})


def _wait(state: ParcelState | None, silence: timedelta, pace: Pace) -> timedelta:
    if state is None or state is ParcelState.NOT_FOUND:  # _NEVER_KNOWN, as the types know it
        return min(max(silence * pace.not_known_share, pace.not_known_first), pace.slowest)
    by_state: timedelta = getattr(pace, state.value)
    return max(by_state, pace.slowest) if silence >= pace.silent_after else by_state


def _within(now: datetime, start: datetime | None, end: datetime | None) -> bool:
    """Whether the delivery window is open; one end alone is no window."""
    return start is not None and end is not None and start <= now <= end


def _share(number: str) -> float:
    """A fixed share in [0, 1) that differs from number to number."""
    digest = blake2b(number.encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32


def is_night(moment: datetime, pace: Pace) -> bool:
    """Whether nobody is asked at `moment` (aware)."""
    if pace.night is None:
        return False
    start, end = pace.night
    local = moment.astimezone(pace.zone).time()
    return start <= local < end if start <= end else local >= start or local < end


def _after_night(due: datetime, share: float, pace: Pace) -> datetime:
    """`due`, or the morning after the night that it falls in, spread by `share`."""
    if pace.night is None or not is_night(due, pace):
        return due.astimezone(UTC)
    start, end = pace.night
    local = due.astimezone(pace.zone)
    before_midnight = start > end and local.time() >= start
    day = local.date() + timedelta(days=1 if before_midnight else 0)
    morning = datetime.combine(day, end, pace.zone).astimezone(UTC)
    if morning < due:  # the clocks went back in this night: its second pass is meant
        morning = datetime.combine(day, end.replace(fold=1), pace.zone).astimezone(UTC)
    return morning + pace.morning_spread * share
