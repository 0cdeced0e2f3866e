"""The command `orderwatch`: its commands, and one clear line for whatever goes wrong."""

from __future__ import annotations

import os
import sys

import typer
from typer.exceptions import TyperException

from worker.cli import (
    alerts,
    cases,
    customers,
    database,
    demo,
    digest,
    doctor,
    health,
    imports,
    invoices,
    jobs,
    mail,
    orders,
    privacy,
    service,
    shipments,
    sources,
    status,
    sync,
    track,
)
from worker.cli.mistyped import in_our_words
from worker.cli.output import Problem

app = typer.Typer(
    name="orderwatch",
    help="Watches a doTERRA consultant's orders and parcels, and writes when somebody has to act.",
    epilog="Example: orderwatch demo",
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def start(context: typer.Context) -> None:
    """Watches a doTERRA consultant's orders and parcels, and writes when somebody has to act."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


for module in (demo, service, sync, imports, status, track, doctor, health):
    module.add_to(app)
for module in (
    jobs,
    customers,
    orders,
    shipments,
    alerts,
    cases,
    invoices,
    mail,
    digest,
    sources,
    database,
    privacy,
):
    app.add_typer(module.app)


def main() -> None:
    """Run a command; the exit code is 0 done, 1 failed or not there, 2 wrong use or settings."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run the command that `words` name. Returns its exit code."""
    try:
        code = app(words, prog_name="orderwatch", standalone_mode=False)
    except Problem as problem:
        _say(str(problem))
        return problem.exit_code
    except TyperException as error:
        context = getattr(error, "ctx", None)
        known = context.command_path if context is not None else "orderwatch"
        _say(in_our_words(error.format_message(), known))
        return 2
    except (typer.Abort, KeyboardInterrupt):
        _say("stopped")
        return 1
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code if isinstance(code, int) else 0


def _say(text: str) -> None:
    for line in text.splitlines():
        print(f"orderwatch: {line}", file=sys.stderr)
