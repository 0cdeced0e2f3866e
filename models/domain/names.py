"""Names as a search compares them. Pure."""

from __future__ import annotations

import unicodedata

_GERMAN = str.maketrans({"ß": "ss", "ä": "ae", "ö": "oe", "ü": "ue"})


def name_key(name: str) -> str:
    """Lower case, umlauts spelt out, other accents dropped: `Müller` and `mueller` are one key."""
    spelt = name.casefold().translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", spelt)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())
