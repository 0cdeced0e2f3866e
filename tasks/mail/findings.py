"""A finding as its card in a mail shows it: words, figures to read out, phones, link. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from models.domain.values import Severity
from tasks.mail.words import Facts, Told, Voice

_RANKS = {severity.value: severity.rank for severity in Severity}

#: Only such addresses become links; anything else could be a script.
_WEB = re.compile(r"https?://[^\s\"'<>]+")

_DIALLED = re.compile(r"[^\d+]")


def card(finding: Facts, voice: Voice, phones: dict[str, str]) -> Facts:
    """A finding with its words and everything else that a template shows of it."""
    return shown_card(voice.tell(finding, phones), voice, phones)


def shown_card(told: Told, voice: Voice, phones: dict[str, str]) -> Facts:
    """The card of a finding that has its words already."""
    facts = told.facts
    needed = phones_in(told, voice, phones)
    severity = facts["severity"] if facts["severity"] in _RANKS else Severity.INFO.value
    return {
        "alert_id": facts["alert_id"],
        "severity": severity,
        "label": voice.say(f"common.severity_{severity}"),
        "title": told.title, "headline": told.headline, "what": told.what, "why": told.why,
        "steps": told.steps,
        "deadline": told.deadline,
        "opened_at": facts["opened_at"],
        "rows": rows(facts, voice),
        "phones": needed,
        "rows_title": voice.say("common.read_out" if needed else "common.glance"),
        "link": web_link(facts["tracking_url"]),
        "since": facts.get("since"),
        "nth": facts.get("stage") if isinstance(facts.get("stage"), int) else None,
        "message": facts["details"].get("detail"),
    }  # fmt: skip


def rows(facts: Facts, voice: Voice) -> list[tuple[str, str]]:
    """Label and value of what one needs at hand; what is not known is left out."""
    state = facts["parcel_text"] or voice.label("states", facts["parcel_state"])
    values = {
        "customer": facts["customer_name"],
        "customer_id": facts["customer_id"],
        "order": facts["order"],
        "type": facts["type"] and facts["type_name"],
        "date": voice.formats.date(facts["order_date"]),
        "amount": facts["amount"].strip(" "),
        "shipment": facts["shipment"],
        "parcel": state,
    }
    return [
        (voice.say(f"common.row_{name}"), str(value)) for name, value in values.items() if value
    ]


def phones_in(told: Told, voice: Voice, phones: dict[str, str]) -> list[Facts]:
    """The numbers that the steps name, in the order in which they are to be called."""
    steps = "\n".join(told.steps)
    named = [(steps.find(number), name) for name, number in phones.items() if number]
    return [
        {
            "label": voice.say(f"common.phone_{name}_label"),
            "number": phones[name],
            "tel": _DIALLED.sub("", phones[name]),
        }
        for place, name in sorted(named)
        if place >= 0
    ]


def web_link(address: Any) -> str | None:
    """`address` when it is a plain web address, else None."""
    return address if isinstance(address, str) and _WEB.fullmatch(address) else None


def by_urgency(findings: Sequence[Facts]) -> list[Facts]:
    """The most urgent first, what is about an order before what is about a month, then the nearest
    deadline, then as they came: an order may be shipped within the hour.
    """

    def place(finding: Facts) -> tuple[int, bool, str]:
        rank = -_RANKS.get(finding.get("severity") or "", 0)
        return rank, not finding.get("order"), finding.get("deadline") or "9999"

    return sorted(findings, key=place)


def short_titles(titles: Sequence[str], most: int = 2) -> str:
    """The first different titles, for a subject: `Paket hängt fest, Nicht bezahlt …`."""
    different = list(dict.fromkeys(titles))
    return ", ".join(different[:most]) + (" …" if len(different) > most else "")
