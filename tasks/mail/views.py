"""What the templates of each kind of mail are given: the facts, put into words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from models.domain.values import MailKind
from tasks.mail.case_words import case_context, case_state
from tasks.mail.digest_view import digest_view
from tasks.mail.findings import by_urgency, card, short_titles, shown_card
from tasks.mail.words import Facts, Told, Voice, glued

#: Findings told in full in one mail; a mail client cuts off what is longer than about 100 kB.
MOST_CARDS = 10

#: Further findings named by one line each; the rest is a number.
MOST_LINES = 40


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the mails are from and for, and what they name.

    `phones` has the keys `hermes` and `doterra`; `timezone` is that of all times shown.
    """

    consultant_name: str
    consultant_email: str
    phones: dict[str, str]
    timezone: str = "Europe/Berlin"


@dataclass(frozen=True, slots=True)
class Desk:
    """What a view is made with."""

    voice: Voice
    identity: Identity


View = Callable[[Facts, Desk], Facts]


def alert_view(facts: Facts, desk: Desk) -> Facts:
    """One finding: it is the mail. Several: one card each, the most urgent first."""
    view = _cards(facts, desk)
    if view["count"] == 1:
        only = view["cards"][0]
        return view | {"title": only["headline"], "intro": "", "preheader": only["what"]}
    return view | _several("alert", view, desk)


def reminder_view(facts: Facts, desk: Desk) -> Facts:
    """What was reported before and is still open, since when, and what helps."""
    view = _cards(facts, desk)
    since = view["cards"][0]["since"] if view["cards"] else None
    if view["count"] != 1 or not since:
        return view | _several("reminder", view, desk)
    words = {name: desk.voice.say(f"reminder.{name}", since=since) for name in _OPENING}
    return view | words


def all_clear_view(facts: Facts, desk: Desk) -> Facts:
    """What has been solved; short."""
    view = _cards(facts, desk)
    if view["count"] != 1:
        return view | _several("all-clear", view, desk)
    words = {name: desk.voice.say(f"all-clear.{name}") for name in ("title", "intro")}
    return view | words | {"preheader": view["cards"][0]["headline"]}


def first_sync_view(facts: Facts, desk: Desk) -> Facts:
    """The counts of the first sync, and what can still be mended.

    In a running account it is about new customers, and what is most urgent stands in the subject.
    """
    months = facts.get("months") or []
    counts = {name: facts.get(name) or 0 for name in ("customers", "orders", "parcels_open")}
    span = {"first": months[0] if months else None, "last": months[-1] if months else None}
    opening = "running_" if facts.get("running") else ""
    intro = desk.voice.say(f"first-sync-summary.{opening}intro", **counts, **span)
    known = {"findings": facts.get("findings") or [], "more": facts.get("more")}
    view = _cards(known, desk) | counts
    title = desk.voice.say(f"first-sync-summary.{opening}title")
    named = {"orders": counts["orders"], "findings": view["count"], "cards": view["cards"]}
    subject = desk.voice.say(f"first-sync-summary.{opening}subject", **named)
    said = {"title": title, "intro": intro, "preheader": intro, "subject": subject}
    return view | said | {"running": bool(opening)}


def digest_opening(facts: Facts, desk: Desk) -> Facts:
    """The day (see `digest_view`), with its date above and its sum in one line."""
    say, view = desk.voice.say, digest_view(facts, desk.voice)
    if view["quiet"]:
        intro = say("digest.quiet")
    else:
        total = view["summary"][0].upper() + view["summary"][1:]
        calm = view["healthy"] and not (view["needs"] or view["at_risk"])
        intro = f"{total}. {say('digest.nothing_open')}" if calm else f"{total}."
    day = desk.voice.formats.day(view["date"])
    return view | {
        "title": glued(f"{say('digest.title')}, {day}"),
        "intro": intro,
        "preheader": intro,
    }


def invoice_view(facts: Facts, desk: Desk) -> Facts:
    """A customer's copy: from the consultant, with the address that withdraws her consent."""
    wanted = ("customer_name", "order", "invoice_number", "order_date")
    known = {name: facts.get(name) for name in wanted}
    sign = desk.identity.consultant_name or desk.identity.consultant_email
    words = {name: desk.voice.say(f"invoice-copy.{name}", **known) for name in _LETTER}
    return known | words | {
        "intro": "",
        "preheader": words["body"],
        "brand": sign,
        "sign": sign,
        "rows": _invoice_rows(facts, desk.voice),
        "footer": desk.voice.say("invoice-copy.why_you"),
        "withdraw": withdrawal(desk),
    }  # fmt: skip


def withdrawal(desk: Desk) -> str:
    """A mailto address that asks for no more copies; it names nobody."""
    subject = desk.voice.say("invoice-copy.withdraw_subject")
    return f"mailto:{quote(desk.identity.consultant_email, safe='@')}?subject={quote(subject)}"


def case_view(facts: Facts, desk: Desk) -> Facts:
    """A case that waits, or went wrong, as a card like a finding's; `reason` says which."""
    voice, phones = desk.voice, desk.identity.phones
    known = case_context(facts, voice, phones)

    def say(name: str) -> str:
        own = f"case-reminder.{name}_{facts.get('reason')}"
        key = own if voice.has(own) else f"case-reminder.{name}"
        return voice.say(key, **known, state=case_state(facts.get("step"), voice))

    told = Told(
        title=say("title"),
        headline=say("subject"),
        what=say("what"),
        why=say("why"),
        steps=voice.section_steps("case-reminder", known),
        deadline=None,
        facts=known | {"severity": "medium"},
    )
    shown = shown_card(told, voice, phones)
    shown["rows"].append((voice.say("common.row_case"), str(facts["case_id"])))
    return _one(shown, told, told.headline)


def operator_view(facts: Facts, desk: Desk) -> Facts:
    """A system finding: the rule's words around the program's own message; its end is short."""
    details = {name: facts.get(name) for name in ("title", "detail", "files", "since", "until")}
    finding = {"rule": facts["rule"], "severity": "high", "details": details}
    told = desk.voice.tell(finding, {})
    shown = shown_card(told, desk.voice, {})
    moment = desk.voice.formats.moment
    for name in ("since", "until"):
        if facts.get(name):
            shown["rows"].append((desk.voice.say(f"common.{name}_label"), moment(facts[name])))
    over = facts.get("until") is not None
    known = {
        "headline": told.headline,
        "lasted": desk.voice.formats.lasting(facts.get("since"), facts.get("until")),
    }
    headline = desk.voice.say("operator.over", **known) if over else told.headline
    return _one(shown, told, f"orderwatch: {headline}") | {
        "over": over,
        "title": headline if over else told.title,
        "over_body": desk.voice.say("operator.over_body", **known),
    }


def test_view(facts: Facts, desk: Desk) -> Facts:
    """Nothing to say beyond the words."""
    title, body = (desk.voice.say(f"test.{name}") for name in ("title", "body"))
    return {"title": title, "intro": "", "preheader": body}


_OPENING = ("title", "intro", "preheader")

_LETTER = ("title", "greeting", "body")


def _cards(facts: Facts, desk: Desk) -> Facts:
    """Findings by urgency: ten in full, then one line each, then a number."""
    findings = by_urgency(facts["findings"])
    cards = [card(f, desk.voice, desk.identity.phones) for f in findings[:MOST_CARDS]]
    lines = [desk.voice.headline(f) for f in findings[MOST_CARDS : MOST_CARDS + MOST_LINES]]
    count = len(findings) + (facts.get("more") or 0)
    return {
        "cards": cards,
        "lines": lines,
        "beyond": count - len(cards) - len(lines),
        "count": count,
        "titles": short_titles([c["title"] for c in cards]),
    }


def _several(section: str, view: Facts, desk: Desk) -> Facts:
    """The opening of a mail about several findings."""
    return {
        "title": desk.voice.say(f"{section}.title_several", count=view["count"]),
        "intro": desk.voice.say(f"{section}.intro_several", count=view["count"]),
        "preheader": view["titles"],
    }


def _one(shown: Facts, told: Told, subject: str) -> Facts:
    """The opening of a mail that is one card."""
    return {
        "card": shown, "subject": subject,
        "title": told.title, "intro": "", "preheader": told.what,
    }  # fmt: skip


def _invoice_rows(facts: Facts, voice: Voice) -> list[tuple[str, str]]:
    values = {
        "common.row_order": facts["order"],
        "invoice-copy.invoice": facts.get("invoice_number"),
        "common.row_date": voice.formats.date(facts.get("order_date")),
        "invoice-copy.total": voice.formats.money(facts.get("total"), facts.get("currency")),
    }
    return [(voice.say(key), str(value)) for key, value in values.items() if value]


VIEWS: dict[MailKind, View] = {
    MailKind.ALERT: alert_view,
    MailKind.REMINDER: reminder_view,
    MailKind.ALL_CLEAR: all_clear_view,
    MailKind.FIRST_SYNC_SUMMARY: first_sync_view,
    MailKind.DIGEST: digest_opening,
    MailKind.INVOICE_COPY: invoice_view,
    MailKind.CASE_REMINDER: case_view,
    MailKind.OPERATOR: operator_view,
    MailKind.TEST: test_view,
}
