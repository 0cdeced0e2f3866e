"""The pages on customers: team list and card. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import quote

from markupsafe import Markup

from models.domain.months import PvMonth
from worker.simulator.days import local_date
from worker.simulator.faults import PageChange
from worker.simulator.markup import (
    Row,
    amount_cell,
    cell,
    changed,
    changed_rows,
    german_amount,
    german_date,
    join,
    page,
    page_link,
    table,
    unpadded_month,
)
from worker.simulator.records import Customer

TEAM = (
    "Kundennummer",
    "Name",
    "Kundentyp",
    "Eingeschrieben am",
    "E-Mail",
    "Letzte Bestellung",
    "PV",
)
TeamLine = tuple[Customer, str, Decimal]
"""A customer, her last order's number (or nothing), her PV this month."""


def team_page(
    lines: Sequence[TeamLine],
    next_page: int | None,
    query: str = "",
    changes: Sequence[PageChange] = (),
) -> str:
    """One page of the team list; `next_page` None = the last one."""
    columns, shown = changed(TEAM, changes)
    rows = changed_rows(map(_team_row, lines), changes)
    attributes = 'id="CustomerTable" class="evotable"'
    body = table(attributes, columns, rows) if shown else Markup("")
    more = Markup("")
    if next_page:
        search = {"q": quote(query)} if query else {}
        more = page_link("CustomerList", "Weiter", "next", page=str(next_page), **search)
    return page("Meine Kunden", body + more)


def _team_row(line: TeamLine) -> Row:
    customer, last_order, pv = line
    return {
        "Kundennummer": cell(page_link("CustomerCard", customer.member_id, ID=customer.member_id)),
        "Name": cell(customer.listed_name),
        "Kundentyp": cell(customer.kind),
        "Eingeschrieben am": cell(german_date(local_date(customer.enrolled_at))),
        "E-Mail": cell(customer.email),
        "Letzte Bestellung": cell(last_order),
        "PV": amount_cell(pv),
    }


def card_page(
    customer: Customer,
    volume: Sequence[tuple[PvMonth, Decimal]],
    changes: Sequence[PageChange] = (),
) -> str:
    """The card: contact data and the box "Volume and Orders", newest month first."""
    facts = (
        ("Name", customer.name),
        ("E-Mail", customer.email),
        ("Telefon", customer.phone),
        ("Kundentyp", customer.kind),
        ("Eingeschrieben am", german_date(local_date(customer.enrolled_at))),
        ("Enroller", customer.enroller),
        ("Sponsor", customer.sponsor),
    )
    pairs = join(Markup("<dt>{}</dt><dd>{}</dd>\n").format(*pair) for pair in facts)
    contact = Markup('<dl id="ContactData">\n{}</dl>\n').format(pairs)
    columns, shown = changed(("Monat", "PV"), changes)
    rows = changed_rows([_volume_row(customer, *pair) for pair in volume], changes)
    box = table('id="VolumeAndOrders"', columns, rows) if shown else Markup("")
    return page("Kunde", contact + box)


def _volume_row(customer: Customer, month: PvMonth, pv: Decimal) -> Row:
    params = {"ID": customer.member_id, "month": month.compact}
    shown = page_link("MonthOrders", german_amount(pv), **params)
    return {"Monat": cell(unpadded_month(month)), "PV": cell(shown, pv)}
