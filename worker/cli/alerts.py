"""`orderwatch alerts`: what somebody should act on, and what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.cards import plain, print_card
from worker.cli.days import read_day
from worker.cli.output import (
    LARGEST_ID,
    Json,
    Problem,
    WrongUse,
    local,
    open_house,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from datetime import date, datetime

    from models.domain.values import AlertState
    from worker.bootstrap import House

app = typer.Typer(
    name="alerts", help="Alerts: list, show, ack, snooze, dismiss.", rich_markup_mode=None
)

AlertId = Annotated[
    int, typer.Argument(max=LARGEST_ID, metavar="ID", help="As `alerts list` shows it.")
]

_LONGEST_REASON = 300


@app.command("list", epilog="Example: orderwatch alerts list --all")
def list_alerts(
    everything: Annotated[
        bool, typer.Option("--all", help="Also the resolved and dismissed ones.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What is open, acknowledged or snoozed; the most urgent first."""
    from worker.cli.alert_views import STANDING, alert_views

    with open_house() as house:
        zone = house.settings.timezone
        where = () if everything else (STANDING,)
        with house.db.read() as session:
            rows = alert_views(session, *where, timezone=zone)
    if as_json:
        print_json(rows)
    elif not rows:
        print("there has been no alert yet" if everything else "no alert is open")
    else:
        table = [
            (r["id"], r["severity"], r["state"], local(r["opened_at"], zone), r["text"])
            for r in rows
        ]
        print_table("Alerts", ("id", "urgency", "state", "since", "what"), table)


@app.command(epilog="Example: orderwatch alerts show 12")
def show(alert_id: AlertId, as_json: Json = False) -> None:
    """One alert: what it means, why it matters, what to do, and the facts that it rests on."""
    from worker.cli.alert_views import alert_card

    with open_house() as house:
        zone = house.settings.timezone
        with house.db.read() as session:
            card = alert_card(session, alert_id, house, house.clock.now())
    if card is None:
        raise _unknown(alert_id)
    if as_json:
        print_json(card)
    else:
        _tell(card, zone)


def _unknown(alert_id: int) -> Problem:
    return Problem(f"there is no alert {alert_id}; `orderwatch alerts list --all` shows all")


def _tell(card: dict[str, Any], zone: str) -> None:
    rows = [
        ("rule", card["rule"]),
        ("urgency", card["severity"]),
        ("state", card["state"]),
        ("customer", card["customer_name"]),
        ("customer ID", card["customer"]),
        ("order", card["order"]),
        ("parcel", card["shipment"]),
        ("month", card["month"]),
        ("since", local(card["opened_at"], zone)),
        ("can be mended", card["until"]),
        ("snoozed until", local(card["snoozed_until"], zone)),
        ("dismissed", card["dismissed_reason"]),
        ("resolved", local(card["resolved_at"], zone)),
        ("link", card["tracking_url"]),
    ]
    print_card(f"Alert {card['id']}: {card['text']}", rows)
    print(f"\n{plain(card['what'])}\n{plain(card['why'])}")
    for place, step in enumerate(card["steps"], start=1):
        print(f"{place}. {plain(step)}")
    _tell_evidence(card["evidence"], zone)


def _tell_evidence(evidence: dict[str, Any], zone: str) -> None:
    from worker.cli.evidence_views import exhibit_line

    if evidence["facts"]:
        print("\nIt rests on:")
    for exhibit in evidence["facts"]:
        print(f"- {plain(exhibit_line(exhibit, lambda moment: local(moment, zone)))}")
    for setting in evidence["settings"]:
        print(f"  {setting['name']} = {setting['value']}")


@app.command(epilog="Example: orderwatch alerts ack 12")
def ack(alert_id: AlertId) -> None:
    """Seen: no more reminders; it stays until its cause is gone."""
    from models.domain.values import AlertState

    with open_house() as house:
        _act(house, alert_id, AlertState.ACKED)
    print(f"alert {alert_id} is acknowledged")


@app.command(epilog="Example: orderwatch alerts snooze 12 --until 2026-11-30")
def snooze(
    alert_id: AlertId,
    until: Annotated[str, typer.Option(metavar="DATE", help="A day to come: YYYY-MM-DD.")],
) -> None:
    """Not now: silent until that day begins."""
    from models.domain.values import AlertState

    day = read_day("--until", until)
    with open_house() as house:
        start = _start_of(house, day)
        _act(house, alert_id, AlertState.SNOOZED, snoozed_until=start, next_notice_at=start)
    print(f"alert {alert_id} is silent until {day.isoformat()}")


def _start_of(house: House, day: date) -> datetime:
    """When the local day begins, in UTC. Raises WrongUse when it is not in the future."""
    from datetime import UTC, datetime, time

    today = house.clock.now().astimezone(house.timezone).date()
    if day <= today:
        raise WrongUse(f"--until {day} is not in the future; a day after {today} would be right")
    return datetime.combine(day, time(), house.timezone).astimezone(UTC)


@app.command(epilog='Example: orderwatch alerts dismiss 12 --reason "agreed with her"')
def dismiss(
    alert_id: AlertId,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why; for later.")],
) -> None:
    """No alert: it comes back only when things get worse."""
    from models.domain.values import AlertState

    words = plain(reason)
    if not words:
        raise WrongUse("--reason is empty; a few words that say why would be right")
    if len(words) > _LONGEST_REASON:
        raise WrongUse(f"--reason has {len(words)} characters; at most {_LONGEST_REASON} are right")
    with open_house() as house:
        _act(house, alert_id, AlertState.DISMISSED, dismissed_reason=words)
    print(f"alert {alert_id} is dismissed")


def _act(house: House, alert_id: int, state: AlertState, **values: Any) -> None:
    """Write the decision. Only what still stands can be decided about."""
    from models.alert import Alert
    from models.domain.alerting import STANDING_STATES

    with house.db.write() as session:
        alert = session.get(Alert, alert_id, with_for_update=True)
        if alert is None:
            raise _unknown(alert_id)
        if alert.state not in STANDING_STATES:
            raise Problem(
                f"alert {alert_id} is {alert.state.value} already; "
                "only an open, acked or snoozed one can be changed"
            )
        alert.state, alert.next_notice_at, alert.snoozed_until = state, None, None
        for name, value in values.items():
            setattr(alert, name, value)
