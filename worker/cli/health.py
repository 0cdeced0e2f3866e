"""`orderwatch health`: for container checks and monitors."""

from __future__ import annotations

import typer

from worker.cli.output import Json, Problem, local, open_house, print_json


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: orderwatch health || echo 'it has stopped'")(health)


def health(as_json: Json = False) -> None:
    """Exit 0 while scheduler, message, worker and row turn in their loop, 1 with the reason."""
    with open_house() as house:
        from models.finding_facts import utc_text
        from models.heartbeat import last_beat
        from worker.health import heartbeat_schedule, trouble

        with house.db.read() as session:
            reason = trouble(session, heartbeat_schedule(house), house.clock.now())
            beat = utc_text(last_beat(session))
        zone = house.settings.timezone
    if as_json:
        print_json({"ok": reason is None, "last_heartbeat": beat, "reason": reason})
    elif reason is None:
        print(f"the loop turns; last heartbeat {local(beat, zone)}")
    if reason is not None:
        raise Problem(reason)
