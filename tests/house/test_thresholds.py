"""Settings and rules agree on every number, although neither knows the other."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from config.carriers import HermesPace
from config.rules import Rules
from models.domain.families import DEFAULT_FAMILIES
from tasks.checks.thresholds import Thresholds
from tasks.shipments.pace import BERLIN, Pace
from worker.carriers import make_pace


@pytest.mark.parametrize("name", [field.name for field in fields(Thresholds)])
def test_threshold(name: str) -> None:
    """Every number of the rules can be set, and its default is the rules' own."""
    assert getattr(Rules(), name) == asdict(Thresholds())[name]


def test_families() -> None:
    """The order types that nobody has set are those of the domain."""
    assert Rules().families == {code: str(family) for code, family in DEFAULT_FAMILIES.items()}


def test_pace() -> None:
    """Every number of the pace can be set, and the defaults are the carrier room's own."""
    assert make_pace(HermesPace(), BERLIN) == Pace()


@pytest.mark.parametrize("name", [name for name in HermesPace.model_fields if name != "night"])
def test_pace_is_heard(name: str) -> None:
    """A number that is set changes the pace."""
    told = HermesPace.model_validate({name: getattr(HermesPace(), name) + 1})
    assert make_pace(told, BERLIN) != Pace()
