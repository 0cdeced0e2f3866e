"""The invoice of an order as a PDF with real text. Pure: the same order, the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from worker.simulator.markup import german_amount, german_date
from worker.simulator.records import TAX_PERCENT, Customer, Order

if TYPE_CHECKING:
    from fpdf import FPDF

_WIDTHS = (28, 84, 18, 25, 35)
_HEADINGS = ("Artikel", "Beschreibung", "Menge", "PV", "Betrag EUR")


def _latin(text: str) -> str:
    """The built-in fonts of PDF know Latin-1 only."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _lines(order: Order) -> list[tuple[str, ...]]:
    return [
        (
            line.item,
            line.name,
            str(line.quantity),
            german_amount(line.pv),
            german_amount(line.price),
        )
        for line in order.lines
    ]


def _head(order: Order, customer: Customer) -> tuple[str, ...]:
    on = german_date(order.order_date)
    return (
        "Rechnung",
        f"Rechnungsnummer: {order.invoice_number}",
        f"Bestellnummer: {order.number}",
        f"Rechnungsdatum: {on}",
        f"Bestelldatum: {on}",
        f"Kundennummer: {customer.member_id}",
        f"Name: {customer.name}",
    )


def _foot(order: Order) -> tuple[str, ...]:
    return (
        f"Zwischensumme: {german_amount(order.subtotal)} EUR",
        f"Versand: {german_amount(order.shipping)} EUR",
        f"MwSt. ({TAX_PERCENT} %): {german_amount(order.tax)} EUR",
        f"Gesamtbetrag: {german_amount(order.total)} EUR",
        "Simulation - keine echte Rechnung. Preise erfunden.",
    )


def invoice_pdf(order: Order, customer: Customer) -> bytes:
    """One page with order and invoice number, date, lines and total; all prices invented."""
    from fpdf import FPDF  # slow to load, and only a demo needs it

    pdf = FPDF()
    pdf.set_creation_date(order.placed_at.astimezone(UTC))
    pdf.set_title(f"Rechnung {order.invoice_number}")
    pdf.add_page()
    pdf.set_font("Helvetica", size=10)
    for text in _head(order, customer):
        _write(pdf, (text,), (190,))
    for row in (_HEADINGS, *_lines(order)):
        _write(pdf, row, _WIDTHS)
    for text in _foot(order):
        _write(pdf, (text,), (190,))
    return bytes(pdf.output())


def _write(pdf: FPDF, texts: Sequence[str], widths: Sequence[int]) -> None:
    for text, width in zip(texts, widths, strict=True):
        pdf.cell(width, 7, _latin(text))
    pdf.ln()
