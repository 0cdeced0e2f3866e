"""`orderwatch orders`: lists, one order in full, and "fine as it is"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli import tell
from worker.cli.cards import money, parcel_state, plain, print_card, yes_no
from worker.cli.output import (
    Json,
    Problem,
    WrongUse,
    local,
    open_house,
    print_json,
    print_table,
    rows_wanted,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.domain.months import PvMonth

app = typer.Typer(name="orders", help="Orders: list, show, accept, tell.", rich_markup_mode=None)

tell.add_to(app)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Order number.")]


@app.command("list", epilog="Example: orderwatch orders list --type AS --month 2026-10")
def list_orders(
    order_type: Annotated[
        str | None, typer.Option("--type", metavar="CODE", help="Only this type: AS, IO, SO, IN …")
    ] = None,
    month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="Only this PV month.")
    ] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="ID", help="Only this customer's orders.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Orders, newest first: a table of the newest 500, or all with --json."""
    pv_month = _month(month)
    from worker.cli.order_views import order_views

    with open_house() as house, house.db.read() as session:
        where = _where(session, order_type, pv_month, customer)
        rows = order_views(session, house.families, *where, limit=rows_wanted(as_json))
    if as_json:
        print_json(rows)
    elif rows:
        _print_orders(rows)
    elif where:
        print("no order is like that")
    else:
        print("no orders are known yet; `orderwatch sync` or `orderwatch import FILE` reads them")


def _month(text: str | None) -> PvMonth | None:
    from models.domain.months import PvMonth

    try:
        return PvMonth.parse(text) if text is not None else None
    except ValueError as error:
        raise WrongUse(f"--month: {error}") from None


def _where(
    session: Session, order_type: str | None, month: PvMonth | None, customer: str | None
) -> list[ColumnElement[bool]]:
    from models.order import Order

    where: list[ColumnElement[bool]] = []
    if order_type is not None:
        where.append(Order.source == order_type.strip().upper())
    if month is not None:
        where.append(Order.pv_month == month)
    if customer is not None:
        from worker.cli.customer_views import customer_called

        known = customer_called(session, customer.strip())
        if known is None:
            raise Problem(f"no customer has the ID {plain(customer)}")
        where.append(Order.customer_id == known.id)
    return where


def _print_orders(rows: list[dict[str, Any]]) -> None:
    table = [
        (
            row["order_number"],
            row["order_date"],
            row["type"],
            row["customer_name"],
            row["pv"],
            money(row["total"], row["currency"]),
            row["status"],
        )
        for row in rows
    ]
    print_table("Orders", ("order", "date", "type", "customer", "PV", "total", "status"), table)


@app.command(epilog="Example: orderwatch orders show 185204417")
def show(number: Number, as_json: Json = False) -> None:
    """One order: lines, invoice, parcel, findings."""
    from worker.cli.order_views import order_card

    with open_house() as house:
        zone = house.settings.timezone
        with house.db.read() as session:
            card = order_card(session, house.families, number.strip(), zone)
        if card is None:
            raise _unknown(number)
        if as_json:
            print_json(card)
        else:
            _tell(card, zone)


def _unknown(number: str) -> Problem:
    return Problem(f"no order has the number {plain(number)}; `orderwatch orders list` shows all")


def _tell(card: dict[str, Any], timezone: str) -> None:
    customer = card["customer_name"]
    if card["customer_id"]:
        customer += f" ({card['customer_id']})"
    rows = [
        ("customer", customer),
        ("date", card["order_date"]),
        ("PV month", card["pv_month"]),
        ("type", f"{card['type']} ({card['family']})"),
        ("PV", card["pv"]),
        ("total", money(card["total"], card["currency"])),
        ("paid", yes_no(card["paid"])),
        ("shipped", card["ship_date"]),
        ("invoice", card["invoice_number"]),
        ("status", card["status"]),
        ("accepted", local(card["accepted_at"], timezone)),
    ]
    print_card(f"Order {card['order_number']}", rows)
    print()
    lines = [(x["quantity"], x["item"], x["description"], x["pv"]) for x in card["lines"]]
    print_table("Lines", ("", "item", "what", "PV"), lines)
    if card["changes"]:
        changes = [
            (local(x["at"], timezone), x["field"], x["before"], x["after"]) for x in card["changes"]
        ]
        print_table("Changes", ("seen", "what", "was", "is"), changes)
    parcels = [(x["number"], x["carrier"], parcel_state(x)) for x in card["shipments"]]
    print_table("Parcels", ("number", "carrier", "state"), parcels)
    alerts = [(x["id"], x["severity"], x["state"], x["text"]) for x in card["alerts"]]
    print_table("Findings", ("id", "urgency", "state", "what"), alerts)


@app.command(epilog="Example: orderwatch orders accept 185204417")
def accept(number: Number) -> None:
    """Fine as it is: never report this order again."""
    from sqlalchemy import select

    from models.claims import make_due
    from models.order import Order
    from models.queues import REVIEWS
    from worker.cli.reviews import review_now

    with open_house() as house:
        now = house.clock.now()
        with house.db.write() as session:
            order = session.scalar(select(Order).where(Order.number == number.strip()))
            if order is None:
                raise _unknown(number)
            order.accepted_at = order.accepted_at or now
            make_due(session, REVIEWS, [order.customer_id], now)
            line = f"order {order.number} is accepted; it is not reported again"
        review_now(house)
    print(plain(line))
