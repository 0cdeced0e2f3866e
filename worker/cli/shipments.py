"""`orderwatch shipments`: the parcels and where they are."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from worker.cli.cards import plain, print_card, span
from worker.cli.output import Json, Problem, WrongUse, local, open_house, print_json, print_table

app = typer.Typer(name="shipments", help="Parcels: list, show.", rich_markup_mode=None)


@app.command("list", epilog="Example: orderwatch shipments list --state in_transit")
def list_shipments(
    state: Annotated[
        list[str] | None, typer.Option(help="Only this state; may be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:
    """All parcels, newest first."""
    wanted = [_state(word) for word in state or ()]
    from models.shipment import Shipment
    from worker.cli.shipment_views import shipment_views

    where = (Shipment.state.in_(wanted),) if wanted else ()
    with open_house() as house:
        with house.db.read() as session:
            rows = shipment_views(session, *where)
        zone = house.settings.timezone
    if as_json:
        print_json(rows)
    elif not rows:
        print("no parcel is in that state" if wanted else "no parcels are known yet")
    else:
        _print_parcels(rows, zone)


def _state(word: str) -> str:
    from models.domain.values import ParcelState

    right = [state.value for state in ParcelState if state is not ParcelState.NOT_FOUND]
    if word.strip().lower() not in right:
        raise WrongUse(f"--state {plain(word)!r}: one of {', '.join(right)} would be right")
    return word.strip().lower()


def _print_parcels(rows: list[dict[str, Any]], zone: str) -> None:
    table = [
        (
            row["number"],
            row["carrier"],
            row["order"],
            row["state"] or "not known yet",
            local(row["last_event_at"], zone),
            _window(row, zone),
        )
        for row in rows
    ]
    columns = ("number", "carrier", "order", "state", "last scan", "expected")
    print_table("Parcels", columns, table)


def _window(row: dict[str, Any], zone: str) -> str:
    return span(local(row["expected_from"], zone), local(row["expected_to"], zone))


@app.command(epilog="Example: orderwatch shipments show H1001490126781101005")
def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Parcel number or its link.")],
    as_json: Json = False,
) -> None:
    """One parcel with all its scans."""
    from worker.cli.shipment_views import shipment_card

    with open_house() as house:
        with house.db.read() as session:
            card = shipment_card(session, _number(number))
        zone = house.settings.timezone
    if card is None:
        raise Problem(
            f"no parcel of ours has the number {plain(number)}; "
            "`orderwatch track` asks the carrier about any"
        )
    if as_json:
        print_json(card)
    else:
        _tell(card, zone)


def _number(text: str) -> str:
    from models.domain.tracking import clean_number, parse_tracking

    try:
        return parse_tracking(text).number
    except ValueError:
        return clean_number(text)


def _tell(card: dict[str, Any], zone: str) -> None:
    point = card["pickup_point"] or {}
    rows = [
        ("carrier", card["carrier"] or "not known"),
        ("order", card["order"]),
        ("customer", card["customer_name"]),
        ("state", card["state"] or "not known to the carrier yet"),
        ("last news", card["text"]),
        ("shipped", local(card["shipped_at"], zone)),
        ("expected", _window(card, zone)),
        ("waits at", ", ".join(filter(None, (point.get(k) for k in _PLACE)))),
        ("can be stopped", card["stop"]),
        ("asked", local(card["asked_at"], zone)),
        ("asked again", local(card["next_poll_at"], zone)),
        ("trouble", card["error"]),
        ("link", card["tracking_url"]),
    ]
    print_card(f"Parcel {card['number']}", rows)
    print()
    events = [(local(e["at"], zone), e["state"], e["text"]) for e in card["events"]]
    print_table("Scans", ("when", "state", "what"), events)


_PLACE = ("name", "street", "zip", "city")
