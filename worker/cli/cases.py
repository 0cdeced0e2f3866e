"""`orderwatch cases`: the road from a wrong order to its credit."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.cards import plain, print_card, yes_no
from worker.cli.output import LARGEST_ID, Json, Problem, local, open_house, print_json, print_table

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models.case import Case

app = typer.Typer(
    name="cases",
    help="Cases: the cancellation of an order and its credit.",
    rich_markup_mode=None,
)

CaseId = Annotated[
    int, typer.Argument(max=LARGEST_ID, metavar="CASE", help="As `cases list` shows it.")
]


class Step(StrEnum):
    """What the user ticks; the words of `models.domain.values.TICKED_STEPS`."""

    STOP_ASKED = "stop-asked"
    CREDIT_ASKED = "credit-asked"
    CANCELLED = "cancelled-before-shipping"
    CREDITED = "credited"
    REORDERED = "reordered"


@app.command("open", epilog="Example: orderwatch cases open 185204417")
def open_(
    number: Annotated[str, typer.Argument(metavar="ORDER", help="Order number.")],
    as_json: Json = False,
) -> None:
    """Follow an order's cancellation to its credit. An order has one case."""
    from sqlalchemy import select

    from models.case_store import open_case
    from models.order import Order
    from worker.cli.reviews import review_now

    with open_house() as house:
        with house.db.write() as session:
            order = session.scalar(select(Order).where(Order.number == number.strip()))
            if order is None:
                raise Problem(
                    f"no order has the number {plain(number)}; `orderwatch orders list` shows all"
                )
            case, new = open_case(session, order, house.clock.now())
            case_id, closed = case.id, case.closed_at is not None
        review_now(house)
        card = _card(house, case_id)
    if as_json:
        print_json(card)
        return
    said = "is open" if new else "was closed before" if closed else "was open already"
    print(plain(f"case {case_id} for order {card['order']} {said}"))
    _tell_next(card)


@app.command(epilog="Example: orderwatch cases step 3 stop-asked")
def step(
    case_id: CaseId,
    made: Annotated[Step, typer.Argument(metavar="STEP", help=", ".join(Step))],
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back a step ticked by mistake.")
    ] = False,
) -> None:
    """Tick a step; in any order, and twice does no harm."""
    from models.case_store import tick_step, untick_step
    from models.domain.values import CaseStep
    from worker.cli.reviews import review_now

    with open_house() as house:
        with house.db.write() as session:
            case, now = _known(session, case_id), house.clock.now()
            change = untick_step if undo else tick_step
            changed = change(session, case, CaseStep(made.value), now)
        review_now(house)
        card = _card(house, case_id)
    print(_said(case_id, made, undo, changed))
    if card["state"] == "closed":
        print(f"case {case_id} is closed: nothing is left to do")
    _tell_next(card)


def _said(case_id: int, made: Step, undo: bool, changed: bool) -> str:
    if undo:
        return f"case {case_id}: {made} is " + ("taken back" if changed else "not ticked")
    return f"case {case_id}: {made}" + ("" if changed else " was noted before; its time stays")


@app.command("list", epilog="Example: orderwatch cases list --all")
def list_cases(
    everything: Annotated[bool, typer.Option("--all", help="Also the closed ones.")] = False,
    as_json: Json = False,
) -> None:
    """The cases that wait for something; the newest first."""
    from worker.cli.case_views import OPEN, case_views

    with open_house() as house:
        zone = house.settings.timezone
        with house.db.read() as session:
            rows = case_views(session, *(() if everything else (OPEN,)))
    if as_json:
        print_json(rows)
    elif not rows:
        print("there has been no case yet" if everything else "no case is open")
    else:
        names = ("id", "order", "customer_name", "state", "step")
        table = [(*(r[name] for name in names), local(r["opened_at"], zone)) for r in rows]
        columns = ("id", "order", "customer", "state", "last step", "since")
        print_table("Cases", columns, table, spare=("since",))


@app.command(epilog="Example: orderwatch cases show 3")
def show(case_id: CaseId, as_json: Json = False) -> None:
    """One case: the road so far, and what to do next."""
    with open_house() as house:
        zone, card = house.settings.timezone, _card(house, case_id)
    if as_json:
        print_json(card)
        return
    rows = [
        ("customer", card["customer_name"]),
        ("customer ID", card["customer"]),
        ("order", card["order"]),
        ("parcel", card["shipment"]),
        ("parcel state", card["parcel_state"]),
        ("state", card["state"]),
        ("new order due", yes_no(card["reorder_due"])),
        ("since", local(card["opened_at"], zone)),
        ("closed", local(card["closed_at"], zone)),
        ("reminded", local(card["reminded_at"], zone)),
        ("link", card["tracking_url"]),
    ]
    print_card(f"Case {card['id']}", rows)
    print()
    table = [
        (local(s["at"], zone), s["step"], "seen" if s["seen"] else "ticked", s["by"])
        for s in card["steps"]
    ]
    print_table("Steps", ("when", "step", "how", "by"), table)
    _tell_next(card)


def _known(session: Session, case_id: int) -> Case:
    from models.case import Case

    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise _unknown(case_id)
    return case


def _unknown(case_id: int) -> Problem:
    return Problem(f"there is no case {case_id}; `orderwatch cases list --all` shows all")


def _card(house: Any, case_id: int) -> dict[str, Any]:
    from worker.cli.case_views import case_card

    with house.db.read() as session:
        card = case_card(session, case_id, house.identity.phones, house.settings.timezone)
    if card is None:
        raise _unknown(case_id)
    return card


def _tell_next(card: dict[str, Any]) -> None:
    for place, words in enumerate(card["next"], start=1):
        print(f"{place}. {plain(words)}")
