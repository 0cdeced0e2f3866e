"""`orderwatch privacy`: what is known of one person, and forgetting her."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.asking import Yes, ask
from worker.cli.cards import counted, plain
from worker.cli.output import Json, Problem, open_house, print_json
from worker.cli.targets import check_target, writing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.customer import Customer

app = typer.Typer(name="privacy", help="One person's data: export, erase.", rich_markup_mode=None)

CustomerId = Annotated[str, typer.Argument(metavar="CUSTOMER", help="Her member ID.")]


@app.command(epilog="Example: orderwatch privacy export 8120345 --out anna.json")
def export(
    member_id: CustomerId,
    out: Annotated[
        Path | None, typer.Option(help="A file for your eyes only; else it is printed.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Everything that is known of one person, as one JSON document; invoices in base64."""
    if out is not None:
        check_target(out, yes)
    with open_house() as house:
        from tasks.housekeeping import export as room

        with house.db.read() as session:
            document = room.export(session, _known(session, member_id), house.clock.now())
    if out is None:
        print_json(document)
    else:
        _save(document, out)
        print(f"everything known of {plain(document['name'])} is in {out}")


def _save(document: dict[str, Any], out: Path) -> None:
    import json

    with writing(out):
        # Made for its owner alone from the first byte on; one that was there may be open to all.
        opened = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as file:
            if out.is_file():
                out.chmod(0o600)
            json.dump(document, file, ensure_ascii=False, indent=2)


@app.command(epilog="Example: orderwatch privacy erase 8120345")
def erase(member_id: CustomerId, yes: Yes = False, as_json: Json = False) -> None:
    """Forget one person for good: the next sync does not bring her back."""
    with open_house() as house:
        from worker.erasing import OwnerStays, erase_customer

        with house.db.read() as session:
            known = _known(session, member_id)
            name, who = plain(known.name), str(known.member_id)
        ask(f"Erase {name} ({who}), her orders, parcels, alerts and mails, for good?", yes)
        try:
            counts, notes = erase_customer(house, who)
        except OwnerStays as error:
            raise Problem(str(error)) from None
        except LookupError:
            raise Problem(f"{who} has just been erased by somebody else") from None
    if as_json:
        print_json({"customer": who, "removed": dict(counts), "notes": notes})
        return
    removed = ", ".join(counted(count, what) for what, count in counts.items())
    print(f"{who} is erased: {removed}")
    for note in notes:
        print(note, file=sys.stderr)


def _known(session: Session, member_id: str) -> Customer:
    from worker.cli.customer_views import customer_called

    customer = customer_called(session, member_id.strip())
    if customer is None or customer.member_id is None:
        shown = plain(member_id)
        raise Problem(f"no customer has the ID {shown}; `orderwatch customers find` searches names")
    return customer
