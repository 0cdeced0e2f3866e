"""`orderwatch track`: ask the carrier about a parcel now, print, store nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.cards import plain, print_card, span
from worker.cli.output import Json, Problem, WrongUse, local, open_house, print_json, print_table

if TYPE_CHECKING:
    from models.domain.values import CarrierName, ParcelFacts, TrackingRef
    from tasks.ports import CarrierAnswer
    from worker.bootstrap import House


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: orderwatch track H1001490126781101005")(track)


def track(
    link_or_number: Annotated[
        str, typer.Argument(metavar="LINK_OR_NUMBER", help="A tracking link or a parcel number.")
    ],
    carrier: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose number it is; else hermes.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the carrier now, whatever the hour. Needs no setting and stores nothing."""
    ref, name = _parcel(link_or_number, carrier)
    with open_house() as house:
        view = _view(name, ref.number, _ask(house, ref, name))
        zone = house.settings.timezone
    if view["state"] == "not_found":
        _doubt(ref.number)
    if as_json:
        print_json(view)
    else:
        _tell(view, zone)


def _doubt(number: str) -> None:
    """A wrong check digit is no reason not to ask, but it may be why nobody knows the number."""
    from models.domain.tracking import hermes_check_digit_ok

    if hermes_check_digit_ok(number) is False:
        print(f"the check digit of {number} is wrong: is it mistyped?", file=sys.stderr)


def _parcel(text: str, told: str | None) -> tuple[TrackingRef, CarrierName]:
    """The parcel and whom to ask: the link says it, then the user; else it is Hermes'."""
    from models.domain.tracking import parse_tracking
    from models.domain.values import CarrierName

    try:
        ref = parse_tracking(text)
    except ValueError as error:
        raise WrongUse(str(error)) from None
    if told is None:
        return ref, ref.carrier or CarrierName.HERMES
    name = _carrier(told)
    is_link = any(mark in text for mark in "/?#")
    if is_link and ref.carrier is not name:
        raise WrongUse(f"--carrier {name.value}: the link is {ref.carrier}'s; leave the option out")
    return ref, name


def _carrier(word: str) -> CarrierName:
    from models.domain.values import CarrierName

    try:
        return CarrierName(word.strip().lower())
    except ValueError:
        right = ", ".join(CarrierName)
        raise WrongUse(f"--carrier {plain(word)!r}: one of {right} would be right") from None


def _ask(house: House, ref: TrackingRef, name: CarrierName) -> CarrierAnswer:
    from tasks.ports import CarrierError

    polled = house.carriers.get(name)
    if polled is None:
        raise Problem(no_client(ref.number, name))
    try:
        return polled.carrier.ask(ref.number, house.clock.now())
    except CarrierError as error:
        raise Problem(plain(error)) from None


def no_client(number: str, name: CarrierName) -> str:
    """Why a carrier is not asked, what would switch it on, and the link for a browser."""
    from models.domain.tracking import tracking_url
    from worker.carriers import CARRIERS

    known = CARRIERS.get(name)
    way = known.needs if known else f"{name.value.upper()} can't be asked by a program"
    return f"{way}; for your browser: {tracking_url(name, number)}"


def _view(name: CarrierName, number: str, answer: CarrierAnswer) -> dict[str, Any]:
    from models.domain.values import ParcelFacts

    if isinstance(answer, ParcelFacts):
        return _known(answer)
    nothing = ("stop", "shipped_at", "expected_from", "expected_to", "pickup_point")
    return (
        {"carrier": name.value, "number": number, "state": "not_found", "problem": "none"}
        | dict.fromkeys(nothing)
        | {"last_event_at": None, "events": []}
    )


def _known(facts: ParcelFacts) -> dict[str, Any]:
    from dataclasses import asdict

    from models.finding_facts import utc_text

    return {
        "carrier": facts.carrier.value,
        "number": facts.number,
        "state": facts.state.value,
        "problem": facts.problem.value,
        "stop": facts.stop.value if facts.stop else None,
        "shipped_at": utc_text(facts.shipped_at),
        "expected_from": utc_text(facts.expected_from),
        "expected_to": utc_text(facts.expected_to),
        "pickup_point": asdict(facts.pickup_point) if facts.pickup_point else None,
        "last_event_at": utc_text(facts.last_event_at),
        "events": [
            {"at": utc_text(e.at), "code": e.code, "state": e.state.value, "text": e.text}
            for e in facts.events
        ],
    }


def _tell(view: dict[str, Any], zone: str) -> None:
    title = f"{view['carrier'].capitalize()} {view['number']}"
    if view["state"] == "not_found":
        print(f"{title}: not known (not yet, or not any more)")
        return
    window = span(local(view["expected_from"], zone), local(view["expected_to"], zone))
    rows = [
        ("state", view["state"]),
        ("problem", view["problem"]),
        ("can be stopped", view["stop"]),
        ("shipped", local(view["shipped_at"], zone)),
        ("expected", window),
        ("waits at", ", ".join(filter(None, (view["pickup_point"] or {}).values()))),
    ]
    print_card(title, rows)
    print()
    events = [(local(e["at"], zone), e["state"], e["text"]) for e in view["events"]]
    print_table("Scans", ("when", "state", "what"), events)
