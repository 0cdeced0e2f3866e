"""The simulated back office as a web application: login, session and the pages by Fuseaction."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from models.domain.months import PvMonth
from worker.simulator.customer_pages import card_page, team_page
from worker.simulator.detail_page import detail_page
from worker.simulator.faults import Faults
from worker.simulator.invoice import invoice_pdf
from worker.simulator.login import LOGIN_PATH, Login, expired_fragment
from worker.simulator.markup import page
from worker.simulator.order_pages import history_page, ledger, month_page, older_rows
from worker.simulator.records import Customer, Order
from worker.simulator.sessions import COOKIE, Sessions
from worker.simulator.stage import Stage

_PAGE_SIZE = 100
_WINDOW = 3

#: The header of a question that a script in the page asks.
ASKED_BY_SCRIPT = "x-requested-with"

Params = Mapping[str, str]


class Backoffice:
    """Answers each page from what is visible on the stage now."""

    def __init__(self, stage: Stage, faults: Faults) -> None:
        self.stage, self.faults = stage, faults
        self.sessions = Sessions(faults)
        self.login = Login(stage, faults, self.sessions)

    def app(self) -> Starlette:
        """The web application."""
        return Starlette(
            routes=[
                *self.login.routes(),
                Route("/index.cfm", self._module),
                Route("/", self._module),
            ]
        )

    def session_cookie(self) -> str:
        """A cookie as a user would paste it from a browser: `name=value`."""
        return f"{COOKIE}={self.sessions.begin(self.stage.now())}"

    async def _module(self, request: Request) -> Response:
        if not self.sessions.admit(request.cookies.get(COOKIE, ""), self.stage.now()):
            return self._expired()
        params = {key.lower(): value for key, value in request.query_params.items()}
        params[ASKED_BY_SCRIPT] = request.headers.get(ASKED_BY_SCRIPT, "")
        module = params.get("fuseaction", "").rpartition(".")[2].lower()
        pages = {
            "": self._main,
            "main": self._main,
            "orderhistoryfull": self._history,
            "customerlist": self._team,
            "customercard": self._card,
            "monthorders": self._month,
            "orderinvoice": self._detail,
            "invoicepdf": self._pdf,
            "accountinquiry": self._ledger,
        }
        try:
            return pages[module](params)
        except (KeyError, ValueError):  # no such page, person, order or month
            return HTMLResponse(page("Nicht gefunden", "Nicht gefunden"), 404)

    def _expired(self) -> Response:
        if self.faults.expired_answer == "fragment":
            return HTMLResponse(expired_fragment())
        return RedirectResponse(f"{LOGIN_PATH}?login=expired", 302)

    def _main(self, params: Params) -> Response:
        return HTMLResponse(page("Übersicht", f"Willkommen, {self.stage.world.owner.name}"))

    def _history(self, params: Params) -> Response:
        if "axn" in params:
            return self._older(params)
        owner, now, month = self.stage.world.owner, self.stage.now(), self._this_month()
        first = month.plus(1 - _WINDOW)
        orders = [o for o in self.stage.orders(owner.member_id) if o.pv_month >= first]
        changes = self.faults.changes("history")
        return HTMLResponse(history_page(owner, orders, first.compact, now, changes))

    def _older(self, params: Params) -> Response:
        owner, now = self.stage.world.owner, self.stage.now()
        cursor = PvMonth.parse(params["startdate"])
        following, months = self._older_window(cursor)
        orders = [o for o in self.stage.orders(owner.member_id) if o.pv_month in months]
        changes = self.faults.changes("rows")
        return HTMLResponse(older_rows(owner, orders, following.compact, now, changes))

    def _older_window(self, cursor: PvMonth) -> tuple[PvMonth, list[PvMonth]]:
        """The next cursor and the months to show. The cursor stands still at the end.

        Quirk: the first call moves the cursor and shows nothing; its rows come with the second.
        """
        before, quirk = cursor, self.faults.empty_fragment
        first = self._this_month().plus(1 - _WINDOW)
        if quirk and cursor == first:
            return cursor.plus(-_WINDOW), []
        if quirk and cursor == first.plus(-_WINDOW):
            before = first
        older = [o.pv_month for o in self.stage.orders(self.stage.world.owner.member_id)]
        if not any(month < before for month in older):
            return cursor, []
        following = cursor.plus(-_WINDOW)
        return following, [before.plus(-back) for back in range(1, before.minus(following) + 1)]

    def _this_month(self) -> PvMonth:
        return PvMonth.of(self.stage.today())

    def _team(self, params: Params) -> Response:
        query, number = params.get("q", "").casefold(), int(params.get("page") or 1)
        found = [
            customer
            for customer in self.stage.team()
            if query in f"{customer.name} {customer.listed_name} {customer.email}".casefold()
            or query == customer.member_id
        ]
        shown = found[(number - 1) * _PAGE_SIZE : number * _PAGE_SIZE]
        following = number + 1 if len(found) > number * _PAGE_SIZE else None
        month = self._this_month()
        lines = []
        for customer in shown:
            orders = self.stage.orders(customer.member_id)
            last = orders[0].number if orders else ""
            lines.append((customer, last, self.stage.volume(customer.member_id, month)))
        changes = self.faults.changes("team")
        return HTMLResponse(team_page(lines, following, params.get("q", ""), changes))

    def _card(self, params: Params) -> Response:
        customer = self._customer(params)
        months = [self._this_month().plus(-back) for back in range(_WINDOW)]
        volume = [(month, self.stage.volume(customer.member_id, month)) for month in months]
        changes = self.faults.changes("card", customer.member_id)
        return HTMLResponse(card_page(customer, volume, changes))

    def _month(self, params: Params) -> Response:
        customer, month = self._customer(params), PvMonth.parse(params["month"])
        orders = self.stage.month(customer.member_id, month)
        changes = self.faults.changes("month", customer.member_id)
        return HTMLResponse(month_page(customer, month, orders, self.stage.now(), changes))

    def _customer(self, params: Params) -> Customer:
        customer = self.stage.customer(params["id"])
        if customer is None:
            raise KeyError(params["id"])
        return customer

    def _detail(self, params: Params) -> Response:
        order = self._order(params)
        changes = self.faults.changes("detail", order.number)
        return HTMLResponse(detail_page(order, self.stage.now(), changes))

    def _order(self, params: Params) -> Order:
        order = self.stage.order(params["odhnumber"])
        if order is None:
            raise KeyError(params["odhnumber"])
        return order

    def _pdf(self, params: Params) -> Response:
        order = self._order(params)
        customer = self.stage.customer(order.member_id)
        if customer is None or not order.paid(self.stage.now()):
            raise KeyError(order.number)
        return Response(invoice_pdf(order, customer), media_type="application/pdf")

    def _ledger(self, params: Params) -> Response:
        """The results of a question that a script asks; without its header it is a whole page."""
        if params.get(ASKED_BY_SCRIPT) != "XMLHttpRequest" or "axn" not in params:
            return HTMLResponse(page("Kontoauszug", "Bitte wählen Sie einen Zeitraum."))
        first, last = PvMonth.parse(params["from"]), PvMonth.parse(params["to"])
        mine = self.stage.orders(self.stage.world.owner.member_id)
        orders = [order for order in mine if first <= order.pv_month <= last]
        changes = self.faults.changes("ledger")
        return HTMLResponse(ledger(orders, self.stage.credits(first, last), changes))
