"""HTML of limited size and depth, opened; text of nodes as a reader sees it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from tasks.ports import PageChanged

#: A page of the back office is some 100 KB; 500 rows are about 1 MB.
LARGEST_PAGE = 8_000_000
#: Deeper nesting is no page of people, and costs the parser quadratic time.
DEEPEST = 1_000
#: Self-closed tags (icons) that nest when they stand outside SVG.
MOST_SELF_CLOSED = 20_000

_SAMPLE = 200_000
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
         "source", "track", "wbr"}  # fmt: skip
#: Tags that HTML closes by itself at the next of their kind, so they do not nest alone.
_SELF_ENDING = {"p", "td", "th", "tr", "li", "dt", "dd", "option", "thead", "tbody", "tfoot",
                "html", "head", "body"}  # fmt: skip
#: The tags that can nest: most of a page's are cells and rows, which Python need not see.
_FLAT = "|".join(sorted(_VOID | _SELF_ENDING))
_TAG = re.compile(
    rf"<(/?)(?!(?:{_FLAT})(?![a-z0-9:-]))[a-z][a-z0-9:-]*([^<>]*)", re.IGNORECASE | re.ASCII
)


def open_page(html: str, page: str) -> LexborHTMLParser:
    """The parsed page. Raises PageChanged when it is too large or nested too deeply."""
    if len(html) > LARGEST_PAGE:
        raise PageChanged(page, f"larger than {LARGEST_PAGE // 1_000_000} MB", sample(html))
    if _too_deep(html):
        raise PageChanged(page, f"nested deeper than {DEEPEST} tags", sample(html))
    return LexborHTMLParser(html)


def sample(html: str) -> str:
    """The part of a page that is kept for a report."""
    return html[:_SAMPLE]


def select(root: LexborHTMLParser | LexborNode, selector: str) -> list[LexborNode]:
    """All nodes of a profile's selector. Raises ValueError when it is no CSS selector."""
    try:
        return root.css(selector)
    except SelectolaxError:
        raise ValueError(f"the profile's selector {selector!r} is no CSS selector") from None


def first(root: LexborHTMLParser | LexborNode, selector: str) -> LexborNode | None:
    """The first node of a profile's selector, None when there is none."""
    return next(iter(select(root, selector)), None)


def text(node: LexborNode) -> str:
    """What a reader sees, blanks collapsed; a `<br>` is a blank."""
    return " ".join(" ".join(_pieces(node)).split())


def lines(node: LexborNode) -> list[str]:
    """The node's text split at every `<br>`, blanks collapsed; empty lines stay."""
    return [" ".join(line.split()) for line in _pieces(node)]


def _pieces(node: LexborNode) -> list[str]:
    """The node's text split at every `<br>`, as it is written."""
    found = [""]
    for child in node.traverse(include_text=True):
        tag = child.tag
        if tag == "br":
            found.append("")
        elif tag == "-text" and not _hidden(child):
            found[-1] += child.text_content or ""
    return found


def attribute(node: LexborNode, name: str) -> str:
    """An attribute's value, empty when there is none."""
    return (node.attributes.get(name) or "").strip()


def children(node: LexborNode, *tags: str) -> Iterator[LexborNode]:
    """The direct children with one of these tags."""
    return (child for child in node.iter() if child.tag in tags)


def links(node: LexborNode) -> list[str]:
    """The addresses of the node's links that lead somewhere."""
    found = [attribute(link, "href") for link in node.css("a[href]")]
    return [href for href in found if href and href != "#"]


def _hidden(node: LexborNode) -> bool:
    parent = node.parent
    return parent is not None and parent.tag in {"script", "style", "template"}


def _too_deep(html: str) -> bool:
    depth = self_closed = 0
    for match in _TAG.finditer(html):
        closing, rest = match.groups()
        if rest.endswith("/"):
            self_closed += 1
        else:
            depth = max(depth - 1, 0) if closing else depth + 1
        if depth > DEEPEST or self_closed > MOST_SELF_CLOSED:
            return True
    return False
