"""Steers a simulator in another process: faults, clock, orders, log and mails over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.domain.values import CarrierName
from worker.simulator.baskets import products
from worker.simulator.days import local_date
from worker.simulator.faults import Faults
from worker.simulator.mailbox import Mailbox, Refusal
from worker.simulator.numbers import parcel_number
from worker.simulator.records import Order
from worker.simulator.request_log import RequestLog
from worker.simulator.stage import Stage
from worker.simulator.timelines import make_parcel, scan_at


class Control:
    """The endpoints under `/_control/`; a bad order is answered with 400 and its reason."""

    def __init__(self, stage: Stage, faults: Faults, log: RequestLog, mailbox: Mailbox) -> None:
        self._stage, self._faults, self._log, self._mailbox = stage, faults, log, mailbox

    def routes(self) -> list[Route]:
        """To be put into an application."""
        posts = {
            "faults": self._post_faults,
            "clock": self._post_clock,
            "orders": self._post_order,
            "ship": self._post_ship,
            "scan": self._post_scan,
            "credit": self._post_credit,
            "remove": self._post_remove,
            "mail": self._post_mail,
        }
        gets = {"log": self._get_log, "mail": self._get_mail, "clock": self._get_clock}
        return [
            *(Route(f"/_control/{n}", _taking(do), methods=["POST"]) for n, do in posts.items()),
            *(Route(f"/_control/{n}", _giving(do)) for n, do in gets.items()),
        ]

    def _post_faults(self, body: dict[str, Any]) -> Any:
        self._faults.apply(body)
        return {}

    def _post_clock(self, body: dict[str, Any]) -> Any:
        clock = self._stage.clock
        if not hasattr(clock, "set"):
            raise ValueError("the real clock can't be set; start with --clock fixed or offset")
        clock.set(datetime.fromisoformat(body["now"]))
        return self._get_clock()

    def _get_clock(self) -> Any:
        return {"now": self._stage.now().isoformat()}

    def _post_order(self, body: dict[str, Any]) -> Any:
        """`{"member_id", "source", "items": 2}`: the first so many products, one each."""
        lines = products()[: int(body.get("items", 2))]
        return _order_json(self._stage.place(body["member_id"], body["source"], lines))

    def _post_ship(self, body: dict[str, Any]) -> Any:
        """`{"order", "road": "smooth", "on": "2026-10-20"}`: it leaves now.

        `on`: the German day on which its road begins, today by default.
        """
        number, road = str(body["order"]), str(body.get("road", "smooth"))
        carrier = "dhl" if road == "dhl" else "hermes"
        day = date.fromisoformat(body["on"]) if "on" in body else local_date(self._stage.now())
        parcel = make_parcel(parcel_number(CarrierName(carrier), int(number)), road, day)
        return _order_json(self._stage.ship(number, parcel))

    def _post_scan(self, body: dict[str, Any]) -> Any:
        """`{"order", "code": "DELIVERY_FAILED"}`: its parcel is scanned now, whatever its road."""
        scan = scan_at(self._stage.now(), str(body["code"]))
        return _order_json(self._stage.scan(str(body["order"]), scan)) | {"at": scan.at.isoformat()}

    def _post_credit(self, body: dict[str, Any]) -> Any:
        """`{"order"}`: it is credited now, as the ledger shows."""
        return {"amount": str(self._stage.credit(str(body["order"])).amount)}

    def _post_remove(self, body: dict[str, Any]) -> Any:
        """`{"order"}`: it vanishes now."""
        return _order_json(self._stage.remove(str(body["order"])))

    def _post_mail(self, body: dict[str, Any]) -> Any:
        """`{"accept_all": true, "clear": true, "refuse": {"code", "stage", …}}`."""
        if body.get("accept_all"):
            self._mailbox.accept_all()
        if body.get("clear"):
            self._mailbox.clear()
        if "refuse" in body:
            self._mailbox.refuse(Refusal(**body["refuse"]))
        return {}

    def _get_mail(self) -> Any:
        return [
            {
                "sender": mail.sender,
                "recipients": list(mail.recipients),
                "subject": mail.subject,
                "kind": mail.kind,
                "message_id": mail.message_id,
                "content": mail.content.decode("utf-8", "replace"),
            }
            for mail in self._mailbox.all()
        ]

    def _get_log(self) -> Any:
        return self._log.as_json()


def _order_json(order: Order) -> dict[str, Any]:
    parcel = order.parcel.number if order.parcel else None
    return {"number": order.number, "invoice_number": order.invoice_number, "parcel": parcel}


def _taking(do: Callable[[dict[str, Any]], Any]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(do(json.loads(await request.body())))
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return answer


def _giving(do: Callable[[], Any]) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        return JSONResponse(do())

    return answer
