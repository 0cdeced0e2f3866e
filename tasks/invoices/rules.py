"""Who gets a copy of her invoice. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class CopyCase:
    """One order whose invoice exists, and what its customer said about copies."""

    mode: str
    """off, consented or all (setting INVOICES__MODE)."""
    agreed: bool | None
    agreed_since: datetime | None
    address: str | None
    order_date: date
    historic: bool
    is_owner: bool
    restored_at: datetime | None = None
    """When the database was put back from a backup; what was sent before is not known."""


def why_not(case: CopyCase, timezone: tzinfo) -> str | None:
    """Why no copy is sent, None when one is. Only orders after the consent are copied."""
    if case.mode == "off":
        return "invoice copies are switched off"
    if case.is_owner:
        return "it is the consultant's own order"
    if case.historic:
        return "the order was old when it was first seen"
    if case.agreed is False:
        return "the customer does not want copies"
    if case.mode == "consented" and not case.agreed:
        return "the customer has not agreed"
    since = case.agreed_since
    if case.agreed and since and case.order_date < since.astimezone(timezone).date():
        return "the order is older than the customer's consent"
    restored = case.restored_at
    if restored and case.order_date <= restored.astimezone(timezone).date():
        return "a backup was restored after the order: she may have got her copy already"
    if not case.address:
        return "no e-mail address is known"
    return None
