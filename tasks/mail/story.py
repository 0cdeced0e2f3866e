"""An order's story for its customer, as plain text ready to send. Pure.

What was ordered, where the parcel is, when it comes. The carriers' sentences that it repeats are
the fixed ones that are stored: they name no neighbour and no drop-off place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from tasks.mail.findings import web_link
from tasks.mail.words import Facts, Voice, clean, voice

_CARRIERS = {"hermes": "Hermes", "dhl": "DHL", "dpd": "DPD", "gls": "GLS", "ups": "UPS"}

#: What ends an order whatever its parcel does.
_ENDED = ("vanished", "credited")

_UNDER_WAY = ("announced", "in_transit", "out_for_delivery", "delivery_failed", "unknown")
_AT_ITS_END = ("delivered", "returned", "cancelled")

_NO_BREAK = "\N{NO-BREAK SPACE}"


def tell_story(language: str, facts: Facts, timezone: str) -> str:
    """The text. Raises ValueError for a language without words.

    `facts`: order, order_date, customer_name, status, ship_date, lines (quantity, description,
    item), parcels (as `shipments show`), sign, kept_days (days that a shop keeps a parcel), and
    `now`, the moment that it is told at. Dates and times as ISO texts.
    """
    facts, words = clean(facts), voice(language, timezone)
    known = {name: facts.get(name) for name in ("customer_name", "order", "order_date")}
    parts = [words.say("tell.greeting", **known), words.say("tell.opening", **known)]
    parts += _ordered(facts["lines"], words)
    parts += _told(facts, words)
    parts.append("\n".join(filter(None, (words.say("tell.closing"), facts.get("sign")))))
    return "\n\n".join(parts).replace(_NO_BREAK, " ")


def _ordered(lines: list[Facts], words: Voice) -> list[str]:
    """The basket as one paragraph, nothing when its lines are not known."""
    said = [
        words.say("tell.line", quantity=line["quantity"], what=line["description"] or line["item"])
        for line in lines
    ]
    return ["\n".join([words.say("tell.ordered"), *(f"  {line}" for line in said)])] if said else []


def _told(facts: Facts, words: Voice) -> Iterator[str]:
    """How far it is: the parcels' paragraphs, or the order's where no parcel says more."""
    status, parcels = facts["status"], facts["parcels"]
    if status in _ENDED or not parcels:
        name = status if words.has(f"tell.{status}") else "shipped"
        yield words.say(f"tell.{name}", ship_date=facts.get("ship_date"))
        return
    for parcel in parcels:
        yield "\n".join(_parcel(parcel, facts, words))


def _parcel(parcel: Facts, facts: Facts, words: Voice) -> Iterator[str]:
    """One parcel: where it is, when it comes, and the link to look for oneself."""
    name = _chapter(parcel)
    yield words.say(f"tell.{name}", **_parcel_facts(parcel, facts))
    if name in _UNDER_WAY:
        yield from _when(name, parcel, facts["now"], words)
    url = web_link(parcel["tracking_url"])
    if url and name not in (*_AT_ITS_END, "given_up"):
        yield words.say("tell.link", url=url)


def _chapter(parcel: Facts) -> str:
    """Which text tells of the parcel."""
    if parcel["given_up"]:
        return "given_up"
    if parcel["state"] is not None:
        return str(parcel["state"])
    if parcel["carrier"] is None:
        return "no_carrier"
    return "not_known" if parcel["followed"] else "link_only"


def _parcel_facts(parcel: Facts, facts: Facts) -> Facts:
    point, since = parcel["pickup_point"] or {}, parcel["state_since"]
    town = " ".join(filter(None, (point.get("zip"), point.get("city"))))
    place = ", ".join(filter(None, (point.get("name"), point.get("street"), town)))
    kept = timedelta(days=facts["kept_days"] - 1)
    return {
        "number": parcel["number"],
        "carrier": _CARRIERS.get(parcel["carrier"] or "", ""),
        "ship_date": facts.get("ship_date"),
        "since": since,
        "text": parcel["text"] or "",
        "last_event_at": parcel["last_event_at"],
        "place": place,
        "kept_until": (datetime.fromisoformat(since) + kept).isoformat() if since else None,
    }


def _when(name: str, parcel: Facts, now: str, words: Voice) -> Iterator[str]:
    """When it comes, as far as that is known: a window that is over says nothing any more."""
    start, end = parcel["expected_from"], parcel["expected_to"]
    if end is not None and datetime.fromisoformat(end) >= datetime.fromisoformat(now):
        yield words.say("tell.expected", window=words.formats.window(start, end))
    elif name in ("announced", "in_transit"):
        yield words.say("tell.usual")
