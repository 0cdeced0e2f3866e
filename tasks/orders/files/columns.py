"""The columns of an order file: their names, and where a heading has them. Pure.

The names are a promise to users (docs/import.md). Case, blanks, accents and punctuation of a
heading do not matter, nor does the order of the columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from tasks.orders.files.refusal import FileRefused
from tasks.orders.tables import same_label

#: English name -> German name.
COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "order_number": "Bestellnummer",
        "order_date": "Bestelldatum",
        "pv_month": "PV-Monat",
        "customer_id": "Kundennummer",
        "customer_name": "Name",
        "customer_email": "E-Mail",
        "order_type": "Quelle",
        "list_type": "Typ",
        "pv": "PV",
        "total": "Betrag",
        "currency": "Währung",
        "invoice_number": "Rechnungsnummer",
        "ship_date": "Versanddatum",
        "tracking_url": "Sendungsverfolgung",
        "paid": "Bezahlt",
        "items": "Artikel",
        "enrolled_on": "Eingeschrieben am",
    }
)

REQUIRED = ("order_number", "order_date", "customer_id", "order_type", "pv")

_KNOWN = {same_label(label): name for name, german in COLUMNS.items() for label in (name, german)}
#: All names, as headings are compared.
LABELS = frozenset(_KNOWN)


@dataclass(frozen=True, slots=True)
class Heading:
    """Where each known column stands (from 0), and how it is called there."""

    places: Mapping[str, int]
    labels: Sequence[str]
    unknown: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.labels)


def known_labels(cells: Sequence[str]) -> int:
    """How many of the cells are a column's name: what tells the delimiter."""
    return sum(same_label(cell) in _KNOWN for cell in cells)


def read_heading(cells: Sequence[str]) -> Heading:
    """Find the columns. Raises FileRefused: a required one missing, or one there twice."""
    labels = [" ".join(cell.split()) for cell in cells]
    named = [_KNOWN.get(same_label(label)) for label in labels]
    places = {name: place for place, name in enumerate(named) if name is not None}
    sample = "; ".join(labels)
    if missing := [name for name in REQUIRED if name not in places]:
        wanted = ", ".join(f"{name} ({COLUMNS[name]})" for name in missing)
        raise FileRefused(f"no column {wanted}", sample)
    if twice := [name for name in places if named.count(name) > 1]:
        wanted = ", ".join(f"{name} ({COLUMNS[name]})" for name in twice)
        raise FileRefused(f"two columns {wanted}; one would be right", sample)
    strangers = zip(labels, named, strict=True)
    return Heading(places, labels, tuple(label for label, name in strangers if label and not name))
