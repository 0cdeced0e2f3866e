"""The account ledger: the rows that name an order. Pure."""

from __future__ import annotations

from typing import Final

from tasks.orders import document, numbers
from tasks.orders.cells import decimal_in, number_in
from tasks.orders.order_rows import check_date_orders
from tasks.orders.profile_values import Profile
from tasks.orders.redaction import without_quotes
from tasks.orders.tables import Row, body_rows, find_header, find_table, is_notice
from tasks.ports import LedgerPage, LedgerRow, PageChanged, Rejected

#: The page's name in messages.
LEDGER: Final = "ledger"

_NEEDS = ("kind", "date", "number", "amount")


def ledger_rows(html: str, profile: Profile) -> LedgerPage:
    """Read the ledger's results; rows that name no order (payments) are left out.

    Raises PageChanged.
    """
    root = document.open_page(html, LEDGER)
    labels = profile.ledger.columns
    table = find_table(root, profile.ledger.table, LEDGER)
    header = find_header(table, labels, _NEEDS, LEDGER)
    rows = [r for r in body_rows(table, header, labels) if not is_notice(r, profile.no_rows)]
    check_date_orders(rows, "date", LEDGER, profile.date_format)
    read: list[LedgerRow] = []
    rejected: list[Rejected] = []
    for row in rows:
        try:
            read += [_row(row, profile)] if not row.whole or row.text("number") else []
        except ValueError as error:
            rejected.append(Rejected(f"{LEDGER}, row {row.place}", str(error)))
    if len(rejected) > 1 and not read:
        reason = without_quotes(rejected[0].reason)
        raise PageChanged(LEDGER, f"no row can be read ({reason})", document.sample(html))
    shown = frozenset(header.columns)
    return LedgerPage(tuple(read), tuple(rejected), text=html, columns=shown)


def _row(row: Row, profile: Profile) -> LedgerRow:
    if not row.whole:
        raise ValueError(f"{len(row.cells)} cells where the header has {row.header.width}")
    return LedgerRow(
        kind=row.text("kind")[:80],
        day=numbers.day(row.text("date"), profile.date_format),
        order_number=number_in(row, "number", "ODHNumber", profile.order_number),
        pv=decimal_in(row, "pv") if row.text("pv") else None,
        amount=decimal_in(row, "amount"),
    )
