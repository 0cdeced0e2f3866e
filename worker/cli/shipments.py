"""`orderwatch shipments`: the parcels and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.cards import parcel_state, plain, print_card, span
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
    from worker.bootstrap import House

app = typer.Typer(name="shipments", help="Parcels: list, show, poll.", rich_markup_mode=None)

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Parcel number or its link.")]


@app.command("list", epilog="Example: orderwatch shipments list --state in_transit")
def list_shipments(
    state: Annotated[
        list[str] | None, typer.Option(help="Only this state; may be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Parcels, newest first: a table of the newest 500, or all with --json."""
    wanted = [_state(word) for word in state or ()]
    from models.shipment import Shipment
    from worker.cli.shipment_views import shipment_views

    where = (Shipment.state.in_(wanted),) if wanted else ()
    with open_house() as house:
        with house.db.read() as session:
            rows = shipment_views(session, *where, limit=rows_wanted(as_json))
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
            parcel_state(row),
            local(row["last_event_at"], zone),
            _window(row, zone),
        )
        for row in rows
    ]
    columns = ("number", "carrier", "order", "state", "last scan", "expected")
    print_table("Parcels", columns, table, spare=("last scan", "carrier"))


def _window(row: dict[str, Any], zone: str) -> str:
    return span(local(row["expected_from"], zone), local(row["expected_to"], zone))


@app.command(epilog="Example: orderwatch shipments show H1001490126781101005")
def show(number: Number, as_json: Json = False) -> None:
    """One parcel and its road: scans, delivery windows, polls, findings."""
    with open_house() as house:
        _show(_card(house, number), house.settings.timezone, as_json)


@app.command(epilog="Example: orderwatch shipments poll H1001490126781101005")
def poll(number: Number, as_json: Json = False) -> None:
    """Ask the carrier about one parcel now, store what it says, and show it."""
    from worker.cli.polling import poll_parcel
    from worker.cli.reviews import review_now

    with open_house() as house:
        poll_parcel(house, _number(number), _card(house, number))
        review_now(house)
        _show(_card(house, number), house.settings.timezone, as_json)


def _card(house: House, number: str) -> dict[str, Any]:
    from worker.cli.shipment_views import shipment_card

    with house.db.read() as session:
        card = shipment_card(session, _number(number), house.settings.timezone)
    if card is None:
        raise Problem(
            f"no parcel of ours has the number {plain(number)}; "
            "`orderwatch track` asks the carrier about any"
        )
    return card


def _show(card: dict[str, Any], zone: str, as_json: bool) -> None:
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
        ("state", parcel_state(card)),
        ("last news", card["text"]),
        ("shipped", local(card["shipped_at"], zone)),
        ("expected", _window(card, zone)),
        ("waits at", ", ".join(filter(None, (point.get(k) for k in _PLACE)))),
        ("can be stopped", card["stop"]),
        ("asked", _polls(card, zone)),
        ("asked again", local(card["next_poll_at"], zone)),
        ("trouble", _trouble(card)),
        ("link", card["tracking_url"]),
    ]
    print_card(f"Parcel {card['number']}", rows)
    print()
    findings = [(x["id"], x["severity"], x["state"], x["text"]) for x in card["alerts"]]
    print_table("Findings", ("id", "urgency", "state", "what"), findings)
    if card["windows"]:
        windows = [
            (local(w["told_at"], zone), span(local(w["from"], zone), local(w["to"], zone)))
            for w in card["windows"]
        ]
        print_table("Delivery windows", ("told", "window"), windows)
    events = [(local(e["at"], zone), e["state"], e["text"]) for e in card["events"]]
    print_table("Scans", ("when", "state", "what"), events)


def _polls(card: dict[str, Any], zone: str) -> str:
    """How often and when last, and how many of the last questions knew no answer."""
    if card["asked_at"] is None:
        return "not yet"
    times = "once" if card["polls"] == 1 else f"{card['polls']} times"
    vain = f", the last {card['misses']} in vain" if card["misses"] else ""
    return f"{times}{vain}, last {local(card['asked_at'], zone)}"


def _trouble(card: dict[str, Any]) -> str | None:
    """Why the parcel can't be followed."""
    if card["error"]:
        return str(card["error"])
    wrong = "its check digit is wrong: mistyped?" if card["check_digit_ok"] is False else None
    return {
        "refused": "the carrier refuses the number; nobody asks about it any more",
        "unknown": "the carrier has never known the number; nobody asks about it any more",
    }.get(card["given_up"] or "", wrong)


_PLACE = ("name", "street", "zip", "city")
