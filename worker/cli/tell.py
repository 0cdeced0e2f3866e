"""`orderwatch orders tell`: an order's story in words, ready to send to its customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.cards import plain
from worker.cli.output import Json, Problem, open_house, print_json

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from worker.bootstrap import House


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: orderwatch orders tell 185204417")(tell)


def tell(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Order number.")],
    as_json: Json = False,
) -> None:
    """A short text for the customer: what was ordered, where the parcel is, when it comes."""
    from tasks.mail.story import tell_story

    with open_house() as house:
        settings = house.settings
        with house.db.read() as session:
            facts = _facts(session, house, number.strip())
    if facts is None:
        raise Problem(
            f"no order has the number {plain(number)}; `orderwatch orders list` shows all"
        )
    text = tell_story(settings.language, facts, settings.timezone)
    if as_json:
        print_json({"order": facts["order"], "language": settings.language, "text": text})
    else:
        print(text)


def _facts(session: Session, house: House, number: str) -> dict[str, Any] | None:
    from models.finding_facts import utc_text
    from worker.cli.order_views import order_card
    from worker.cli.shipment_views import told_parcels

    settings = house.settings
    card = order_card(session, house.families, number, settings.timezone)
    if card is None:
        return None
    wanted = ("customer_name", "order_date", "status", "ship_date", "lines")
    return {name: card[name] for name in wanted} | {
        "order": card["order_number"],
        "parcels": told_parcels(session, number, frozenset(house.carriers)),
        "sign": settings.consultant.name,
        "kept_days": house.thresholds.pickup_kept_days,
        "now": utc_text(house.clock.now()),
    }
