"""The roads that parcels take, scan by scan, from the day of shipping. Pure.

Codes, buckets and texts are those of the carrier's samples. Apart from the road `stuck` no scan
is later than two working days after the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from models.domain.values import CarrierName, PickupPoint
from worker.simulator.days import berlin, working_day_after
from worker.simulator.records import Parcel, Scan

SHOP = PickupPoint("Beispiel Kiosk", "Beispielweg 1", "10115", "Beispielstadt")

_TEXTS = {
    "ANNOUNCED": "Die Sendung wurde Hermes elektronisch angekündigt.",
    "EDL_BOOKED_DROPOFF": "Für die Sendung wurde ein WunschAblageort gebucht.",
    "TAKEN_OVER_BY_HERMES": "Die Sendung wurde von Hermes übernommen.",
    "SORTED": "Die Sendung wurde in Musterstadt für den Weiterversand vorbereitet.",
    "ARRIVED_IN_DESTINATION_REGION": "Die Sendung ist in der Zielregion angekommen.",
    "DELIVERY_TOUR_STARTED": "Die Sendung wurde ins Zustellfahrzeug geladen.",
    "DELIVERED_HOMEDELIVERY": "Die Sendung wurde zugestellt.",
    "DELIVERED_NEIGHBOUR": "Die Sendung wurde an den Nachbarn Wagner zugestellt.",
    "DELIVERED_DROPOFF": "Die Sendung wurde an einem Ablageort hinterlegt.",
    "DELIVERY_FAILED": "Der Empfänger wurde nicht angetroffen."
    " Hermes wird einen weiteren Zustellversuch durchführen.",
    "RETURN_TO_SENDER": "Die Sendung wird an den Auftraggeber zurückgeführt.",
    "RETURN_DELIVERED_TO_SENDER": "Die Retoure/Rücksendung ist beim Auftraggeber eingegangen.",
    "PARCELSHOP_ITEMS_FOR_COLLECTION": f"Die Sendung liegt im Hermes PaketShop {SHOP.name}"
    " zur Abholung bereit.",
    "PARCELSHOP_COLLECTED_BY_CUSTOMER": "Die Sendung wurde vom Empfänger im Hermes PaketShop"
    f" {SHOP.name} abgeholt.",
    "SOME_FUTURE_CODE": "Ein neuer, unbekannter Status.",
}
_UNHAPPY = ("DELIVERY_FAILED", "RETURN")
_FINISHED = ("DELIVERED", "PARCELSHOP_COLLECTED_BY_CUSTOMER")


def scan_at(at: datetime, code: str) -> Scan:
    """A scan at that moment (aware UTC). Raises KeyError for a code that no parcel here shows."""
    bucket = "HAPPY"
    if code.startswith(_UNHAPPY):
        bucket = "UNHAPPY"
    elif code.startswith(_FINISHED):
        bucket = "FINISHED"
    return Scan(at, code, bucket, _TEXTS[code])


def _scan(day: date, hour: int, minute: int, code: str) -> Scan:
    return scan_at(berlin(day, hour, minute, 7), code)


def _to_region(shipped: date) -> list[Scan]:
    return [*_taken_over(shipped), _scan(shipped + timedelta(days=1), 3, 58, "SORTED")]


def _taken_over(shipped: date) -> list[Scan]:
    return [_scan(shipped, 17, 25, "ANNOUNCED"), _scan(shipped, 18, 40, "TAKEN_OVER_BY_HERMES")]


def _tour(day: date) -> list[Scan]:
    return [
        _scan(day, 2, 20, "ARRIVED_IN_DESTINATION_REGION"),
        _scan(day, 6, 59, "DELIVERY_TOUR_STARTED"),
    ]


def _smooth(shipped: date, last: str = "DELIVERED_HOMEDELIVERY") -> list[Scan]:
    day = working_day_after(shipped, 2)
    return [*_to_region(shipped), *_tour(day), _scan(day, 12, 14, last)]


def _dropoff(shipped: date) -> list[Scan]:
    booked = _scan(shipped, 19, 5, "EDL_BOOKED_DROPOFF")
    return sorted([booked, *_smooth(shipped, "DELIVERED_DROPOFF")], key=lambda scan: scan.at)


def _neighbour(shipped: date) -> list[Scan]:
    return _smooth(shipped, "DELIVERED_NEIGHBOUR")


def _failed(shipped: date) -> list[Scan]:
    day = working_day_after(shipped, 2)
    again = working_day_after(day)
    return [
        *_to_region(shipped),
        *_tour(day),
        _scan(day, 13, 5, "DELIVERY_FAILED"),
        _scan(again, 6, 59, "DELIVERY_TOUR_STARTED"),
        _scan(again, 12, 40, "DELIVERED_HOMEDELIVERY"),
    ]


def _failed_slow(shipped: date) -> list[Scan]:
    again = working_day_after(shipped, 4)
    return [
        *_failed(shipped)[:-2],
        _scan(again, 6, 59, "DELIVERY_TOUR_STARTED"),
        _scan(again, 12, 40, "DELIVERED_HOMEDELIVERY"),
    ]


def _failed_returned(shipped: date) -> list[Scan]:
    day = working_day_after(shipped, 2)
    return [
        *_failed(shipped)[:-2],
        _scan(working_day_after(day), 9, 0, "RETURN_TO_SENDER"),
        _scan(working_day_after(day, 3), 10, 0, "RETURN_DELIVERED_TO_SENDER"),
    ]


def _stopped(shipped: date) -> list[Scan]:
    return [
        *_to_region(shipped),
        _scan(working_day_after(shipped, 2), 9, 30, "RETURN_TO_SENDER"),
        _scan(working_day_after(shipped, 4), 10, 0, "RETURN_DELIVERED_TO_SENDER"),
    ]


def _stuck(shipped: date) -> list[Scan]:
    day = working_day_after(shipped, 8)
    return [*_taken_over(shipped), *_tour(day), _scan(day, 13, 20, "DELIVERED_HOMEDELIVERY")]


def _never_scanned(shipped: date) -> list[Scan]:
    return _taken_over(shipped)[:1]


def _shop(shipped: date) -> list[Scan]:
    day = working_day_after(shipped, 2)
    return [
        *_to_region(shipped),
        *_tour(day),
        _scan(day, 15, 10, "PARCELSHOP_ITEMS_FOR_COLLECTION"),
        _scan(working_day_after(day), 17, 30, "PARCELSHOP_COLLECTED_BY_CUSTOMER"),
    ]


def _odd_code(shipped: date) -> list[Scan]:
    odd = _scan(working_day_after(shipped), 12, 0, "SOME_FUTURE_CODE")
    return sorted([odd, *_smooth(shipped)], key=lambda scan: scan.at)


def _dhl(shipped: date) -> list[Scan]:
    day = working_day_after(shipped, 2)
    steps = (
        (shipped, 17, "pre-transit", "Die Sendung wurde elektronisch angekündigt."),
        (shipped, 20, "transit", "Die Sendung wurde im Start-Paketzentrum bearbeitet."),
        (day, 8, "transit", "Die Sendung wurde in das Zustellfahrzeug geladen."),
        (day, 11, "delivered", "Die Sendung wurde zugestellt."),
    )
    return [Scan(berlin(on, hour, 36), code, "", text) for on, hour, code, text in steps]


_ROADS: dict[str, Callable[[date], list[Scan]]] = {
    "smooth": _smooth,
    "dropoff": _dropoff,
    "neighbour": _neighbour,
    "failed": _failed,
    "failed-slow": _failed_slow,
    "failed-returned": _failed_returned,
    "stopped": _stopped,
    "stuck": _stuck,
    "never-scanned": _never_scanned,
    "shop": _shop,
    "odd-code": _odd_code,
    "dhl": _dhl,
}
ROADS = tuple(_ROADS)


def make_parcel(number: str, road: str, shipped: date, quirk: int = 0) -> Parcel:
    """The parcel that leaves on the German day `shipped` and takes `road` (one of `ROADS`).

    `quirk` varies what a carrier's answers vary in: order of rows, a forecast window, a second
    barcode. Raises KeyError for an unknown road.
    """
    day = working_day_after(shipped, 2)
    window = (berlin(day, 10), berlin(day, 14)) if road == "smooth" and quirk % 3 == 0 else None
    return Parcel(
        number,
        CarrierName.DHL if road == "dhl" else CarrierName.HERMES,
        road,
        tuple(_ROADS[road](shipped)),
        window,
        SHOP if road == "shop" else None,
        oldest_first=quirk % 2 == 1,
        sibling="99000000000219" if road == "smooth" and quirk % 11 == 5 else None,
    )
