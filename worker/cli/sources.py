"""`orderwatch sources`: how the sources are, and the pages that could not be read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.asking import Yes
from worker.cli.cards import plain
from worker.cli.output import Json, Problem, local, open_house, print_json, print_table
from worker.cli.targets import check_target, writing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.page import PageSample

app = typer.Typer(
    name="sources",
    help="Sources: how they are, and the redacted pages that could not be read.",
    rich_markup_mode=None,
)


@app.command("list", epilog="Example: orderwatch sources list")
def list_sources(as_json: Json = False) -> None:
    """How each source is, and which of its pages are kept for a report."""
    from worker.cli.source_views import sample_views, source_views

    with open_house() as house:
        with house.db.read() as session:
            sources = source_views(session, house.clock.now())
            found = {"sources": sources, "samples": sample_views(session)}
        if as_json:
            print_json(found)
        else:
            _tell(found, house.settings.timezone)


def _tell(found: dict[str, Any], timezone: str) -> None:
    sources = [
        (
            x["source"],
            local(x["last_ok_at"], timezone),
            x["failures"],
            local(x["paused_until"], timezone),
            x["error"],
        )
        for x in found["sources"]
    ]
    print_table(
        "Sources", ("source", "last well", "failures", "left alone until", "error"), sources
    )
    samples = [
        (
            f"{x['source']}/{x['page']}",
            local(x["kept_at"], timezone),
            "no" if x["mended_at"] else "yes",
            x["reason"],
        )
        for x in found["samples"]
    ]
    print_table("Kept pages", ("page", "read", "still broken", "why"), samples)
    if samples:
        print(f"to send one along with a report: orderwatch sources sample {samples[0][0]} FILE")


@app.command(epilog="Example: orderwatch sources sample backoffice/month month.html")
def sample(
    page: Annotated[str, typer.Argument(metavar="PAGE", help="As `sources list` names it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; - prints it.")],
    yes: Yes = False,
) -> None:
    """Write a kept page into a file: redacted, but look through it before you send it."""
    with open_house() as house, house.db.read() as session:
        text = _found(session, page).text
    if str(file) == "-":
        print(text)
        return
    check_target(file, yes)
    with writing(file):
        file.write_text(text, "utf-8")
    print(f"{page} is written to {plain(str(file))}: redacted, but look through it before sending")


def _found(session: Session, page: str) -> PageSample:
    from worker.cli.source_views import kept_sample

    found = kept_sample(session, page)
    if found is None:
        raise Problem(f"no page {plain(page)} is kept; `orderwatch sources list` names those")
    return found
