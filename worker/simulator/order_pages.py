"""The pages on orders: the owner's history, older rows, month, detail and ledger. Pure.

Columns, ids, labels (profile de) and quirks are those of the reference on the back office.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from markupsafe import Markup

from models.domain.months import PvMonth
from worker.simulator.days import local_date
from worker.simulator.faults import PageChange
from worker.simulator.markup import (
    Row,
    amount_cell,
    body_rows,
    cell,
    changed,
    changed_rows,
    german_date,
    join,
    link,
    page,
    page_link,
    table,
    trusted,
    unpadded_month,
)
from worker.simulator.records import Credit, Customer, Order

HISTORY = (
    "Bestellnummer",
    "Typ",
    "Quelle",
    "Versand an",
    "Sendungsverfolgung",
    "Artikel",
    "Menge",
    "Zahlung",
    "Datum",
    "Versanddatum",
    "PV-Monat",
    "PV",
    "Betrag",
    "Stornieren",
)
MONTH = (
    "Bestellnummer",
    "Rechnungsnummer",
    "Bestelldatum",
    "PV",
    "Quelle",
    "Versanddatum",
    "Sendungsverfolgung",
    "Betrag",
    "Stornieren",
)
LEDGER = ("Typ", "Datum", "Bestellnummer", "PV", "Betrag")


def _row(order: Order, now: datetime, ship_to: str) -> Row:
    unpaid = not order.paid(now)
    shipped = order.shipped(now)
    this_month = order.pv_month == PvMonth.of(local_date(now))
    cancel = page_link("OrderCancel", "Stornieren", "OrderCancelLink", ODHNumber=order.number)
    pay = page_link("OrderPayment", "Jetzt bezahlen", ODHNumber=order.number)
    on = german_date(order.order_date)
    stray = trusted("<br>" if int(order.number) % 3 == 0 else "")
    return {
        "Bestellnummer": cell(_detail_link(order, order.number)),
        "Rechnungsnummer": cell("" if unpaid else _detail_link(order, order.invoice_number)),
        "Typ": cell(order.list_type),
        "Quelle": cell(order.source),
        "Versand an": cell(ship_to),
        "Sendungsverfolgung": cell(_tracking(order) if shipped else ""),
        "Artikel": cell(stray + join((line.item for line in order.lines), "<br>")),
        "Menge": cell(stray + join((str(x.quantity) for x in order.lines), "<br>")),
        "Zahlung": cell(pay if unpaid else ""),
        "Datum": cell(on),
        "Bestelldatum": cell(on),
        "Versanddatum": cell(_ship_date(order) if shipped else ""),
        "PV-Monat": cell(unpadded_month(order.pv_month)),
        "PV": amount_cell(order.pv),
        "Betrag": amount_cell(order.total),
        "Stornieren": cell(cancel if unpaid and this_month else ""),
    }


def _detail_link(order: Order, text: str) -> Markup:
    return page_link("OrderInvoice", text, ODHNumber=order.number)


def _tracking(order: Order) -> Markup:
    return link(order.parcel.link, "Sendung verfolgen") if order.parcel else Markup("")


def _ship_date(order: Order) -> str:
    return german_date(local_date(order.shipped_at)) if order.shipped_at else ""


def history_page(
    owner: Customer,
    orders: Sequence[Order],
    cursor: str,
    now: datetime,
    changes: Sequence[PageChange] = (),
) -> str:
    """The owner's first page: rows, heading with her name, and the cursor to older rows."""
    columns, shown = changed(HISTORY, changes)
    rows = changed_rows([_row(order, now, owner.name) for order in orders], changes)
    attributes = 'id="OrderHistoryTable" class="evotable"'
    content = Markup('<h3 class="white">Bestellungen von <i>{}</i></h3>\n{}\n{}').format(
        owner.name,
        Markup('<input type="hidden" class="startdate" value="{}">').format(cursor),
        table(attributes, columns, rows, 'id="OrderhistoryRows"') if shown else "",
    )
    return page("Bestellverlauf", content)


def older_rows(
    owner: Customer,
    orders: Sequence[Order],
    cursor: str,
    now: datetime,
    changes: Sequence[PageChange] = (),
) -> str:
    """The fragment with older rows and the new cursor."""
    columns, shown = changed(HISTORY, changes)
    lines = changed_rows([_row(order, now, owner.name) for order in orders], changes)
    rows = body_rows(columns, lines)
    hidden = Markup('<input type="hidden" class="startdate" value="{}">').format(cursor)
    body = Markup('<table id="ajaxrowstable">\n<tbody>\n{}</tbody>\n</table>').format(rows)
    return hidden + "\n" + (body if shown else "")


def month_page(
    customer: Customer,
    month: PvMonth,
    orders: Sequence[Order],
    now: datetime,
    changes: Sequence[PageChange] = (),
) -> str:
    """One customer's orders of one PV month."""
    columns, shown = changed(MONTH, changes)
    rows = changed_rows([_row(order, now, customer.name) for order in orders], changes)
    heading = Markup("<h3>{} ({})</h3>\n<h4>{}</h4>\n").format(
        customer.name, customer.member_id, unpadded_month(month)
    )
    attributes = 'id="MonthOrders" class="evotable"'
    return page("Bestellungen", heading + (table(attributes, columns, rows) if shown else ""))


def ledger(
    orders: Sequence[Order], credited: Sequence[Credit] = (), changes: Sequence[PageChange] = ()
) -> str:
    """The account ledger's results: orders, their credits, and a payment that names none."""
    columns, shown = changed(LEDGER, changes)
    rows = [_booking("Bestellung", o.order_date, o.number, o.pv, o.total) for o in orders]
    rows += [_booking("Gutschrift", c.day, c.number, -c.pv, -c.amount) for c in credited]
    if orders:
        paid = sum((order.total for order in orders), Decimal(0))
        rows.append(_booking("Zahlung", orders[0].order_date, "", Decimal(0), -paid))
    body = table('class="evotable"', columns, changed_rows(rows, changes)) if shown else ""
    return Markup('<div id="AITableDiv">{}</div>').format(body)


def _booking(kind: str, day: date, number: str, pv: Decimal, amount: Decimal) -> Row:
    return {
        "Typ": cell(kind),
        "Datum": cell(german_date(day)),
        "Bestellnummer": cell(number),
        "PV": amount_cell(pv),
        "Betrag": amount_cell(amount),
    }
