"""Every kind of mail in every language: its text and its HTML, together."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from models.domain.values import MailKind
from tasks.mail import layout
from tasks.mail.compose import Composed, WantedInvoice, compose
from tasks.mail.findings import by_urgency
from tests.mail.samples import (
    BUSY,
    DOTERRA,
    FACTS,
    HERMES,
    IDENTITY,
    INVOICE,
    LONG,
    QUIET,
    finding,
    parcel,
    scenes,
    shipped,
)

CASES = [(kind, language) for kind in MailKind for language in ("de", "en")]

#: kind, language -> subject, and words that stand in the text and in the HTML.
SAID: dict[tuple[str, str], tuple[str, list[str]]] = {
    ("alert", "de"): (
        "Falscher Bestelltyp: Anna Müller, Bestellung 185204417",
        [HERMES, DOTERRA, "H1001490126781101005", "57 PV", "87,50 €", "31. Oktober 2026",
         "Was jetzt zu tun ist", "Dringend"],
    ),
    ("alert", "en"): (
        "Wrong order type: Anna Müller, order 185204417",
        [HERMES, DOTERRA, "H1001490126781101005", "57 PV", "€87.50", "31 October 2026"],
    ),
    ("reminder", "de"): (
        "Erinnerung: Treuemonat in Gefahr: Anna Müller, Oktober 2026",
        ["Noch nicht erledigt", "seit Dienstag, 20. Oktober 2026", "2. Erinnerung", "1 PV"],
    ),
    ("reminder", "en"): (
        "Reminder: Loyalty month at risk: Anna Müller, October 2026",
        ["Still not solved", "since Tuesday, 20 October 2026", "reminder no. 2", "1 PV"],
    ),
    ("all-clear", "de"): (
        "Erledigt: Falscher Bestelltyp: Anna Müller, Bestellung 185204417",
        ["Dafür müssen Sie nichts weiter tun", "gemeldet am 12. Oktober 2026"],
    ),
    ("all-clear", "en"): (
        "Solved: Wrong order type: Anna Müller, order 185204417",
        ["nothing more to do", "reported on 12 October 2026"],
    ),
    ("invoice-copy", "de"): (
        "Rechnungskopie zur Bestellung 185204417",
        ["Hallo Anna Müller,", "R-2026/4711", "87,50 €", "Sabine Köhler", "widerrufen",
         "mailto:sabine.koehler@example.org"],
    ),
    ("invoice-copy", "en"): (
        "Invoice copy for order 185204417",
        ["Hello Anna Müller,", "R-2026/4711", "€87.50", "Sabine Köhler", "withdraw"],
    ),
    ("digest", "de"): (
        "Tagesbericht 14. Oktober 2026: 3 offene Hinweise, 1 Paket heute, 1 neue Bestellung",
        ["Mittwoch, 14. Oktober 2026", "Miriam Weiß", "14:00", "Jürgen Groß", "Jonas Beck",
         "1.204,90 €", "2.110 PV", "Clara Neumann", "Petra Lang", "07:00 Uhr"],
    ),
    ("digest", "en"): (
        "Daily report, 14 October 2026: 3 open findings, 1 parcel today, 1 new order",
        ["Wednesday, 14 October 2026", "Miriam Weiß", "14:00", "Jonas Beck", "2,110 PV"],
    ),
    ("first-sync-summary", "de"): (
        "Bereit: 60 Bestellungen eingelesen, 1 Hinweis",
        ["23", "60", "August 2026", "Oktober 2026", "4 Arbeitstagen", "Was alt ist, bleibt alt"],
    ),
    ("first-sync-summary", "en"): (
        "Ready: 60 orders read, 1 finding",
        ["23", "60", "August 2026", "4 working days", "What is old stays old"],
    ),
    ("case-reminder", "de"): (
        "Gutschrift fehlt noch: Anna Müller, Bestellung 185204417",
        [DOTERRA, "10 Arbeitstagen", "Das Paket ist zurück", "orderwatch cases step 3 credited"],
    ),
    ("case-reminder", "en"): (
        "Credit still missing: Anna Müller, order 185204417",
        [DOTERRA, "10 working days", "the parcel is back", "orderwatch cases step 3 credited"],
    ),
    ("operator", "de"): (
        "orderwatch: Einlesen der Bestellungen gelingt nicht",
        ["the back office refused the login", "04:00 Uhr", "orderwatch doctor"],
    ),
    ("operator", "en"): (
        "orderwatch: Reading the orders fails",
        ["the back office refused the login", "orderwatch doctor"],
    ),
    ("test", "de"): ("Testmail von orderwatch", ["Das ist eine Testmail", "ä ö ü Ä Ö Ü ß"]),
    ("test", "en"): ("Test mail from orderwatch", ["This is a test mail"]),
}  # fmt: skip


def readable(html: str) -> str:
    """What a reader of the HTML sees and what its links say, on one line."""
    tree = LexborHTMLParser(html)
    links = " ".join(link.attributes.get("href") or "" for link in tree.css("a"))
    for hidden in tree.css("style, title, .preheader"):
        hidden.decompose()
    assert tree.body is not None
    return one_line(f"{tree.body.text(separator=' ')} {links}")


def one_line(text: str) -> str:
    """`text` with every run of blanks as one."""
    return re.sub(r"\s+", " ", text)


def made(kind: MailKind, facts: dict[str, Any], language: str = "de") -> Composed:
    """The mail of `kind` over `facts`."""
    return compose(kind, language, facts, IDENTITY)


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_text_and_html_say_the_same(kind: MailKind, language: str) -> None:
    """Whichever part a mail program shows, nothing that matters is missing."""
    mail = made(kind, FACTS[kind], language)
    subject, words = SAID[kind.value, language]
    assert mail.subject == subject
    for word in words:
        assert word.lower() in one_line(mail.text).lower()
        assert word.lower() in readable(mail.html).lower()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("scene", scenes())
def test_nothing_of_the_machinery_shows(scene: str, language: str) -> None:
    """No template code, no None, no line too long to read in the text."""
    kind, facts = scenes()[scene]
    mail = made(kind, facts, language)
    for part in (mail.subject, mail.text, mail.html):
        assert not re.search(r"\{\{|\{%|<!--[%=]|\bNone\b|\xa0", part)
    prose = [line for line in mail.text.splitlines() if "://" not in line and ":" in line]
    assert all(len(line) <= 80 for line in prose)


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_nothing_is_fetched_from_outside(kind: MailKind, language: str) -> None:
    """Opening a mail tells nobody: no images, scripts, fonts or style sheets from outside."""
    html = made(kind, FACTS[kind], language).html
    tree = LexborHTMLParser(html)
    assert not tree.css("img, script, link, iframe, object, embed, video, audio, base, form")
    assert not tree.css("[src], [background], [srcset]")
    assert not re.search(r"url\(|@import|@font-face", html)


@pytest.mark.parametrize("kind", MailKind)
def test_dark_and_narrow_styles_stay_beside_the_inlined_ones(kind: MailKind) -> None:
    """Mail programs that drop the head still see the layout; others get dark mode."""
    html = made(kind, FACTS[kind]).html
    assert "prefers-color-scheme" in html
    assert re.search(r'<td class="brand" style="[^"]*color', html)


def test_css_is_inlined_once_per_template() -> None:
    """A thousand mails cost one inlining of each template, in both languages."""
    layout.inlined.cache_clear()
    layout.pages.cache_clear()
    for kind, language in CASES * 3:
        made(kind, FACTS[kind], language)
    assert layout.inlined.cache_info().misses == len(MailKind)


@pytest.mark.parametrize("name", ["O'Neill <script>alert(1)</script>", "Müller\r\nBcc: x@y.de"])
@pytest.mark.parametrize("kind", [MailKind.ALERT, MailKind.DIGEST, MailKind.INVOICE_COPY])
def test_a_customers_name_does_no_harm(kind: MailKind, name: str) -> None:
    """A name is text: it adds no element to the HTML, no line to subject or text."""
    facts = FACTS[kind] | {"customer_name": name, "at_risk": [{"customer_name": name,
             "customer_id": "1", "month": "2026-10", "deadline": None}],
             "findings": [shipped("wrong-order-type", customer_name=name)]}  # fmt: skip
    mail = made(kind, facts)
    assert not LexborHTMLParser(mail.html).css("script")
    assert one_line(name) in readable(mail.html)
    assert one_line(name) in one_line(mail.text)
    assert "\n" not in mail.subject
    assert not re.search(r"^Bcc:", mail.text, re.MULTILINE)


@pytest.mark.parametrize("address", ["javascript:alert(1)", 'https://x.de/" onclick="y', "data:x"])
def test_only_web_addresses_become_links(address: str) -> None:
    """A tracking link that is none is left out."""
    mail = made(MailKind.ALERT, {"findings": [shipped("parcel-stuck", tracking_url=address)]})
    links = LexborHTMLParser(mail.html).css("a")
    assert all((link.attributes.get("href") or "").startswith("tel:") for link in links)
    assert address not in mail.text


def test_several_findings_share_a_mail_most_urgent_first() -> None:
    """The first card is the one that can't wait."""
    facts = [
        shipped("parcel-stuck", customer_name="Zora Frei"),
        finding("loyalty-month-at-risk", severity="high", customer_name="Jürgen Groß"),
    ]
    mail = made(MailKind.ALERT, {"findings": facts})
    assert mail.subject == "2 Hinweise: Treuemonat in Gefahr, Paket hängt fest"
    for part in (mail.text, readable(mail.html)):
        assert part.index("Jürgen Groß") < part.index("Zora Frei")


def test_a_storm_is_one_bearable_mail() -> None:
    """Sixty findings: ten in full, forty by name, the rest counted; mail clients cut at 100 kB."""
    facts = [shipped("parcel-stuck", alert_id=n, order=f"1852{n:05}") for n in range(60)]
    mail = made(MailKind.ALERT, {"findings": facts})
    assert mail.subject.startswith("60 Hinweise")
    assert "… und 10 weitere" in mail.text
    assert "… und 10 weitere" in readable(mail.html)
    assert "185200049" in mail.text
    assert len(mail.html.encode()) < 100_000


def test_a_quiet_day_is_said_in_a_sentence() -> None:
    """An empty digest is short, and says that there is nothing."""
    mail = made(MailKind.DIGEST, QUIET)
    assert "alles ruhig" in mail.subject
    for part in (one_line(mail.text), readable(mail.html)):
        assert "Es gibt heute nichts zu tun." in part
        assert "Pakete unterwegs" not in part
    assert len(mail.text.splitlines()) < 25


def test_a_failing_program_is_never_all_quiet() -> None:
    """Silence is trustworthy: when the sync fails, the digest's subject says so."""
    trouble = {"sync_ok": False, "last_sync_at": None, "mails_waiting": 2, "parked": 1,
               "open_system_findings": [finding("mail-failing", customer_name=None,
                                                customer_id=None, order=None)]}  # fmt: skip
    mail = made(MailKind.DIGEST, QUIET | {"program": trouble})
    assert "Programm braucht Hilfe" in mail.subject
    for part in (one_line(mail.text), readable(mail.html)):
        assert "Das Einlesen gelingt zurzeit nicht" in part
        assert "2 Mails warten" in part
        assert "1 Aufgabe liegt fest" in part
        assert "Mails lassen sich nicht senden" in part
        assert "nichts zu tun" not in part


def test_bars_have_a_text_alternative() -> None:
    """Whoever can't see the bars hears the figures."""
    bars = LexborHTMLParser(made(MailKind.DIGEST, BUSY).html).css('table[role="img"]')
    labels = [one_line(bar.attributes.get("aria-label") or "") for bar in bars]
    assert "September 2026: 2.110 PV" in labels
    assert "unterwegs: 7" in labels


def test_a_few_parcels_are_named_and_the_troubled_first() -> None:
    """Thirty parcels are a bar and six names; the one that goes back is among them."""
    moving = [parcel(f"9900{n}", f"Kundin Nr{n:02}", "in_transit") for n in range(30)]
    back = parcel("9999", "Vera Vogel", "returning")
    counts = {"in_transit": 30, "returning": 1}
    mail = made(MailKind.DIGEST, QUIET | {"parcels_open": [*moving, back],
                                          "parcels_by_state": counts})  # fmt: skip
    for part in (one_line(mail.text), readable(mail.html)):
        assert part.count("Kundin Nr") == 5
        assert "Vera Vogel" in part
        assert "… und 25 weitere" in part


def test_a_loyalty_month_at_risk_has_its_own_section() -> None:
    """It counts as open, and stands in the digest once."""
    risk = finding("loyalty-month-at-risk", order=None, severity="high")
    row = {name: risk[name] for name in ("customer_id", "customer_name", "month", "deadline")}
    mail = made(MailKind.DIGEST, QUIET | {"findings_open": [risk], "at_risk": [row]})
    assert "1 offener Hinweis" in mail.subject
    for part in (one_line(mail.text), readable(mail.html)):
        assert part.count("Anna Müller") == 1


def test_the_end_of_an_outage_is_short() -> None:
    """Nothing is left to do: no steps, no urgency, and a subject that says so."""
    over = FACTS[MailKind.OPERATOR] | {"until": "2026-10-14T05:10:00Z"}
    mail = made(MailKind.OPERATOR, over)
    lasted = "3 Stunden und 10 Minuten"
    what = "Einlesen der Bestellungen gelingt nicht"
    assert mail.subject == f"orderwatch: Wieder in Ordnung nach {lasted}: {what}"
    for part in (one_line(mail.text), readable(mail.html)):
        assert "07:10 Uhr" in part
        assert f"Die Störung ist vorbei, sie dauerte {lasted}" in part
        assert "Was jetzt zu tun ist" not in part
        assert "Dringend" not in part


def test_figures_and_names_are_not_torn_apart() -> None:
    """A phone number, a date and a short name stay on one line; a long name may break."""
    html = made(MailKind.ALERT, FACTS[MailKind.ALERT]).html
    for whole in (HERMES, "31. Oktober", "Anna Müller", "57 PV"):
        assert whole.replace(" ", "&nbsp;") in html
    assert LONG in made(MailKind.ALERT, {"findings": [finding("unpaid", customer_name=LONG)]}).html


@given(
    st.lists(st.sampled_from(["ein", "Paketshop", "x" * 80, "à", "12.", "a" * 72])),
    st.sampled_from([(0, ""), (4, "1."), (20, "    Name"), (4, "    ")]),
)
def test_lines_are_wrapped_as_the_library_would(words: list[str], shape: tuple[int, str]) -> None:
    """No line is longer than 72 unless a word is, and no word is lost."""
    text, (indent, first) = " ".join(words), shape
    expected = textwrap.fill(
        text, layout.TEXT_WIDTH, initial_indent=first.ljust(indent),
        subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    assert layout.wrapped(text, indent, first).rstrip() == expected.rstrip() or not words


def test_an_alert_is_told_once_in_the_digest() -> None:
    """What is both open and new stands there once, marked as new."""
    text = made(MailKind.DIGEST, BUSY).text
    assert text.count("Falscher Bestelltyp") == 1
    assert "(neu)" in text


def test_first_sync_without_findings_says_so() -> None:
    """A clean start is good news, not an empty list."""
    facts = FACTS[MailKind.FIRST_SYNC_SUMMARY] | {"findings": [], "orders": 1, "months": []}
    mail = made(MailKind.FIRST_SYNC_SUMMARY, facts)
    assert mail.subject == "Bereit: 1 Bestellung eingelesen"
    for part in (one_line(mail.text), readable(mail.html)):
        assert "nichts aufgefallen" in part


def test_an_order_comes_before_a_month() -> None:
    """Of two urgent findings the one that a parcel may overtake within the hour is read first."""
    month = {"rule": "loyalty-month-at-risk", "severity": "high", "deadline": "2026-10-31"}
    order = {"rule": "duplicate-order", "severity": "high", "order": "185204417"}
    medium = {"rule": "unpaid", "severity": "medium", "order": "185204418"}
    assert by_urgency([medium, month, order]) == [order, month, medium]


def test_what_new_customers_bring_stands_in_the_subject() -> None:
    """In a running account nobody overlooks an urgent order behind a word of welcome."""
    summary = FACTS[MailKind.FIRST_SYNC_SUMMARY] | {"running": True}
    mail = made(MailKind.FIRST_SYNC_SUMMARY, summary)
    (headline,) = [made(MailKind.ALERT, {"findings": summary["findings"]}).subject]
    assert mail.subject == f"Neu dabei: {headline}"
    assert "Was alt ist, bleibt alt" in one_line(mail.text)
    twice = summary | {"findings": summary["findings"] * 2}
    assert made(MailKind.FIRST_SYNC_SUMMARY, twice).subject.endswith(" und ein weiterer Hinweis")


def test_an_invoice_copy_asks_for_its_pdf_and_offers_withdrawal() -> None:
    """The deliverer knows which file to add; the customer knows how to stop it."""
    mail = made(MailKind.INVOICE_COPY, INVOICE)
    assert mail.attachments_wanted == (WantedInvoice("185204417", "Rechnung-R20264711.pdf"),)
    assert mail.list_unsubscribe is not None
    assert mail.list_unsubscribe.startswith("mailto:sabine.koehler@example.org?subject=Keine%20")
    assert mail.list_unsubscribe in mail.text
    assert made(MailKind.ALERT, FACTS[MailKind.ALERT]).list_unsubscribe is None


def test_a_customers_mail_shows_nothing_internal() -> None:
    """The customer reads a letter from her consultant, not from a program."""
    mail = made(MailKind.INVOICE_COPY, INVOICE)
    assert "orderwatch" not in (mail.subject + mail.text + readable(mail.html)).lower()


def test_a_rule_without_words_still_gets_a_mail() -> None:
    """A new rule is reported by its name rather than lost."""
    mail = made(MailKind.OPERATOR, {"rule": "odd", "title": "Etwas Neues", "detail": "so ist es"})
    assert mail.subject == "orderwatch: Etwas Neues"
    assert "so ist es" in mail.text
    assert "so ist es" in readable(mail.html)


def test_subjects_stay_short() -> None:
    """A name of a thousand letters does not fill the mailbox's list."""
    mail = made(MailKind.ALERT, {"findings": [finding("unpaid", customer_name="A" * 1000)]})
    assert len(mail.subject) <= 120


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("de", "orderwatch: Wieder in Ordnung nach 1 Stunde und 5 Minuten: ", "Zu tun ist nichts"),
        ("en", "orderwatch: All well again after 1 hour and 5 minutes: ", "nothing to do"),
    ],
)
def test_the_end_of_an_outage_says_how_long_it_lasted(
    language: str, subject: str, words: str
) -> None:
    """Good news does not look like the trouble come back."""
    times = {"since": "2026-10-14T08:00:00Z", "until": "2026-10-14T09:05:00Z"}
    facts = {"rule": "tracking-unavailable", "title": "hermes", "detail": "503"} | times
    mail = made(MailKind.OPERATOR, facts, language)
    assert mail.subject.startswith(subject)
    for text in (mail.text, readable(mail.html)):
        assert words in one_line(text)
        assert "orderwatch doctor" not in text


@pytest.mark.parametrize(
    ("rule", "subject", "said", "unsaid"),
    [
        ("source-changed", "import", "failed/", "Profil der Seiten"),
        ("source-changed", "backoffice", "Profil der Seiten", "failed/"),
        ("sync-failing", "inbox", "ORDERWATCH_INBOX_DIR", "Kennwort"),
        ("sync-failing", "backoffice", "Kennwort", "ORDERWATCH_INBOX_DIR"),
    ],
)
def test_trouble_with_files_is_no_trouble_of_the_back_office(
    rule: str, subject: str, said: str, unsaid: str
) -> None:
    """Whoever uses files alone is not asked about passwords and page profiles."""
    mail = made(MailKind.OPERATOR, {"rule": rule, "title": subject, "detail": "x"})
    for part in (one_line(mail.text), readable(mail.html)):
        assert said in part
        assert unsaid not in part
