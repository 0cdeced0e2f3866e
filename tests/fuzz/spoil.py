"""Strategies that take what a partner really sends and spoil it, a few places at a time."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

#: Tags and the texts between them, or words and the gaps between them.
_HTML = re.compile(r"<[^<>]*>|[^<>]+")
_WORDS = re.compile(r"\w+|\W+")

_NASTY = (
    "", " ", "\0", "\ud800", "\u202e", "\u00a0", "0", "-1", "1e999", "NaN", "Infinity", "9" * 60,
    "٤٥", "1.045,63", "1,045.63", "0,00", "31.02.2026", "29.02.2025", "2026-13-01", "00/0000",
    "13/2026", "10/99999", "01.01.0001", "31.12.9999", "null", "<", ">", "&", "&#0;", "&#xD800;",
    "<td>", "</td>", "<tr>", "</table>", "<table>", "<br>", "<!--", "<script>", "'", '"', "'\"><b>",
    "javascript:alert(1)", "https://www.myhermes.de/#", "//x", "%00", "%F0%9F", "../..", "=1+1",
    "O'Neill <script>", "x" * 5_000,
)  # fmt: skip
nasty = st.sampled_from(_NASTY) | st.text(max_size=12)

_Spoil = Callable[[list[str], int, int, str], None]


def _replace(parts: list[str], at: int, to: int, new: str) -> None:
    parts[at] = new


def _insert(parts: list[str], at: int, to: int, new: str) -> None:
    parts.insert(at, new)


def _drop(parts: list[str], at: int, to: int, new: str) -> None:
    del parts[at : at + 1 + to % 8]


def _double(parts: list[str], at: int, to: int, new: str) -> None:
    parts[at:at] = parts[at : at + 1 + to % 20]


def _swap(parts: list[str], at: int, to: int, new: str) -> None:
    parts[at], parts[to] = parts[to], parts[at]


def _break_off(parts: list[str], at: int, to: int, new: str) -> None:
    del parts[at:]


_TEXT_SPOILS: tuple[_Spoil, ...] = (_replace, _replace, _insert, _drop, _double, _swap, _break_off)


def texts(*samples: str, html: bool = False) -> st.SearchStrategy[str]:
    """One of the samples, with up to five of its tags, texts or words spoiled."""
    tokens = [(_HTML if html else _WORDS).findall(one) for one in samples]
    place = st.integers(0, 10**6)
    edits = st.lists(st.tuples(st.sampled_from(_TEXT_SPOILS), place, place, nasty), max_size=5)

    def spoil(chosen: list[str], all_edits: list[tuple[_Spoil, int, int, str]]) -> str:
        parts = list(chosen)
        for edit, at, to, new in all_edits:
            if parts:
                edit(parts, at % len(parts), to % len(parts), new)
        return "".join(parts)

    return st.builds(spoil, st.sampled_from(tokens), edits)


def files(*samples: bytes) -> st.SearchStrategy[bytes]:
    """One of the files, with up to six of its bytes changed, a piece cut out, or its end gone."""
    place = st.integers(0, 10**9)
    edits = st.lists(st.tuples(st.sampled_from("bbbbcx"), place, st.binary(max_size=8)), max_size=6)

    def spoil(chosen: bytes, all_edits: list[tuple[str, int, bytes]]) -> bytes:
        content = chosen
        for how, where, new in all_edits:
            at = where % (len(content) + 1)
            left = 0 if how == "x" else len(new)
            rest = content[at + left :] if how != "c" else content[at + 50 * len(new) :]
            content = content[:at] if how == "x" and len(new) > 6 else content[:at] + new + rest
        return content

    return st.builds(spoil, st.sampled_from(samples), edits)


def documents(*samples: Any) -> st.SearchStrategy[Any]:
    """One of the JSON samples, with up to four of its values replaced, dropped or doubled."""
    odd: st.SearchStrategy[Any] = (
        st.none() | st.booleans() | st.integers() | st.floats() | nasty
        | st.just([]) | st.just({}) | st.just([[]]) | st.just({"a": [None]})
    )  # fmt: skip
    place = st.integers(0, 10**6)
    edits = st.lists(st.tuples(st.sampled_from("rrrdx"), place, odd), max_size=4)

    def spoil(chosen: Any, all_edits: list[tuple[str, int, Any]]) -> Any:
        document = copy.deepcopy(chosen)
        for how, at, new in all_edits:
            document = _edited(document, how, at, new)
        return document

    return st.builds(spoil, st.sampled_from(samples), edits)


def _edited(document: Any, how: str, at: int, new: Any) -> Any:
    places = list(_places(document))
    if not places:
        return new
    inside, key = places[at % len(places)]
    if how == "d":
        del inside[key]
    elif how == "x" and isinstance(inside, list):
        inside.append(copy.deepcopy(inside[key]))
    else:
        inside[key] = copy.deepcopy(new)
    return document


def _places(value: Any) -> Any:
    """Every place in a document: the container, and the key or index."""
    keys = (
        value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    )
    for key in keys:
        yield value, key
        yield from _places(value[key])
