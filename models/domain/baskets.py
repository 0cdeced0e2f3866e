"""How much two baskets agree. Pure."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from models.domain.values import OrderFacts


def similarity(one: OrderFacts, other: OrderFacts) -> Decimal | None:
    """How much two baskets agree, from 0 to 1: the multiset Jaccard index of their items.

    None when the lines of one of them are not known.
    """
    first, second = _basket(one), _basket(other)
    if not first or not second:
        return None
    return Decimal((first & second).total()) / (first | second).total()


def _basket(order: OrderFacts) -> Counter[str]:
    basket: Counter[str] = Counter()
    for line in order.lines:
        basket[line.item] += line.quantity
    return +basket
