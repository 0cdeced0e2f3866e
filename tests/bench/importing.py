"""Importing: a CSV file's whole way into the rows, against bare upserts of the same rows."""

from __future__ import annotations

import csv
import gc
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import postgresql, sqlite

from models.customer import Customer
from models.domain.months import PvMonth
from models.domain.values import CarrierName, OrderLine
from models.order import Order, OrderLineRow
from models.session import Database
from models.shipment import Shipment
from tasks.orders import profile
from tasks.orders.files.importing import import_files
from tasks.orders.files.intake import FileResult, ImportOptions, Intake
from tasks.run import Run
from tests.bench.ground import DATABASES, Figures, Ground, figure, named
from tests.services.clock import FakeClock

ROWS, CUSTOMERS, CHUNK, REPEATS = 100_000, 5_000, 1_000, 3
NOW = datetime(2026, 10, 31, 8, tzinfo=UTC)

Row = dict[str, Any]
Chunk = tuple[list[Row], list[Row], list[Row]]


def figures(ground: Ground) -> Figures:
    """Rows per second of the first import and of the same file again.

    The baseline of the second import is the first one.
    """
    orders = _orders(ROWS)
    path = ground.folder / "orders.csv"
    _write(path, orders)
    ready = list(_chunks(orders))
    gc.freeze()  # the ready-made rows are no rubbish for either side to look through
    found: Figures = {}
    for database in DATABASES:
        speeds = [_speeds(ground, database, path, ready) for _ in range(REPEATS)]
        bare, first, again = map(list, zip(*speeds, strict=True))
        found[named("import", database)] = figure(first, bare)
        found[named("import_again", database)] = figure(again, first)
    return found


def _speeds(
    ground: Ground, database: str, path: Path, ready: list[Chunk]
) -> tuple[float, float, float]:
    """Rows per second: bare upserts, our first import, our second one."""
    db = ground.fresh(database)
    bare = ROWS / _seconds(_upsert, db, ready)
    db.close()
    db = ground.fresh(database)
    first = ROWS / _seconds(_import, db, path, "new")
    again = ROWS / _seconds(_import, db, path, "unchanged")
    db.close()
    return bare, first, again


def _seconds(work: Callable[..., object], *given: object) -> float:
    begin = time.perf_counter()
    work(*given)
    return time.perf_counter() - begin


def _import(db: Database, path: Path, kind: str) -> None:
    options = ImportOptions(
        profile.load("de"), None, frozenset({CarrierName.HERMES}), ZoneInfo("Europe/Berlin")
    )
    result: FileResult
    (result,) = import_files(Intake(db, FakeClock(NOW), options, Run()), [path])
    assert result.counts[kind] == ROWS, result


# --- the rows ------------------------------------------------------------------------------------


def _orders(count: int) -> list[Row]:
    """Orders of three months: a customer has some twenty, an order one to five items."""
    dice = random.Random(1)  # noqa: S311 - the same rows each time
    return [_order(n, dice) for n in range(count)]


def _order(n: int, dice: random.Random) -> Row:
    placed = date(2026, 8, 1) + timedelta(days=dice.randrange(90))
    items = dice.sample(range(200), dice.randint(1, 5))
    return {
        "id": n + 1,
        "number": str(180_000_000 + n),
        "customer_id": dice.randrange(CUSTOMERS) + 1,
        "order_date": placed,
        "pv_month": PvMonth.of(placed),
        "source": dice.choice(("AS", "AS", "AS", "IO", "SO")),
        "list_type": "I",
        "pv": Decimal(dice.randrange(2_000, 20_000)).scaleb(-2),
        "total": Decimal(dice.randrange(3_000, 150_000)).scaleb(-2),
        "currency": "EUR",
        "invoice_number": None,
        "ship_date": placed + timedelta(days=1),
        "tracking": f"https://www.myhermes.de/empfangen/sendungsverfolgung/?trackID=99{n:012}",
        "paid": True,
        "lines": tuple(OrderLine(f"60{i + 200_000}", dice.randint(1, 3)) for i in items),
    }


def _write(path: Path, orders: list[Row]) -> None:
    """As a German consultant's file shows them."""
    names = (
        "Bestellnummer", "Bestelldatum", "PV-Monat", "Kundennummer", "Name", "E-Mail", "Quelle",
        "Typ", "PV", "Betrag", "Währung", "Rechnungsnummer", "Versanddatum", "Sendungsverfolgung",
        "Bezahlt", "Artikel",
    )  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(names)
        writer.writerows(_cells(order) for order in orders)


def _cells(order: Row) -> list[str]:
    member = order["customer_id"]
    total = f"{order['total']:,}".translate(str.maketrans(",.", ".,"))
    return [
        order["number"], f"{order['order_date']:%d.%m.%Y}", f"{order['pv_month']}",
        f"{7_000_000 + member}", f"Kundin {member}", f"kundin{member}@example.org",
        order["source"], "I", str(order["pv"]).replace(".", ","), total, "EUR", "",
        f"{order['ship_date']:%d.%m.%Y}", order["tracking"], "ja",
        "; ".join(f"{line.item}x{line.quantity}" for line in order["lines"]),
    ]  # fmt: skip


# --- the baseline --------------------------------------------------------------------------------


def _chunks(orders: list[Row]) -> Iterator[Chunk]:
    """Orders, lines and parcels, ready-made."""
    rest = iter(orders)
    while chunk := list(islice(rest, CHUNK)):
        yield [_bare(o) for o in chunk], list(_lines(chunk)), [_parcel(o) for o in chunk]


def _upsert(db: Database, chunks: list[Chunk]) -> None:
    """Nothing read and nothing checked; in transactions of the same size."""
    with db.write() as session:
        _put(session, Customer, [_customer(n) for n in range(1, CUSTOMERS + 1)], "id")
    for orders, lines, parcels in chunks:
        with db.write() as session:
            _put(session, Order, orders, "number")
            _put(session, OrderLineRow, lines, "order_id", "position")
            _put(session, Shipment, parcels, "order_id", "number")


def _put(session: Any, model: Any, rows: list[Row], *key: str) -> None:
    is_postgres = session.get_bind().dialect.name == "postgresql"
    statement = (postgresql if is_postgres else sqlite).insert(model.__table__)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in key}
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def _customer(n: int) -> Row:
    name = f"Kundin {n}"
    return {
        "id": n, "member_id": f"{7_000_000 + n}", "name": name, "name_key": name.lower(),
        "email": f"kundin{n}@example.org", "is_owner": False, "first_seen_at": NOW,
        "baseline": True, "attempts": 0,
    }  # fmt: skip


def _bare(order: Row) -> Row:
    return {key: value for key, value in order.items() if key != "lines"} | {
        "row_hash": "0" * 64, "historic": True, "lines_known": True, "first_seen_at": NOW,
        "changed_at": NOW,
    }  # fmt: skip


def _lines(orders: list[Row]) -> Iterator[Row]:
    for order in orders:
        for position, line in enumerate(order["lines"], 1):
            yield {"order_id": order["id"], "position": position} | asdict(line)


def _parcel(order: Row) -> Row:
    return {
        "order_id": order["id"], "number": order["tracking"][-14:], "carrier": CarrierName.HERMES,
        "first_seen_at": NOW, "next_poll_at": NOW, "attempts": 0, "misses": 0,
        "number_refused": False, "problem": "none",
    }  # fmt: skip
