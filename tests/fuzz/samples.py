"""What the partners really send: the simulator's pages, and the collected answers of carriers."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from tasks.orders import profile
from tasks.orders.files.unpack import pdf_text
from tests.orders.order_files import HEAD, ROW, xlsx_file
from tests.shipments.answers import SAMPLES
from worker.simulator.clocks import FixedClock
from worker.simulator.days import berlin
from worker.simulator.invoice import invoice_pdf
from worker.simulator.server import Simulator
from worker.simulator.world import make_world

DE = profile.load("de")
HEADERS = dict(DE.ledger.headers)
_START = date(2026, 10, 19)


@cache
def pages() -> dict[str, str]:
    """A page of each kind as the back office shows it, by kind; and `member` and `order`."""
    world = make_world(1, _START, 24, 3)
    order = next(
        one for one in reversed(world.baseline()) if one.member_id != world.owner.member_id
    )
    of, month = order.member_id, order.pv_month.compact
    where = DE.addresses
    wanted = {
        "history": where.order_history,
        "rows": profile.fill(where.older_rows, {"cursor": "202609", "timestamp": "1"}),
        "team": profile.fill(where.team, {"page": "1"}),
        "card": profile.fill(where.card, {"member": of}),
        "month": profile.fill(where.month, {"member": of, "month": month}),
        "ledger": profile.fill(where.ledger, {"first": "202608", "last": "202610"}),
        "detail": profile.fill(where.order_detail, {"order": order.number}),
    }
    with (
        Simulator(world, FixedClock(berlin(_START, 9))) as simulator,
        httpx2.Client(base_url=simulator.backoffice_url, follow_redirects=True) as client,
    ):
        login = client.get(simulator.login_url).text
        known = {"uid": simulator.member_id, "password": world.password}
        client.post(simulator.login_url, data=known).raise_for_status()
        found = {kind: client.get("/" + url, headers=HEADERS).text for kind, url in wanted.items()}
    return found | {"login": login, "member": of, "order": order.number, "month_asked": month}


@cache
def invoice() -> bytes:
    """An invoice of the simulator's."""
    world = make_world(1, _START, 24, 3)
    order = next(one for one in world.baseline() if one.member_id != world.owner.member_id)
    customer = next(one for one in world.customers if one.member_id == order.member_id)
    return invoice_pdf(order, customer)


@cache
def invoice_text() -> str:
    """What the reader of PDFs sees of it."""
    return "".join(pdf_text(BytesIO(invoice())))


@cache
def workbook() -> bytes:
    """An order list as a spreadsheet."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "orders.xlsx")
        return xlsx_file(path, [HEAD.split(";"), ROW.split(";")]).read_bytes()


@cache
def answers(carrier: str) -> tuple[Any, ...]:
    """All collected good answers of a carrier."""
    files = sorted((SAMPLES / carrier).glob("*.json"))
    return tuple(json.loads(one.read_text("utf-8")) for one in files if one.stem != "errors")
