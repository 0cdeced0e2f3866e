"""`orderwatch customers`: search, the card, and what the user knows better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.cli.cards import parcel_state, plain, print_card, yes_no
from worker.cli.output import Json, Problem, WrongUse, local, open_house, print_json, print_table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.customer import Customer

app = typer.Typer(
    name="customers", help="Customers: find, show, set what you know better.", rich_markup_mode=None
)

_TRUTHS = {"yes": True, "no": False}

CustomerId = Annotated[
    str, typer.Argument(metavar="ID", help="Customer number; `owner` is the account's owner.")
]


@app.command(epilog="Example: orderwatch customers find müller")
def find(
    text: Annotated[str, typer.Argument(help="Part of a name, of an ID or of an e-mail address.")],
    live: Annotated[
        bool, typer.Option("--live", help="Ask the back office now; nothing is stored.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Search customers; all people of one name are listed."""
    if not text.strip():
        raise WrongUse("nothing to search for; a part of a name, ID or e-mail is right")
    from worker.cli.customer_views import found_customers, found_live

    with open_house() as house:
        if live:
            rows = found_live(house, text)
        else:
            with house.db.read() as session:
                rows = found_customers(session, text)
    if as_json:
        print_json(rows)
    elif not rows:
        print(f"no customer's name, ID or e-mail holds {plain(text)!r}")
    else:
        names = ("id", "name", "email", "enrolled_on", "kind")
        table = [[row[name] for name in names] for row in rows]
        columns = ("ID", "name", "e-mail", "enrolled", "kind")
        print_table("Customers", columns, table, spare=("kind", "enrolled"))


@app.command(epilog="Example: orderwatch customers show 8120345")
def show(
    member_id: Annotated[
        str, typer.Argument(metavar="ID", help="Customer number, `owner`, or a name only she has.")
    ],
    as_json: Json = False,
) -> None:
    """The card: contact, three months of PV, loyalty standing, orders, parcels, alerts, cases."""
    from worker.cli.customer_views import customer_card

    with open_house() as house:
        with house.db.read() as session:
            customer = _meant(session, member_id.strip())
            card = customer_card(session, customer, house, house.clock.now())
        if as_json:
            print_json(card)
        else:
            _tell(card, house.settings.timezone)


#: So many people of one name are listed in an error line.
_MOST_NAMED = 10


def _meant(session: Session, text: str) -> Customer:
    """The customer with this ID, or the only one of this name. Raises Problem with the others."""
    from worker.cli.customer_views import customer_called, customers_named

    customer = customer_called(session, text)
    named = [] if customer or not any(map(str.isalpha, text)) else customers_named(session, text)
    if len(named) > 1:
        people = "; ".join(f"{c.member_id} {c.name}" for c in named[:_MOST_NAMED])
        more = f"; and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
        raise Problem(
            plain(f"{len(named)} customers are called {text}: {people}{more}; one ID is right")
        )
    return customer or (named[0] if named else _known(session, text))


def _known(session: Session, member_id: str) -> Customer:
    from worker.cli.customer_views import customer_called

    customer = customer_called(session, member_id.strip())
    if customer is None:
        shown = plain(member_id)
        raise Problem(f"no customer has the ID {shown}; `orderwatch customers find` searches names")
    return customer


def _tell(card: dict[str, Any], timezone: str) -> None:
    fields = ("kind", "email", "phone", "enrolled_on", "enroller", "sponsor")
    rows = [(name.replace("_", " "), card[name]) for name in fields]
    months = ", ".join(f"{month}: {pv}" for month, pv in card["pv_by_month"].items())
    copies = yes_no(card["invoice_copies"])
    since = local(card["invoice_copies_since"], timezone)
    rows += [
        ("PV", months),
        ("loyalty", _loyalty(card["loyalty"])),
        ("points rate", _rate(card["loyalty"])),
        ("invoice copies", f"{copies} (since {since})" if copies and since else copies),
    ]
    print_card(f"{card['name']} ({card['id'] or 'ID not known'})", rows)
    print()
    table = [
        (o["order_number"], o["order_date"], o["type"], o["pv"], o["total"], o["status"])
        for o in card["orders"]
    ]
    print_table("Orders", ("order", "date", "type", "PV", "total", "status"), table)
    parcels = [(p["number"], p["carrier"], p["order"], parcel_state(p)) for p in card["shipments"]]
    print_table("Parcels", ("number", "carrier", "order", "state"), parcels)
    alerts = [(a["id"], a["severity"], a["state"], a["text"]) for a in card["alerts"]]
    print_table("Alerts", ("id", "urgency", "state", "what"), alerts)
    cases = [(c["id"], c["order"], c["state"], c["step"]) for c in card["cases"]]
    print_table("Cases", ("id", "order", "state", "last step"), cases)


def _loyalty(standing: dict[str, Any]) -> str:
    sources = {"told": "as you said", "orders": "by her orders", "none": "no sign of it"}
    said = f"{yes_no(standing['expected'])}, {sources[standing['source']]}"
    if standing["this_month"]:
        said += f"; this month's order is {standing['this_month']}"
    elif standing["expected"]:
        said += "; no loyalty order this month yet"
    return said + (" - at risk" if standing["at_risk"] else "")


def _rate(standing: dict[str, Any]) -> str | None:
    """What this month's loyalty order earns, and since when she is in the programme."""
    if standing["rate"] is None:
        return None
    months = standing["months_in_programme"]
    return f"{standing['rate']} %" + (f", {months} months in a row" if months else "")


@app.command("set", epilog="Example: orderwatch customers set 8120345 --invoice-copies yes")
def set_facts(
    member_id: CustomerId,
    invoice_copies: Annotated[
        str | None, typer.Option(metavar="yes|no", help="She agreed to copies of her invoices.")
    ] = None,
    expects_loyalty: Annotated[
        str | None,
        typer.Option(metavar="yes|no|auto", help="She is in the loyalty programme; auto: judge."),
    ] = None,
    email: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS|auto", help="Her address; auto: the back office's."),
    ] = None,
) -> None:
    """What you know better than the back office; it wins over every later sync."""
    told = _told(invoice_copies, expects_loyalty, email)
    from models.claims import make_due
    from models.queues import REVIEWS
    from tasks.invoices.consent import cancel_waiting_copies, reconsider_copies
    from worker.cli.reviews import review_now

    with open_house() as house:
        now = house.clock.now()
        with house.db.write() as session:
            customer = _known(session, member_id)
            for name, value in told.items():
                _tell_row(customer, name, value, now)
            session.flush()
            if told.get("invoice_copies") is False:
                cancel_waiting_copies(session, customer.id)
            elif told.get("invoice_copies") or told.get("email_told"):
                reconsider_copies(session, customer.id, now)
            make_due(session, REVIEWS, [customer.id], now)
            line = f"{customer.name} ({customer.member_id or 'ID not known'}) is set"
        review_now(house)
    print(plain(line))


def _told(copies: str | None, loyalty: str | None, email: str | None) -> dict[str, Any]:
    """The columns and their new values. Raises WrongUse before anything is changed."""
    told: dict[str, Any] = {}
    if copies is not None:
        told["invoice_copies"] = _choice("--invoice-copies", copies, _TRUTHS)
    if loyalty is not None:
        choices = {**_TRUTHS, "auto": None}
        told["expects_loyalty_told"] = _choice("--expects-loyalty", loyalty, choices)
    if email is not None:
        told["email_told"] = _address(email)
    if not told:
        raise WrongUse("nothing to set; --invoice-copies, --expects-loyalty or --email is right")
    return told


def _choice(option: str, word: str, choices: dict[str, Any]) -> Any:
    try:
        return choices[word.strip().lower()]
    except KeyError:
        right = ", ".join(choices)
        raise WrongUse(f"{option} {plain(word)!r}: one of {right} would be right") from None


def _address(text: str) -> str | None:
    from config.values import check_email

    if text.strip().lower() == "auto":
        return None
    try:
        return check_email(text)
    except ValueError as error:
        raise WrongUse(f"--email {plain(text)!r}: {error}") from None


def _tell_row(customer: Customer, name: str, value: Any, now: datetime) -> None:
    """A repeated answer keeps its date: since when she agreed decides which copies go out."""
    if getattr(customer, name) == value:
        return
    setattr(customer, name, value)
    since = {
        "invoice_copies": "invoice_copies_since",
        "expects_loyalty_told": "expects_loyalty_since",
    }.get(name)
    if since is not None:
        setattr(customer, since, None if value is None else now)
