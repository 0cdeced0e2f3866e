"""The team list and a customer's card. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from models.domain.months import PvMonth
from tasks.orders import document, numbers
from tasks.orders.cells import decimal_in, number_in, optional_day, optional_text
from tasks.orders.profile_values import Profile
from tasks.orders.redaction import without_quotes
from tasks.orders.tables import (
    Row,
    best_header,
    body_rows,
    find_header,
    find_table,
    is_notice,
    row_cells,
    same_label,
    table_rows,
)
from tasks.ports import CustomerCard, PageChanged, Rejected, TeamPage, TeamRow

#: The pages' names in messages.
TEAM: Final = "team"
CARD: Final = "card"


def natural_name(text: str) -> str:
    """`Last, First` as `First Last`; anything else as it stands."""
    last, comma, first = text.partition(",")
    if not comma or "," in first or not first.strip() or not last.strip():
        return text.strip()
    return f"{first.strip()} {last.strip()}"


def team_list(html: str, profile: Profile) -> TeamPage:
    """Read one page of the team list. Raises PageChanged."""
    root = document.open_page(html, TEAM)
    labels = profile.team.columns
    table = find_table(root, profile.team.table, TEAM)
    header = find_header(table, labels, ("member_id", "name"), TEAM)
    rows, rejected = _team_rows(body_rows(table, header, labels), profile)
    if len(rejected) > 1 and not rows:
        reason = without_quotes(rejected[0].reason)
        raise PageChanged(TEAM, f"no row can be read ({reason})", document.sample(html))
    more, shown = _has_next(root, profile), frozenset(header.columns)
    return TeamPage(tuple(rows), tuple(rejected), more, text=html, columns=shown)


def customer_card(html: str, profile: Profile, member_id: str | None = None) -> CustomerCard:
    """Read a customer's card with her volumes, newest month first.

    `member_id` is what was asked for; None for a saved card, which then tells it itself.
    Raises PageChanged, also when the card is somebody else's.
    """
    root = document.open_page(html, CARD)
    shown = _contact(root, profile)
    volume = find_table(root, profile.card.volume, CARD)
    try:
        return CustomerCard(
            member_id=_card_id(volume, shown, profile, member_id),
            name=natural_name(shown["name"]),
            email=optional_text(shown.get("email", "")),
            phone=optional_text(shown.get("phone", "")),
            kind=optional_text(shown.get("kind", "")),
            enrolled_on=optional_day(shown.get("enrolled_on", ""), profile.date_format),
            enroller=optional_text(shown.get("enroller", "")),
            sponsor=optional_text(shown.get("sponsor", "")),
            volume=_volume(volume, profile),
        )
    except ValueError as error:
        raise PageChanged(CARD, without_quotes(str(error)), document.sample(html)) from None


def _team_rows(rows: Sequence[Row], profile: Profile) -> tuple[list[TeamRow], list[Rejected]]:
    read: list[TeamRow] = []
    rejected: list[Rejected] = []
    for row in (row for row in rows if not is_notice(row, profile.no_rows)):
        try:
            read.append(_team_row(row, profile))
        except ValueError as error:
            rejected.append(Rejected(f"{TEAM}, row {row.place}", str(error)))
    return read, rejected


def _team_row(row: Row, profile: Profile) -> TeamRow:
    if not row.whole:
        raise ValueError(f"{len(row.cells)} cells where the header has {row.header.width}")
    if not (name := natural_name(row.text("name"))):
        raise ValueError("no name")
    last = optional_text(row.text("last_order"))
    return TeamRow(
        member_id=number_in(row, "member_id", "ID", profile.member_id),
        name=name,
        kind=optional_text(row.text("kind")),
        enrolled_on=optional_day(row.text("enrolled_on"), profile.date_format),
        email=optional_text(row.text("email")),
        last_order=number_in(row, "last_order", "ODHNumber", profile.order_number)
        if last
        else None,
        pv=decimal_in(row, "pv") if row.text("pv") else None,
    )


def _has_next(root: LexborHTMLParser, profile: Profile) -> bool:
    """Whether a link to the next page is shown that is not switched off."""
    found = document.first(root, profile.team.next)
    if found is None or document.attribute(found, "href") in {"", "#"}:
        return False
    return "disabled" not in document.attribute(found, "class").split()


def _contact(root: LexborHTMLParser, profile: Profile) -> dict[str, str]:
    """The definition list by label. Raises PageChanged when it or the name is missing."""
    box = document.first(root, profile.card.contact)
    if box is None:
        raise PageChanged(CARD, f"no {profile.card.contact!r}", document.sample(root.html or ""))
    labels = profile.card.labels
    accepted = {same_label(label): key for key, names in labels.items() for label in names}
    shown: dict[str, str] = {}
    key: str | None = None
    for node in box.css("dt, dd"):
        if node.tag == "dt":
            key = accepted.get(same_label(document.text(node)))
        elif key is not None:
            shown.setdefault(key, document.text(node))
    if not shown.get("name"):
        raise PageChanged(CARD, f"no entry {' / '.join(labels['name'])}", box.html or "")
    return shown


def _card_id(
    volume: LexborNode,
    shown: dict[str, str],
    profile: Profile,
    asked: str | None,
) -> str:
    """The card's own ID, from its list or its links. Raises ValueError when it is not the asked."""
    linked = re.findall(r"[?&]ID=([0-9]+)", " ".join(document.links(volume)))
    found = {*linked, *([shown["member_id"]] if shown.get("member_id") else [])}
    found = {value for value in found if re.fullmatch(profile.member_id, value)}
    if asked is not None and found and found != {asked}:
        raise ValueError(f"asked was customer {asked}, it shows {', '.join(sorted(found))}")
    if asked is None and len(found) != 1:
        raise ValueError("it does not show one customer's ID")
    return asked or found.pop()


def _volume(table: LexborNode, profile: Profile) -> tuple[tuple[PvMonth, Decimal], ...]:
    header = best_header(table, profile.card.columns, CARD)
    if header.columns:
        header = find_header(table, profile.card.columns, ("month", "pv"), CARD)
        rows = [r for r in body_rows(table, header, profile.card.columns) if r.whole]
        found = [(numbers.pv_month(r.text("month")), decimal_in(r, "pv")) for r in rows]
    else:
        found = [_bare_volume(row_cells(row)) for row in table_rows(table)]
    return tuple(sorted(found, key=lambda entry: entry[0], reverse=True))


def _bare_volume(cells: Sequence[LexborNode]) -> tuple[PvMonth, Decimal]:
    """A row of a box without a header: exactly a month and its PV."""
    if len(cells) != 2:
        raise ValueError(f"a volume row of {len(cells)} cells without a header")
    return numbers.pv_month(document.text(cells[0])), numbers.pv(document.text(cells[1]))
