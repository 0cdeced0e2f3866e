"""Order, member and parcel numbers in the shapes that the real ones have. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from models.domain.values import CarrierName

#: 176348264 on 2026-02-18 and 184145362 on 2026-09-02 (reference on the back office).
_ANCHOR = datetime(2026, 9, 2, 12, tzinfo=UTC)
_ANCHOR_NUMBER = 184_145_362
_PER_SECOND = (184_145_362 - 176_348_264) / (196 * 86_400)

_HERMES_LINKS = (
    "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation#{}",
    "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{}",
    "https://www.myhermes.de/empfangen/sendungsverfolgung/suchen/sendungsinformation/{}",
    "https://tracking.hermesworld.com/?TrackID={}",
)
_DHL_LINK = "https://www.dhl.de/de/privatkunden/pakete-empfangen/verfolgen.html?piececode={}"


def order_number(placed_at: datetime) -> int:
    """The 9-digit order number that the back office gives about then; it rises with time."""
    return _ANCHOR_NUMBER + int((placed_at - _ANCHOR).total_seconds() * _PER_SECOND)


def member_id(rng: Random) -> str:
    """A member ID of 6 to 8 digits, mostly 7."""
    digits = rng.choice((6, 7, 7, 7, 8))
    return str(rng.randrange(10 ** (digits - 1), 10**digits))


def check_digit(body: str) -> str:
    """Mod 10 with weights 3 and 1 from the right, as Hermes and GS1 use it."""
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(body)))
    return str(-total % 10)


def parcel_number(carrier: CarrierName, serial: int) -> str:
    """An invented number with a valid check digit: 99… for Hermes, 00340… for DHL."""
    if carrier is CarrierName.DHL:
        body = f"00340434161{serial % 10**8:08d}"
    else:
        body = f"99{serial % 10**11:011d}"
    return body + check_digit(body)


def tracking_link(carrier: CarrierName, number: str) -> str:
    """One of the links by which the back office points to the carrier."""
    if carrier is CarrierName.DHL:
        return _DHL_LINK.format(number)
    return _HERMES_LINKS[int(number[-3:]) % len(_HERMES_LINKS)].format(number)
