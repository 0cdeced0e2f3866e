"""Settings and rules agree on every number, although neither knows the other."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from config.rules import Rules
from config.sections import HermesPace
from models.domain.families import DEFAULT_FAMILIES
from tasks.checks.thresholds import Thresholds
from tasks.shipments.pace import Pace


@pytest.mark.parametrize("name", [field.name for field in fields(Thresholds)])
def test_threshold(name: str) -> None:
    """Every number of the rules can be set, and its default is the rules' own."""
    assert getattr(Rules(), name) == asdict(Thresholds())[name]


def test_families() -> None:
    """The order types that nobody has set are those of the domain."""
    assert Rules().families == {code: str(family) for code, family in DEFAULT_FAMILIES.items()}


@pytest.mark.parametrize("name", [name for name in HermesPace.model_fields if name != "night"])
def test_pace(name: str) -> None:
    """The minutes between two questions are the carrier room's own."""
    assert getattr(HermesPace(), name) * 60 == getattr(Pace(), name).total_seconds()


def test_night() -> None:
    """The night in which no carrier is asked is the same in both."""
    assert HermesPace().night == Pace().night
