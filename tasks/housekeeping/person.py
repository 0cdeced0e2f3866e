"""By what one person is recognised in texts and facts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

#: What stands in the place of an erased person.
ERASED = "***"

_OWNERS = ("customer_id", "member_id")


@dataclass(frozen=True)
class Person:
    """Her member ID, names, addresses, and the numbers of her orders, parcels and invoices."""

    member_id: str | None
    name: str
    numbers: frozenset[str] = field(repr=False, default=frozenset())
    """Everything that is hers alone: IDs, e-mail addresses, phone, order and parcel numbers."""

    @cached_property
    def _hers(self) -> re.Pattern[str]:
        return _any_of(self.numbers)

    @cached_property
    def _named(self) -> re.Pattern[str]:
        return _any_of([self.name])

    def is_in(self, value: Any, named_for_others: bool = False) -> bool:
        """Whether a text, or JSON facts, speak of her.

        Somebody else may have her name: facts that give another customer's ID are hers only when
        they hold one of her numbers.
        """
        if isinstance(value, str):
            named = not named_for_others and self._named.search(value)
            return bool(named or self._hers.search(value))
        if isinstance(value, dict):
            other = named_for_others or self._is_of_another(value)
            return any(self.is_in(item, other) for item in value.values())
        if isinstance(value, list | tuple):
            return any(self.is_in(item, named_for_others) for item in value)
        return False

    def _is_of_another(self, facts: dict[str, Any]) -> bool:
        owner = next((facts[key] for key in _OWNERS if facts.get(key)), None)
        return owner is not None and owner != self.member_id

    def hidden_in(self, text: str) -> str:
        """The text without her."""
        return self._named.sub(ERASED, self._hers.sub(ERASED, text))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    known = sorted((re.escape(word) for word in words if word), key=len, reverse=True)
    # A number within a longer one is another number, a name within a longer word no name.
    return re.compile(rf"(?<!\w)(?:{'|'.join(known) or '(?!)'})(?!\w)", re.IGNORECASE)
