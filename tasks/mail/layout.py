"""The templates: one base layout, parts and a folder per kind; CSS inlined once a template. Pure.

A page is put together as text (`<!--= part -->`), its CSS is inlined into the complete document,
and only then Jinja compiles it. Jinja's statements are HTML comments (`<!--% if x %-->`), which
the HTML parser leaves where they are; values are `{{ x }}`, with single quotes in attributes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader
from markupsafe import Markup, escape

from models.domain.values import MailKind
from tasks.mail.formats import Formats
from tasks.mail.words import COMMAND, environment

TEXT_WIDTH = 72

_PART = re.compile(r"<!--= ([a-z-]+) -->")

_CODE = (
    r'<code style="padding:1px 4px;border-radius:4px;background:#eef1ec;font-size:13px">'
    r"\g<0></code>"
)

_EMPTY_LINES = re.compile(r"\n{3,}")

_NO_BREAK = re.compile("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]")


class Pages:
    """The templates of every kind, compiled for one language's formats."""

    def __init__(self, formats: Formats) -> None:
        self._text = _text_environment(formats)
        self._html = _html_environment(formats)

    def subject(self, kind: MailKind, facts: dict[str, Any]) -> str:
        """The subject as the template says it."""
        return self._text.get_template(f"{kind.value}/subject.txt").render(facts).strip()

    def text(self, kind: MailKind, facts: dict[str, Any]) -> str:
        """The plain text part: lines of at most 72 characters, no trailing blanks."""
        text = self._text.get_template(f"{kind.value}/body.txt").render(facts)
        lines = "\n".join(line.rstrip() for line in _NO_BREAK.sub(" ", text).splitlines())
        return _EMPTY_LINES.sub("\n\n", lines).strip() + "\n"

    def html(self, kind: MailKind, facts: dict[str, Any]) -> str:
        """The HTML part, everything escaped that is not the template's own."""
        return _NO_BREAK.sub("&nbsp;", self._html.get_template(kind.value).render(facts))


@lru_cache(maxsize=8)
def pages(formats: Formats) -> Pages:
    """The compiled templates for one language and time zone."""
    return Pages(formats)


@lru_cache(maxsize=len(MailKind))
def inlined(kind: str) -> str:
    """The complete HTML template of `kind` with its CSS in style attributes.

    Once a kind and process: what only a style sheet can say (narrow screens, dark mode) stays
    in the head.
    """
    import css_inline  # 10 ms, and only who sends mail needs it

    inliner = css_inline.CSSInliner(
        keep_at_rules=True, keep_style_tags=False, load_remote_stylesheets=False
    )
    return inliner.inline(assembled(kind))


def assembled(kind: str) -> str:
    """The base layout with the body of `kind` and all parts in place, as plain text."""
    page = _template("base.html").replace("<!--= body -->", _template(f"{kind}/body.html"))
    while _PART.search(page):
        page = _PART.sub(lambda found: _template(f"parts/{found[1]}.html"), page)
    return page


def _text_environment(formats: Formats) -> Environment:
    env = environment(
        formats, loader=FunctionLoader(_template), trim_blocks=True, lstrip_blocks=True
    )
    env.filters |= {"wrap": wrapped, "underline": underlined}
    return env


def _html_environment(formats: Formats) -> Environment:
    env = environment(
        formats,
        loader=FunctionLoader(inlined),
        autoescape=True,
        block_start_string="<!--%",
        block_end_string="%-->",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["marked"] = marked
    return env


def wrapped(text: str, indent: int = 0, first: str = "") -> str:
    """`text` in lines of 72; `first` stands before it, further lines are indented."""
    lead, lines = first.ljust(indent), []
    while len(lead) + len(text) > TEXT_WIDTH:  # the library's way takes ten times as long
        cut = text.rfind(" ", 0, TEXT_WIDTH - len(lead) + 1)
        if cut < 0:  # a word that is longer than a line
            cut = text.find(" ")
        if cut < 0:
            break
        lines.append(lead + text[:cut])
        lead, text = " " * indent, text[cut + 1 :]
    return "\n".join([*lines, lead + text])


def underlined(text: str, sign: str = "=") -> str:
    """A heading, wrapped, with a line below as long as its longest line."""
    heading = wrapped(text)
    return f"{heading}\n{sign * max(map(len, heading.splitlines()), default=0)}"


def marked(text: str, phones: list[dict[str, str]]) -> Markup:
    """Escaped text with the phone numbers bold and our commands in code type."""
    safe = COMMAND.sub(_CODE, str(escape(text)))
    for phone in phones:
        number = str(escape(phone["number"]))
        safe = safe.replace(number, f'<strong style="white-space:nowrap">{number}</strong>')
    return Markup(safe)  # noqa: S704 - escaped above; only our own tags are added


def _template(name: str) -> str:
    return files("tasks.mail").joinpath("templates", *name.split("/")).read_text(encoding="utf-8")
