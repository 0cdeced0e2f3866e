"""`orderwatch status`: one screen."""

from __future__ import annotations

from typing import Any

import typer

from worker.cli.cards import print_card
from worker.cli.output import Json, in_local_time, local, open_house, print_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: orderwatch status --json")(status)


def status(as_json: Json = False) -> None:
    """Last sync, open shipments, open alerts, mails waiting, backlog, health."""
    with open_house() as house:
        from worker.cli.status_view import status_view
        from worker.health import heartbeat_schedule, trouble
        from worker.job_table import make_jobs

        now = house.clock.now()
        with house.db.read() as session:
            silent = trouble(session, heartbeat_schedule(house), now)
            view = status_view(session, make_jobs(house), silent, now)
        zone = house.settings.timezone
    if as_json:
        print_json(view)
    else:
        _tell(view, zone)


def _tell(view: dict[str, Any], zone: str) -> None:
    from worker.cli.status_view import NOT_KNOWN_YET

    waiting = {state: view["mail"][state] for state in ("queued", "sending", "parked")}
    rows = [
        ("last sync", local(view["last_sync"], zone) or "never"),
        ("open parcels", _counts(view["shipments"]).replace(NOT_KNOWN_YET, "not known yet")),
        ("open alerts", _counts(view["alerts"])),
        ("mails waiting", _counts(waiting)),
        ("due now", _counts(view["due"])),
        ("running now", "; ".join(_running(run, zone) for run in view["running"])),
        ("heart beat", local(view["last_heartbeat"], zone) or "never"),
        ("health", in_local_time(view["health"], zone)),
    ]
    print_card("orderwatch", rows)


def _running(run: dict[str, Any], zone: str) -> str:
    where = f"on {run['host']} (process {run['pid']})" if run["host"] else ""
    return f"{run['job']} {where} since {local(run['started_at'], zone)}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"
