"""A page profile: addresses, selectors, labels and date order of one market, from TOML. Pure.

`load("de")` reads the profile shipped with the package, `load("my.toml")` a user's file, which
may name only its differences: `extends = "de"`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from tasks.orders.profile_values import Profile

__all__ = ["Profile", "fill", "load", "shipped"]

_LARGEST = 1_000_000


def load(name: str | Path) -> Profile:
    """The profile `de`, `en` or `pt`, or the one in a TOML file.

    Raises ValueError with one line that names the file and its first fault.
    """
    data = _resolve(_read(name), str(name), depth=0)
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"profile {str(name)!r}: {where}: {first['msg']}") from None


@cache
def shipped() -> tuple[str, ...]:
    """The names of the profiles in the package."""
    folder = resources.files("tasks.orders") / "profiles"
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    )


def fill(address: str, values: Mapping[str, str]) -> str:
    """An address with its `{names}` filled in, percent-encoded. Raises ValueError on others."""

    def one(match: re.Match[str]) -> str:
        if match[1] not in values:
            known = ", ".join(sorted(values)) or "none"
            raise ValueError(f"address {address!r} wants {match[0]}, known here: {known}")
        return quote(values[match[1]], safe="")

    return re.sub(r"\{(\w*)\}", one, address)


def _read(name: str | Path) -> dict[str, Any]:
    text = _text(name)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"profile {str(name)!r} is no TOML: {error}") from None


def _text(name: str | Path) -> str:
    if str(name) in shipped():
        return (resources.files("tasks.orders") / "profiles" / f"{name}.toml").read_text("utf-8")
    path = Path(name)
    if not path.is_file():
        known = ", ".join(shipped())
        raise ValueError(f"no such profile: {str(name)!r} ({known}, or a TOML file, would be)")
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"profile {str(name)!r} is larger than 1 MB")
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"profile {str(name)!r} is not UTF-8") from None


def _resolve(data: dict[str, Any], name: str, depth: int) -> dict[str, Any]:
    """The data over what it `extends`, table by table."""
    parent = data.pop("extends", None)
    if parent is None:
        return data
    if depth > 3:
        raise ValueError(f"profile {name!r}: extends leads in a circle")
    return _over(_resolve(_read(parent), str(parent), depth + 1), data)


def _over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = _over(old, value) if both and isinstance(old, dict) else value
    return merged
