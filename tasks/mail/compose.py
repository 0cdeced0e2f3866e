"""From an outbox row's kind and facts to a mail: subject, text, HTML. Pure.

Called at delivery, so that the words are today's. Facts are JSON values (decimals as strings,
dates ISO, times ISO UTC); customers' names and other outside text are made harmless first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.domain.values import MailKind
from tasks.mail.layout import pages
from tasks.mail.views import VIEWS, Desk, Identity
from tasks.mail.words import Facts, Voice, clean, one_line, voice

__all__ = ["Composed", "Identity", "WantedInvoice", "compose"]

#: A longer subject is cut; phones show about 40 characters, desktops about 70.
LONGEST_SUBJECT = 120

_LONGEST_NAME = 120

#: A longer name is broken where it has to be: a phone shows about 30 letters in a heading.
_LONGEST_UNBROKEN = 24

_NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class WantedInvoice:
    """An invoice PDF that belongs to the mail: of which order, and under which file name."""

    order: str
    filename: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail in words. `list_unsubscribe` is a mailto address, in customers' copies only."""

    subject: str
    text: str
    html: str
    attachments_wanted: tuple[WantedInvoice, ...] = ()
    list_unsubscribe: str | None = None


def compose(kind: MailKind, language: str, facts: Facts, identity: Identity) -> Composed:
    """The mail of `kind` over `facts`, in `language` (`de` or `en`).

    Raises ValueError for a language without words, KeyError for facts that lack what the kind
    needs.
    """
    words = voice(language, identity.timezone)
    desk = Desk(words, _glued(identity))
    view = _frame(kind, desk) | VIEWS[kind](_glue_names(clean(facts)), desk)
    leaves = pages(words.formats)
    view["subject"] = subject_line(leaves.subject(kind, view))
    text, html = leaves.text(kind, view), leaves.html(kind, view)
    return Composed(
        subject=view["subject"],
        text=text,
        html=html,
        attachments_wanted=_wanted(kind, view, words),
        list_unsubscribe=view.get("withdraw"),
    )


def subject_line(text: str) -> str:
    """One line of at most 120 characters, without control characters."""
    line = one_line(clean(text.replace(_NO_BREAK, " "))).strip()
    return line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _frame(kind: MailKind, desk: Desk) -> Facts:
    """What every template may name."""
    name = desk.identity.consultant_name
    return {
        "kind": kind.value,
        "lang": desk.voice.language,
        "say": desk.voice.say,
        "footer": desk.voice.say("common.footer", name=name),
        "brand": "orderwatch",
        "withdraw": None,
    }


def _wanted(kind: MailKind, view: Facts, words: Voice) -> tuple[WantedInvoice, ...]:
    if kind is not MailKind.INVOICE_COPY:
        return ()
    number = "".join(c for c in str(view["invoice_number"] or view["order"]) if c.isalnum())
    return (WantedInvoice(view["order"], words.say("invoice-copy.filename", number=number)),)


def _glued(identity: Identity) -> Identity:
    """The identity with names and numbers that no line break cuts."""
    phones = {
        name: clean(number).replace(" ", _NO_BREAK) for name, number in identity.phones.items()
    }
    return replace(identity, consultant_name=clean(identity.consultant_name), phones=phones)


def _glue_names(value: Facts) -> Facts:
    """The facts with customers' names of bearable length that no line break cuts."""
    return {key: _glue(key, item) for key, item in value.items()}


def _glue(key: str, item: object) -> object:
    if key == "customer_name" and isinstance(item, str):
        name = one_line(item)[:_LONGEST_NAME]
        return name if len(name) > _LONGEST_UNBROKEN else name.replace(" ", _NO_BREAK)
    if isinstance(item, dict):
        return _glue_names(item)
    if isinstance(item, list):
        return [_glue_names(entry) if isinstance(entry, dict) else entry for entry in item]
    return item
