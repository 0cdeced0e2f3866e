"""`orderwatch sync`: read orders now, checks included."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.output import Json, Problem, WrongUse, open_house, print_json
from worker.cli.progress import progress
from worker.cli.reviews import check_what_was_read
from worker.cli.runs import refuse_moved

if TYPE_CHECKING:
    from models.domain.months import PvMonth
    from tasks.orders.reading import Reading
    from worker.bootstrap import House


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: orderwatch sync --since 2026-08")(sync)


def sync(
    source: Annotated[str, typer.Option(help="Which source to read.")] = "backoffice",
    since: Annotated[str | None, typer.Option(help="Read all months from this one.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again.")] = False,
    as_json: Json = False,
) -> None:
    """Read orders from the back office now, and check them."""
    if source != "backoffice":
        raise WrongUse(f"no source is called {source!r}; there is backoffice")
    with open_house() as house:
        refuse_moved(house)
        reading = _read(house, _month(since), full)
        report = _report(reading)
        if as_json:
            print_json(report)
        else:
            _tell(report)


def _month(text: str | None) -> PvMonth | None:
    from models.domain.months import PvMonth

    try:
        return PvMonth.parse(text) if text else None
    except ValueError as error:
        raise WrongUse(f"--since: {error}") from None


def _read(house: House, since: PvMonth | None, full: bool) -> Reading:
    from models.turns import TurnLost
    from tasks.orders.sync import sync_orders
    from tasks.run import JobFailed, Run
    from worker.lacking import NO_OFFICE

    if house.back_office is None:
        raise WrongUse(NO_OFFICE)
    options = replace(house.sync_options, full=full, since=since)
    try:
        with progress("reading customers and pages", None) as advance:
            run = Run(beat=lambda: advance(1))
            reading = sync_orders(house.db, house.clock, house.back_office, options, run)
    except (JobFailed, TurnLost) as error:
        raise Problem(str(error)) from None
    check_what_was_read(house)
    return reading


def _report(reading: Reading) -> dict[str, Any]:
    kinds = ("new", "changed", "unchanged", "rejected")
    return {
        "orders": {kind: reading.counts[kind] for kind in kinds},
        "rejected": [{"where": row.where, "reason": row.reason} for row in reading.rejected],
        "vanished": reading.counts["vanished"],
        "erased": reading.counts["erased"],
        "in_future": reading.counts["in_future"],
    }


def _tell(report: dict[str, Any]) -> None:
    orders = report["orders"]
    print(", ".join(f"{count} {kind}" for kind, count in orders.items()) + " orders")
    for row in report["rejected"]:
        print(f"  rejected: {row['where']}: {row['reason']}")
    if report["vanished"]:
        print(f"  no longer shown: {report['vanished']}, see `orderwatch alerts list`")
    if report["erased"]:
        print(f"  left out, because erased: {report['erased']}")
    if report["in_future"]:
        from tasks.orders.store import IN_FUTURE

        print(f"  dated in the future: {report['in_future']}; {IN_FUTURE}")
