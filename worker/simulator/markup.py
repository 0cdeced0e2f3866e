"""HTML and German formats for the simulated pages; every text is escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from models.domain.months import PvMonth
from worker.simulator.faults import PageChange

_GERMAN = str.maketrans(",.", ".,")


def german_amount(value: Decimal) -> str:
    """`1.045,63`."""
    return f"{value:,.2f}".translate(_GERMAN)


def german_date(day: date | None) -> str:
    """`05.10.2026`, or nothing."""
    return f"{day:%d.%m.%Y}" if day else ""


def unpadded_month(month: PvMonth) -> str:
    """`9/2026`, as the back office writes a PV month."""
    return f"{month.month}/{month.year}"


def join(parts: Iterable[str], between: str = "") -> Markup:
    """Join, escaping what is no markup yet."""
    return Markup(between).join(parts)  # noqa: S704 - ours, no outside text


def trusted(text: str) -> Markup:
    """Markup of our own, never from outside."""
    return Markup(text)  # noqa: S704 - that is its purpose


def cell(text: str = "", sort: Decimal | None = None) -> Markup:
    """A table cell; `sort` is the plain decimal that the site keeps beside the shown one."""
    if sort is None:
        return Markup("<td>{}</td>").format(text)
    return Markup('<td data-sort-value="{}">{}</td>').format(f"{sort:.2f}", text)


def amount_cell(value: Decimal) -> Markup:
    """A cell with an amount of money or PV."""
    return cell(german_amount(value), value)


def link(address: str, text: str, css: str = "") -> Markup:
    """A link, or nothing when there is no address."""
    if not address:
        return Markup("")
    attribute = Markup(' class="{}"').format(css) if css else Markup("")
    return Markup('<a{} href="{}">{}</a>').format(attribute, address, text)


def page_link(module: str, text: str, css: str = "", **params: str) -> Markup:
    """A link to another page of the back office."""
    rest = "".join(f"&{key}={value}" for key, value in params.items())
    return link(f"index.cfm?Fuseaction=evo_Modules.{module}{rest}", text, css)


Row = Mapping[str, Markup]


def changed(
    columns: Sequence[str], changes: Iterable[PageChange]
) -> tuple[list[tuple[str, str]], bool]:
    """The columns as (key, heading) after the page's changes, and whether there is a table."""
    shown, table = [(label, label) for label in columns], True
    for change in changes:
        if change.how == "drop-table":
            table = False
        elif change.how == "drop-column":
            shown = [(key, label) for key, label in shown if key != change.label]
        elif change.how == "rename-column":
            shown = [(k, change.to if k == change.label else label) for k, label in shown]
    return shown, table


def changed_rows(rows: Iterable[Row], changes: Sequence[PageChange]) -> list[Row]:
    """The rows after the page's changes: none at all, or with a column of rubbish."""
    if any(change.how == "drop-rows" for change in changes):
        return []
    garbled = {c.label: cell(c.to) for c in changes if c.how == "garble-column"}
    return [{**row, **garbled} for row in rows]


def body_rows(columns: Sequence[tuple[str, str]], rows: Iterable[Row]) -> Markup:
    """Table rows with their cells in the columns' order."""
    return join(
        Markup("<tr>{}</tr>\n").format(join(row[key] for key, _ in columns)) for row in rows
    )


def table(
    attributes: str, columns: Sequence[tuple[str, str]], rows: Iterable[Row], body: str = ""
) -> Markup:
    """A table with a head; `attributes` and `body` (those of tbody) are trusted."""
    head = join(Markup("<th>{}</th>").format(label) for _, label in columns)
    return Markup(
        "<table {}>\n<thead><tr>{}</tr></thead>\n<tbody {}>\n{}</tbody>\n</table>"
    ).format(trusted(attributes), head, trusted(body), body_rows(columns, rows))


def page(title: str, content: str) -> str:
    """A whole page."""
    return Markup(
        '<!DOCTYPE html>\n<html lang="de"><head><meta charset="utf-8"><title>{}</title></head>\n'
        "<body>\n{}\n</body></html>"
    ).format(title, content)
