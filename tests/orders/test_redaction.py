"""A kept page: it shows what has changed, and nobody's data."""

from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.orders import profile
from tasks.orders.redaction import (
    known_words,
    redact_lines,
    redact_page,
    shape,
    without_quotes,
)
from tasks.orders.tables import same_label
from tests.orders.back_office_pages import (
    card_page,
    customer_row,
    history,
    month_page,
    order_cells,
    team_page,
)
from tests.orders.site import DE

WORDS = known_words(DE)
PERSONAL = (
    "Erika", "Musterfrau", "Berta", "Beispiel", "erika@", "example.org", "7654321", "184145362",
    "99000000000017", "170 0000000", "05.10.2026", "1.045,63",
)  # fmt: skip


@pytest.mark.parametrize(
    "html",
    [
        team_page(DE, [customer_row(DE)]),
        card_page(DE),
        history(DE, [order_cells(DE)]),
        month_page(DE, [order_cells(DE)]),
    ],
    ids=["team", "card", "history", "month"],
)
def test_a_kept_page_names_nobody(html: str) -> None:
    """Names, addresses, phones, numbers and amounts are masked, in texts and in links."""
    kept = redact_page(html, WORDS)
    assert not [word for word in PERSONAL if word.lower() in kept.lower()]


def test_a_kept_page_shows_its_build() -> None:
    """Ids, classes, headings (new ones too) and the shape of dates and amounts stay."""
    html = history(DE, [order_cells(DE)]).replace(">Quelle<", ">Herkunft der Bestellung<")
    kept = redact_page(html, WORDS)
    assert 'id="OrderHistoryTable" class="evotable"' in kept
    assert "<th>Bestellnummer</th>" in kept
    assert "<th>Herkunft der Bestellung</th>" in kept
    assert "<td>99.99.9999</td>" in kept
    assert "<td>9.999,99</td>" in kept
    assert "<td>AS</td>" in kept
    assert "Fuseaction=evo_Modules.OrderInvoice&amp;ODHNumber=999999999" in kept
    assert "<i>Xxxxx Xxxxxxxxxx</i>" in kept


def test_a_header_without_th_is_a_header() -> None:
    """The detail page writes its header in plain cells."""
    html = (
        '<table><tr class="InvoiceHeader"><td>Artikel</td><td>Menge</td><td>Neue Spalte</td></tr>'
        "<tr><td>60204657</td><td>2</td><td>Lavendel</td></tr></table>"
    )
    kept = redact_page(html, WORDS)
    assert "<td>Neue Spalte</td>" in kept
    assert "<td>99999999</td><td>9</td><td>Xxxxxxxx</td>" in kept


def test_scripts_and_comments_are_left_out() -> None:
    """Pages keep whole customers as JSON in scripts."""
    html = (
        "<!-- Erika --><script>var who='Erika'</script><style>.Erika{}</style>"
        "<template><b>Erika</b></template><p>Erika</p>"
    )
    kept = redact_page(html, WORDS)
    assert "Erika" not in kept
    assert "<p>Xxxxx</p>" in kept


@given(st.text(st.characters(categories=["L", "N"]), min_size=5, max_size=30), st.integers(0, 5))
def test_no_name_survives_wherever_it_stands(name: str, place: int) -> None:
    """Any text of letters and digits, in any place that is no heading."""
    places = [
        f"<p>{escape(name)}</p>",
        f"<table><tr><td>{escape(name)}</td></tr></table>",
        f'<input value="{escape(name)}">',
        f'<a href="index.cfm?ID={escape(name)}" title="{escape(name)}">x</a>',
        f"<h3>{escape(name)}</h3>",
        f"<dl><dt>Name</dt><dd>{escape(name)}</dd></dl>",
    ]
    kept = redact_page(places[place], WORDS)
    if shape(name) != name and same_label(name) not in WORDS:
        assert name not in kept


@given(st.text(max_size=400))
def test_any_rubbish_can_be_kept(rubbish: str) -> None:
    """The sample is made when all else has failed already."""
    assert len(redact_page(rubbish, WORDS)) <= 200_000
    redact_lines(rubbish, WORDS)


def test_a_text_file_keeps_its_headings() -> None:
    """Which column is missing is seen in the first line; the rows show their shape."""
    text = "Bestellnummer;Name;Typ;Neu\n184145362;Erika Musterfrau;I;AS"
    assert redact_lines(text, WORDS) == (
        "Bestellnummer;Name;Typ;Neu\n999999999;Xxxxx Xxxxxxxxxx;I;AS"
    )


def test_a_file_without_headings_keeps_no_row() -> None:
    """The first line may be a person."""
    assert "Erika" not in redact_lines("184145362;Erika;erika@example.org", WORDS)


def test_a_reason_quotes_nobody() -> None:
    """What an error quotes comes from the page."""
    reason = "no row can be read (no order source: 'Erika Musterfrau')"
    assert without_quotes(reason) == "no row can be read (no order source: 'Xxxxx Xxxxxxxxxx')"


def test_every_market_has_its_words() -> None:
    """Headings of all profiles are known."""
    for name in profile.shipped():
        words = known_words(profile.load(name))
        assert len(words) > 40
        assert all(re.fullmatch(r"\w+", word) for word in words)
