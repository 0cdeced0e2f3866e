"""The simulated carriers: Hermes' public search and DHL's tracking API."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.domain.values import CarrierName
from worker.simulator.days import BERLIN
from worker.simulator.records import Parcel, Scan
from worker.simulator.stage import Stage

SEARCH_PATH = "/tnt/v2/shipments/search"
DHL_PATH = "/track/shipments"
_WELL_FORMED = re.compile(r"\d{14}|H\d{19}")
_KEPT = timedelta(days=90)
_PROBLEM = "application/problem+json"


class Carriers:
    """Answers about the parcels on the stage as their roads are at the clock's time."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def app(self) -> Starlette:
        """The web application."""
        return Starlette(
            routes=[
                Route(SEARCH_PATH + "/{number}", self._hermes),
                Route(DHL_PATH, self._dhl),
            ]
        )

    async def _hermes(self, request: Request) -> Response:
        number = request.path_params["number"]
        if not _WELL_FORMED.fullmatch(number):
            return JSONResponse({"reason": "Barcode is not valid\n"}, 400)
        parcel, now = self.stage.parcel(number), self.stage.now()
        if parcel and parcel.carrier is CarrierName.HERMES and known(parcel, now):
            return JSONResponse(hermes_answer(parcel, now))
        if parcel and int(number) % 2:
            return JSONResponse([])
        return Response(status_code=404)

    async def _dhl(self, request: Request) -> Response:
        if not request.headers.get("DHL-API-Key"):
            return _problem(401, "Unauthorized", "Invalid API key", type="about:blank")
        number = request.query_params.get("trackingNumber", "")
        parcel, now = self.stage.parcel(number), self.stage.now()
        if parcel and parcel.carrier is CarrierName.DHL and known(parcel, now):
            return JSONResponse(dhl_answer(parcel, now))
        return _problem(404, "No result found", "No shipment with given tracking number found.")


def _problem(status: int, title: str, detail: str, **more: str) -> Response:
    body = {**more, "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type=_PROBLEM)


def known(parcel: Parcel, now: datetime) -> bool:
    """Whether the carrier shows the parcel: from its first scan to 90 days after its last."""
    seen = parcel.seen(now)
    return bool(seen) and now - seen[-1].at < _KEPT


# --- Hermes --------------------------------------------------------------------------------------


def hermes_answer(parcel: Parcel, now: datetime) -> list[dict[str, Any]]:
    """The JSON list about a parcel that the carrier knows, in the shape of its samples."""
    own = _parcel_object(parcel, now)
    if parcel.sibling is None:
        return [own]
    return [{**own, "barcode": parcel.sibling}, own]


def _parcel_object(parcel: Parcel, now: datetime) -> dict[str, Any]:
    seen = parcel.seen(now)
    code = _last_movement(seen)
    progress = [_progress(scan, at) for at, scan in enumerate(seen)]
    waiting = code == "PARCELSHOP_ITEMS_FOR_COLLECTION"
    return {
        "barcode": parcel.number,
        "ablt": None,
        "address": _shop_address(parcel) if waiting else None,
        "atg": {"companyName": "Beispiel Versand GmbH"},
        "bookedEdl": None,
        "forecast": _forecast(parcel, seen, waiting),
        "latestRelatedBarcode": None,
        "livetrackingOptions": None,
        "n1ParcelShopEligible": False,
        "n1RedirectedToParcelShop": False,
        "parcelAttributes": _attributes(seen, code),
        "parcelProgress": progress if parcel.oldest_first else progress[::-1],
        "viewParameters": {"readyForCollection": waiting, "readyForParcelBoxCollection": False},
    }


def _last_movement(seen: tuple[Scan, ...]) -> str:
    return next((s.code for s in reversed(seen) if not s.code.startswith("EDL_")), "")


def _progress(scan: Scan, index: int) -> dict[str, Any]:
    return {
        "timestamp": _stamp(scan.at, milliseconds=index % 3 == 0),
        "status": scan.status,
        "parcelStatus": scan.code,
        "historyText": scan.text,
    }


def _stamp(at: datetime, milliseconds: bool = False) -> str:
    """ISO UTC with Z; both ways occur."""
    fraction = ".984" if milliseconds else ""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _attributes(seen: tuple[Scan, ...], code: str) -> dict[str, Any]:
    delivered = code.startswith("DELIVERED") or code == "PARCELSHOP_COLLECTED_BY_CUSTOMER"
    return {
        "delivered": delivered,
        "deliveredTimestamp": _stamp(seen[-1].at) if delivered else None,
        "directionEnum": "RETURN" if code.startswith("RETURN") else "DELIVERY",
        "handedOverOnTour": code == "DELIVERY_TOUR_STARTED",
    }


def _forecast(parcel: Parcel, seen: tuple[Scan, ...], waiting: bool) -> dict[str, str]:
    if waiting:
        return {"pickupReadyFromUTC": _stamp(seen[-1].at)}
    if parcel.window and not seen[-1].code.startswith("DELIVERED"):
        first, last = parcel.window
        return {"deliveryTimeFromUTC": _stamp(first), "deliveryTimeToUTC": _stamp(last)}
    return {}


def _shop_address(parcel: Parcel) -> dict[str, str] | None:
    if parcel.shop is None:
        return None
    return {
        "addressType": "PARCELSHOP",
        "lastName": parcel.shop.name,
        "street": parcel.shop.street,
        "zipCode": parcel.shop.zip,
        "city": parcel.shop.city,
        "country": "DEU",
        "parcelShopId": "1",
    }


# --- DHL -----------------------------------------------------------------------------------------


def dhl_answer(parcel: Parcel, now: datetime) -> dict[str, Any]:
    """The JSON object about a parcel; events in no order, local times without offset."""
    seen = parcel.seen(now)
    events = [_dhl_event(scan) for scan in seen]
    shuffled = events[1::2] + events[::2]
    shipment = {"id": parcel.number, "service": "parcel-de", "status": events[-1]}
    return {"shipments": [{**shipment, "events": shuffled}]}


def _dhl_event(scan: Scan) -> dict[str, Any]:
    return {
        "timestamp": f"{scan.at.astimezone(BERLIN):%Y-%m-%dT%H:%M:%S}",
        "location": {"address": {"addressLocality": "Deutschland"}},
        "statusCode": scan.code,
        "status": scan.text,
        "description": scan.text,
    }
