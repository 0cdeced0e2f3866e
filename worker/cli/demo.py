"""`orderwatch demo`: the whole main job in half a minute, without any setting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.output import Json, WrongUse, print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from worker.bootstrap import House
    from worker.demo import Demo
    from worker.demo_report import Report


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: orderwatch demo --out demo-mails --days 5")(demo)


def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for the mails, as .eml and .html.", file_okay=False)
    ] = Path("demo-mails"),
    orders: Annotated[int, typer.Option(min=3, max=5000, help="Orders at the start.")] = 60,
    days: Annotated[int, typer.Option(min=1, max=60, help="Days that pass.")] = 10,
    seed: Annotated[int, typer.Option(help="Another seed, another story.")] = 1,
    as_json: Json = False,
) -> None:
    """Sync, watch, alert and mail against a simulated back office, Hermes and mailbox."""
    try:
        import worker.simulator.server  # noqa: F401 - is the extra installed?
    except ImportError as error:
        raise WrongUse(f"the demo needs the extra `demo` ({error.name} is missing)") from None
    from config.logging import configure

    configure(None, "warning")
    report = _run(out, orders, days, seed)
    if as_json:
        print_json(report.as_json())
    else:
        _tell(report, out)


def _run(out: Path, orders: int, days: int, seed: int) -> Report:
    from tempfile import TemporaryDirectory

    from worker.demo import Demo, DemoOptions
    from worker.demo_report import make_report, save_html

    try:
        _empty(out)
    except OSError as error:
        raise WrongUse(f"--out {out}: {error.strerror}; a folder to write to is right") from None
    with TemporaryDirectory(prefix="orderwatch-demo-") as folder:
        show = Demo(DemoOptions(orders, days, seed), out, Path(folder) / "demo.db")
        house = _watch(show)
        try:
            save_html(out)
            return make_report(house, show)
        finally:
            house.close()


def _empty(out: Path) -> None:
    """Only what an earlier demo left is removed."""
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob("*.eml"), *out.glob("*.html")):
        old.unlink()


def _watch(show: Demo) -> House:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        begin = show.clock.now()
        task = bar.add_task("first sync", total=1.0)

        def move(now: datetime, end: datetime) -> None:
            share = (now - begin) / (end - begin)
            bar.update(task, completed=share, description=f"{now:%d %b %H:%M}")

        return show.run(move)


def _tell(report: Report, out: Path) -> None:
    print_table("What happened", ("", ""), list(report.happened.items()))
    print()
    rows = [(rule, *numbers) for rule, numbers in report.rules.items()]
    print_table("What had to be found", ("rule", "expected", "found", "missed", "extra"), rows)
    print()
    print(f"{report.verdict}\nThe mails are in {out}/ - open one of the .html files.")
