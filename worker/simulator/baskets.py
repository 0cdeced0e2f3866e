"""Baskets of real product names with PV from the product list and invented prices. Pure."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random

from worker.simulator.records import Line

#: A 4-digit promotion code at 0,00, as real invoices show for the product of the month.
GIFT = Line("7021", "Produkt des Monats (Aktion)", 1, Decimal(0), Decimal(0))


@cache
def products() -> tuple[Line, ...]:
    """Every product of the list that has PV, one piece each; prices are invented."""
    path = Path(__file__).with_name("products.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["pv_brazil_list"]]
    return tuple(_product(row) for row in rows)


def _product(row: dict[str, str]) -> Line:
    pv = Decimal(row["pv_brazil_list"])
    name = " ".join(filter(None, (row["name_de_generic"], row["size"])))
    return Line(row["item_number_eu"], name, 1, pv, (pv * Decimal("1.05") + Decimal("2.75")))


def basket(rng: Random, low: int = 40, high: int = 112) -> tuple[Line, ...]:
    """A random basket of `low` ≤ PV < `high`, now and then with a gift at 0,00."""
    while True:
        lines = tuple(_some(rng, line) for line in rng.sample(products(), rng.randint(1, 4)))
        if low <= sum(line.pv for line in lines) < high:
            return (*lines, GIFT) if rng.random() < 0.15 else lines


def several(rng: Random) -> tuple[Line, ...]:
    """A basket of two different items."""
    one, other = rng.sample(products(), 2)
    return (one, replace(other, quantity=2))


def _some(rng: Random, product: Line) -> Line:
    return replace(product, quantity=rng.choice((1, 1, 1, 2)))


def free_of_charge(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The same items as a replacement: no PV, no price."""
    return tuple(replace(line, unit_pv=Decimal(0), unit_price=Decimal(0)) for line in lines)
