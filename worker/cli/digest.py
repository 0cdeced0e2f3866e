"""`orderwatch digest`: the daily digest, to look at or to send now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.days import read_day
from worker.cli.output import Json, open_house, print_json

if TYPE_CHECKING:
    from datetime import date, datetime

    from tasks.mail.compose import Composed
    from worker.bootstrap import House

app = typer.Typer(name="digest", help="The daily digest: preview, send.", rich_markup_mode=None)


@app.command(epilog="Example: orderwatch digest preview --date 2026-10-20")
def preview(
    day: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Another day than today.")
    ] = None,
    as_json: Json = False,
) -> None:
    """The digest's text as it would be, or (orders and findings) would have been that day."""
    chosen = read_day("--date", day) if day is not None else None
    with open_house() as house:
        moment = _moment(house, chosen)
        composed = _composed(house, moment)
        date = moment.astimezone(house.timezone).date()
    if chosen is not None:
        print(_of_two_moments(date), file=sys.stderr)
    if as_json:
        document = {"date": date.isoformat(), "subject": composed.subject}
        print_json(document | {"text": composed.text, "html": composed.html})
    else:
        print(f"{composed.subject}\n\n{composed.text}")


def _of_two_moments(day: date) -> str:
    return (
        f"orderwatch: orders and findings as of {day}; parcels, cases and the program's own state"
        " as they are now"
    )


def _moment(house: House, day: date | None) -> datetime:
    """Now, or the moment at which that day's digest is due."""
    from datetime import UTC, datetime

    if day is None:
        return house.clock.now()
    at = datetime.combine(day, house.settings.digest.at, house.timezone)
    return at.astimezone(UTC)


def _composed(house: House, moment: datetime) -> Composed:
    from models.domain.values import MailKind
    from tasks.digest.gather import DigestFacts
    from tasks.mail.compose import compose

    with house.db.read() as session:
        past = moment < house.clock.now()
        known = DigestFacts(session, moment, house.timezone, past=past)
        facts = known.gather(house.families)
    return compose(MailKind.DIGEST, house.settings.language, facts, house.identity)


@app.command(epilog="Example: orderwatch digest send")
def send() -> None:
    """Queue today's digest now; a day has one, so the scheduled run then adds none."""
    from worker.wrong_setting import NotSet

    with open_house() as house:
        if house.desk is None:
            raise NotSet("ORDERWATCH_CONSULTANT__EMAIL", "the digest")
        earlier = _of_today(house)
        if earlier is not None:
            print(f"today's digest is mail {earlier} already; `orderwatch mail resend {earlier}`")
            return
    from worker.cli import jobs

    jobs.run("daily-digest", wait=True)


def _of_today(house: House) -> int | None:
    from sqlalchemy import select

    from models.domain.values import MailKind
    from models.mail import Mail

    today = house.clock.now().astimezone(house.timezone).date()
    with house.db.read() as session:
        return session.scalar(
            select(Mail.id).where(Mail.dedupe_key == f"{MailKind.DIGEST}:{today.isoformat()}")
        )
