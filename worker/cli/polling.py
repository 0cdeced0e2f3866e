"""Asks about one stored parcel now, and says in one line why that did not work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from worker.cli.output import Problem, local

if TYPE_CHECKING:
    from models.source import Source
    from worker.bootstrap import House


def poll_parcel(house: House, number: str, card: dict[str, Any]) -> None:
    """Ask the parcel's carrier and store the answer. Raises Problem when there was none."""
    from sqlalchemy import select

    from models.domain.values import CarrierName
    from models.shipment import Shipment
    from models.source import Source
    from tasks.shipments.poll import poll_now
    from worker.cli.track import no_client

    if card["carrier"] is None:
        raise Problem(
            f"nobody knows whose parcel {number} is: `orderwatch track` can ask a carrier"
        )
    name = CarrierName(card["carrier"])
    polled = house.carriers.get(name)
    if polled is None:
        raise Problem(no_client(number, name))
    mine = (Shipment.number == number, Shipment.carrier == name)
    with house.db.read() as session:
        rows = session.scalars(select(Shipment.id).where(*mine)).all()
    asked = poll_now(house.db, house.clock, polled, house.poll_options, rows)
    with house.db.read() as session:
        source = session.get(Source, name.value)
        error = session.scalars(select(Shipment.error).where(*mine).limit(1)).first()
    if not asked:
        raise Problem(_not_now(name.value, source, house))
    if trouble := (source.error if source else None) or error:
        raise Problem(trouble)


def _not_now(name: str, source: Source | None, house: House) -> str:
    from models.finding_facts import utc_text
    from models.politeness import is_paused

    label = name.upper() if len(name) < 4 else name.capitalize()
    if source is not None and is_paused(source, house.clock.now()):
        until = local(utc_text(source.paused_until), house.settings.timezone)
        why = f"{label} is left alone until {until}"
        return f"{why}: {source.error}" if source.error else why
    return (
        f"{label} may not be asked right now (its budget of the day is used up, or the next half "
        "minute taken); the parcel is asked for as soon as it may be"
    )
