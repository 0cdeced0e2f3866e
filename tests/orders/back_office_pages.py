"""Pages as the back office shows them, written from a profile's labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from tasks.orders.profile import Profile

#: The columns of the order table, in the order seen in Brazil.
COLUMNS = (
    "number", "list_type", "source", "ship_to", "tracking", "item", "quantity", "payment",
    "order_date", "ship_date", "pv_month", "pv", "total", "cancel",
)  # fmt: skip

#: The columns of a month page, as proposed for Germany.
MONTH_COLUMNS = (
    "number", "invoice_number", "order_date", "pv", "source", "ship_date", "tracking", "total",
    "cancel",
)  # fmt: skip

LINK = "https://www.myhermes.de/empfangen/sendungsverfolgung/?trackID=99000000000017"


def day(profile: Profile, year: int, month: int, dom: int) -> str:
    """A day as the profile's market writes it."""
    order = profile.date_format
    return order.replace("DD", f"{dom:02}").replace("MM", f"{month:02}").replace("YYYY", str(year))


def order_cells(profile: Profile, **changes: str) -> dict[str, str]:
    """The inner HTML of a shipped loyalty order's cells, by column."""
    number = changes.pop("order", "184145362")
    cells = {
        "number": f'<a href="index.cfm?Fuseaction=evo_Modules.OrderInvoice&amp;ODHNumber={number}">'
        f"{number}</a>",
        "invoice_number": "77001234",
        "list_type": "I",
        "source": "AS",
        "ship_to": "Erika Musterfrau",
        "tracking": f'<a href="{LINK}">99000000000017</a>',
        "item": "<br>60204657<br>60204656",
        "quantity": "2<br>1",
        "payment": "",
        "order_date": day(profile, 2026, 10, 5),
        "ship_date": day(profile, 2026, 10, 6),
        "pv_month": "10/2026",
        "pv": "57,00",
        "total": "1.045,63",
        "cancel": "",
    }
    return cells | changes


def cell(column: str, inner: str) -> str:
    """A data cell; `sort=45.50|` before the text makes it the plain decimal of the cell."""
    if inner.startswith("sort="):
        plain, _, inner = inner.removeprefix("sort=").partition("|")
        return f'<td data-sort-value="{plain}">{inner}</td>'
    return f"<td>{inner}</td>"


def table(
    labels: Mapping[str, Sequence[str]],
    columns: Sequence[str],
    rows: Sequence[Mapping[str, str]],
    attributes: str,
    *,
    header: bool = True,
) -> str:
    """A table with these columns; one that the profile does not know is its own label."""
    head = "".join(f"<th>{escape(labels.get(c, (c,))[0])}</th>" for c in columns)
    body = "".join(
        "<tr>" + "".join(cell(c, row.get(c, "?")) for c in columns) + "</tr>" for row in rows
    )
    top = f"<thead><tr>{head}</tr></thead>" if header else ""
    return f"<table {attributes}>{top}<tbody>{body}</tbody></table>"


def history(
    profile: Profile,
    rows: Sequence[Mapping[str, str]],
    columns: Sequence[str] = COLUMNS,
    cursor: str | None = "202608",
) -> str:
    """The order history's first page."""
    found = table(profile.orders.columns, columns, rows, 'id="OrderHistoryTable" class="evotable"')
    hidden = f'<input type="hidden" class="startdate" value="{cursor}">' if cursor else ""
    return (
        f'<html><body><h3 class="white"><i>Erika Musterfrau</i></h3>{found}{hidden}</body></html>'
    )


def fragment(
    profile: Profile,
    rows: Sequence[Mapping[str, str]],
    cursor: str | None,
    columns: Sequence[str] = COLUMNS,
    *,
    header: bool = False,
) -> str:
    """An HTML fragment of older rows."""
    hidden = f'<input type="hidden" class="startdate" value="{cursor}">' if cursor else ""
    return hidden + table(
        profile.orders.columns, columns, rows, 'id="ajaxrowstable" class="evotable"', header=header
    )


def month_page(
    profile: Profile,
    rows: Sequence[Mapping[str, str]],
    heading: str = "Musterfrau, Erika (7654321)",
    columns: Sequence[str] = MONTH_COLUMNS,
) -> str:
    """A customer's orders of one month."""
    found = table(profile.month.columns, columns, rows, 'id="MonthOrders" class="evotable"')
    return f'<html><body><h3 class="white"><i>{heading}</i></h3>{found}</body></html>'


def team_page(profile: Profile, rows: Sequence[Mapping[str, str]], after: str = "") -> str:
    """One page of the team list."""
    columns = ("member_id", "name", "kind", "enrolled_on", "email", "last_order", "pv")
    found = table(profile.team.columns, columns, rows, 'id="CustomerTable" class="evotable"')
    return f"<html><body>{found}{after}</body></html>"


def customer_row(profile: Profile, **changes: str) -> dict[str, str]:
    """The cells of one customer in the team list."""
    return {
        "member_id": '<a href="index.cfm?Fuseaction=evo_Modules.CustomerCard&amp;ID=7654321">'
        "7654321</a>",
        "name": "Musterfrau, Erika",
        "kind": "Vorteilskunde",
        "enrolled_on": day(profile, 2024, 3, 9),
        "email": "erika@example.org",
        "last_order": "184145362",
        "pv": "57,00",
    } | changes


def card_page(profile: Profile, member_id: str = "7654321", header: bool = True) -> str:
    """A customer's card."""
    labels = profile.card.labels
    entries = {
        "name": "Musterfrau, Erika", "email": "erika@example.org", "phone": "+49 170 0000000",
        "kind": "Vorteilskunde", "enrolled_on": day(profile, 2024, 3, 9),
        "enroller": "Berta Beispiel", "sponsor": "",
    }  # fmt: skip
    listed = "".join(f"<dt>{labels[k][0]}:</dt><dd>{v}</dd>" for k, v in entries.items())
    months = {"8/2026": "112,50", "9/2026": "0", "10/2026": "57,00"}
    link = f"index.cfm?Fuseaction=evo_Modules.MonthOrders&amp;ID={member_id}&amp;month=202610"
    rows = [{"month": m, "pv": f'<a href="{link}">{v}</a>'} for m, v in months.items()]
    box = table(profile.card.columns, ("month", "pv"), rows, 'id="VolumeAndOrders"', header=header)
    return f'<html><body><dl id="ContactData">{listed}</dl>{box}</body></html>'


LOGIN_PAGE = """<html><body><form action="/session" method="post">
<input type="hidden" name="csrf" value="t0ken&amp;1"><input name="uid"><input name="password"
type="password"><button>Anmelden</button></form></body></html>"""

CODE_PAGE = """<html><body><form action="/code"><p>Sicherheitscode</p><input name="answer">
</form></body></html>"""
