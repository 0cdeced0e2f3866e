"""A page or text file without personal data, to be kept for a report. Pure.

What shows why it can't be read stays: the markup with ids, classes and the names of parameters,
headings of tables and lists, words that the profile knows. All other text keeps its shape only:
letters become x, digits 9, so that `05.10.2026` is still seen to be written `99.99.9999`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from models.domain.families import DEFAULT_FAMILIES
from tasks.orders.profile_values import Profile
from tasks.orders.tables import same_label

#: Characters that are looked at: the head and some rows show what has changed.
LARGEST = 200_000

#: Attributes whose values say how a page is built, never about whom it is.
_KEPT = frozenset({"id", "class", "type", "name", "colspan", "rowspan", "method", "scope", "role"})
_ADDRESSES = frozenset({"href", "src", "action"})
#: Parameters that name a page, not a person.
_PAGE_PARAMETERS = frozenset({"fuseaction", "axn"})
_SILENT = frozenset({"script", "style", "template", "noscript"})
_CODES = frozenset({*map(str.lower, DEFAULT_FAMILIES), "i", "r", "d", "eur"})
_HEADINGS = frozenset({"dt", "label", "legend", "button"})
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def shape(text: str) -> str:
    """The text with every letter and digit masked: `Xxxxx 99.99.9999`."""
    return "".join(map(_mask, text))


def without_quotes(reason: str) -> str:
    """A reason whose quoted parts, which come from the page, show their shape only."""
    return _QUOTED.sub(lambda quoted: shape(quoted[0]), reason)


def known_words(profile: Profile) -> frozenset[str]:
    """All labels and phrases of a profile, as labels are compared."""
    sections = [profile.orders.columns, profile.team.columns, profile.card.columns]
    sections += [profile.card.labels, profile.month.columns, profile.detail.columns]
    sections += [profile.detail.totals, profile.ledger.columns]
    labels = [label for section in sections for names in section.values() for label in names]
    phrases = [*profile.no_rows, *profile.month.noise, *profile.login.code_words]
    return frozenset(filter(None, map(same_label, [*labels, *phrases]))) | _CODES


def redact_page(html: str, words: Collection[str]) -> str:
    """An HTML page; `words` are those of `known_words`. Longer ones are cut."""
    page = _Page()
    page.feed(html[:LARGEST])
    page.close()
    heads = page.header_rows(words)
    return "".join(_shown(part, words, heads) for part in page.parts)[:LARGEST]


def redact_lines(text: str, words: Collection[str]) -> str:
    """A text file, such as CSV: a line with two known headings stays, fields elsewhere don't."""
    return "\n".join(_line(line, words) for line in text[:LARGEST].splitlines())


def _line(line: str, words: Collection[str]) -> str:
    fields = re.split(r"([,;\t])", line)
    if sum(_is_heading(field, words) for field in fields) >= 2:
        return _without_digits(line)
    known = [same_label(field) in words for field in fields]
    return "".join(f if good else shape(f) for f, good in zip(fields, known, strict=True))


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the page: markup that is shown as it is, or a text and where it stands."""

    text: str
    is_markup: bool = False
    parent: str = ""
    row: int = 0


class _Page(HTMLParser):
    """Takes a page apart; comments, scripts and styles are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[_Part] = []
        self._parent, self._row, self._silent = "", 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self._row += tag == "tr"
        self._parent = tag
        shown = "".join(f' {name}="{_attribute(name, value or "")}"' for name, value in attrs)
        self._markup(f"<{_tag(tag)}{shown}>")

    def handle_endtag(self, tag: str) -> None:
        self._markup(f"</{_tag(tag)}>")
        self._silent = max(self._silent - (tag in _SILENT), 0)
        # What follows a row's or a heading's end belongs to neither.
        self._parent = ""

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(_Part(data, parent=self._parent, row=self._row))

    def _markup(self, text: str) -> None:
        if not self._silent:
            self.parts.append(_Part(text, is_markup=True))

    def header_rows(self, words: Collection[str]) -> set[int]:
        """The rows that are headers: two of their texts are known labels, or all stand in th."""
        texts: dict[int, list[_Part]] = {}
        for part in self.parts:
            if part.row and not part.is_markup and part.text.strip() and part.parent:
                texts.setdefault(part.row, []).append(part)
        return {row for row, parts in texts.items() if _is_header(parts, words)}


def _is_header(parts: list[_Part], words: Collection[str]) -> bool:
    known = sum(_is_heading(part.text, words) for part in parts)
    return known >= 2 or all(part.parent == "th" for part in parts)


def _is_heading(text: str, words: Collection[str]) -> bool:
    """Whether a text is a label; the codes of order types stand in rows."""
    return same_label(text) in words and same_label(text) not in _CODES


def _shown(part: _Part, words: Collection[str], heads: Collection[int]) -> str:
    if part.is_markup:
        return part.text
    if part.parent in _HEADINGS or (part.row in heads and part.parent in {"th", "td"}):
        return escape(_without_digits(part.text))
    return escape(part.text if same_label(part.text) in words else shape(part.text))


def _tag(tag: str) -> str:
    """A tag's name; one that is no name of letters, digits and hyphens is masked."""
    return tag if re.fullmatch(r"[a-z][a-z0-9:-]{0,30}", tag) else "x"


def _attribute(name: str, value: str) -> str:
    if name in _KEPT:
        return escape(_without_digits(value))
    if name in _ADDRESSES:
        return escape("".join(_address(value)))
    return escape(shape(value))


def _address(value: str) -> Iterator[str]:
    """An address with its path and parameter names; the values keep their shape."""
    path, mark, query = value.partition("?")
    web = not re.match(r"(?i)(?!https?:)[a-z]+:", path)
    yield "/".join(map(_segment, path.split("/"))) if web and "@" not in path else "x:x"
    yield mark
    for place, pair in enumerate(query.split("&")):
        key, equals, content = pair.partition("=")
        kept = content if key.lower() in _PAGE_PARAMETERS else shape(content)
        yield ("&" if place else "") + (key if equals else shape(key)) + equals + kept


def _segment(text: str) -> str:
    return shape(text) if re.search(r"[\d;%]", text) else text


def _without_digits(text: str) -> str:
    """A heading as it is; an address or a number in it shows its shape only."""
    words = re.split(r"(\s+)", text)
    return "".join(shape(w) if "@" in w or re.search(r"\d{3}", w) else w for w in words)


def _mask(sign: str) -> str:
    if sign.isdigit():
        return "9"
    if sign.isalpha():
        return "X" if sign.isupper() else "x"
    return sign
