"""`orderwatch doctor`: is everything there that the program needs, and if not, what would help."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from worker.cli.output import Json, Problem, open_house, print_json, print_table

if TYPE_CHECKING:
    from worker.doctor.result import Result


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: orderwatch doctor")(doctor)


def doctor(as_json: Json = False) -> None:
    """Look at settings, database, broker, partners, clock and disk; sends no mail."""
    results = _look()
    if as_json:
        print_json([asdict(result) for result in results])
    else:
        _tell(results)
    if faults := [result.id for result in results if not result.ok]:
        raise Problem(f"{len(faults)} of {len(results)} checks failed: {', '.join(faults)}")


def _look() -> list[Result]:
    from worker.doctor.package import look_at_package

    first = look_at_package()
    if not first.ok:  # the others would not even load
        return [first]
    from worker.doctor.visit import look_at_everything

    with open_house() as house:
        return [*look_at_everything(house), first]


def _tell(results: list[Result]) -> None:
    rows = [
        ("ok" if result.ok else "FAULT", result.id, result.detail, result.hint or "")
        for result in results
    ]
    print_table("Doctor", ("", "check", "what is seen", "what helps"), rows)
