"""Asking before what can't be undone."""

from __future__ import annotations

from typing import Annotated

import typer

from worker.cli.output import Problem, WrongUse

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask.")]


def ask(question: str, yes: bool) -> None:
    """Go on when the user agrees; nothing is locked while she thinks. Raises Problem, WrongUse."""
    if yes:
        return
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        typer.echo(err=True)  # the question's line is still open
        raise WrongUse("nobody answered; --yes does it without asking") from None
    if not agreed:
        raise Problem("nothing was changed")
