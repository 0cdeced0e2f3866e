"""Hundreds of customers over fourteen months: every rule finds all it should, and nothing else."""

from __future__ import annotations

import pytest

from tasks.checks.judge import RULES
from tests.checks.labelled.__main__ import run
from tests.checks.labelled.replay import Replay, lives
from tests.checks.labelled.score import Comparison

#: A rule's function may speak under several names; these are the ones it is known by.
PARCEL_STATES = {"delivery-failed", "parcel-exception", "parcel-returning"}


@pytest.fixture(scope="module")
def replayed() -> tuple[Replay, Comparison]:
    """The fourteen months of all customers, once."""
    return run()


def test_there_are_enough_customers() -> None:
    """Every story is told several times, each time with other days, types and sizes."""
    told = lives(1, 4)
    assert len(told) >= 300
    assert len({life.story for life in told}) >= 75
    assert len({life.member_id for life in told}) == len(told)


def test_every_rule_has_precision_and_recall_of_one(replayed: tuple[Replay, Comparison]) -> None:
    """Right subject, right urgency, right day of opening, and of the end where it matters."""
    _, comparison = replayed
    assert comparison.differences == []
    assert {(score.precision, score.recall) for score in comparison.scores} == {(1.0, 1.0)}


def test_every_rule_is_tried(replayed: tuple[Replay, Comparison]) -> None:
    """No rule is perfect for want of a case: each is right several times."""
    _, comparison = replayed
    names = {rule.__name__.replace("_", "-") for rule in RULES} - {"parcel-trouble"}
    right = {score.rule: score.right for score in comparison.scores}
    assert set(right) == names | PARCEL_STATES
    assert min(right.values()) >= 4


def test_labels_differ_from_seed_to_seed() -> None:
    """The set is made, not written down: another seed tells other lives."""
    one, other = ([life.labels for life in lives(seed, 1)] for seed in (1, 2))
    assert one != other
