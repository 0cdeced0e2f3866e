"""Compares what was found with the labels, rule by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.checks.labelled.life import Label, Life
from tests.checks.labelled.replay import Replay

Mark = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Score:
    """How often a rule was right, wrong and silent when it should have spoken."""

    rule: str
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of what was found that should have been."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """The share of what should have been found that was."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0


@dataclass(frozen=True)
class Comparison:
    """The scores of all rules, and in words what does not agree."""

    scores: list[Score]
    differences: list[str]


def compare(told: Sequence[Life], replay: Replay) -> Comparison:
    """A finding is right only with its rule, subject, urgency and day of opening."""
    wanted = Counter(_mark(life, label) for life in told for label in life.labels)
    found = Counter(
        (f.member_id, f.rule, f.about, f.severity, f.opened.isoformat()) for f in replay.found
    )
    stories = {life.member_id: life.story for life in told}
    lines = [f"missed: {stories[mark[0]]} {mark}" for mark in sorted(wanted - found)]
    lines += [f"wrong: {stories[mark[0]]} {mark}" for mark in sorted(found - wanted)]
    lines += [line for life in told for label in life.labels for line in _end(life, label, replay)]
    rules = sorted({mark[1] for mark in [*wanted, *found]})
    return Comparison([_score(rule, wanted, found) for rule in rules], lines)


def _mark(life: Life, label: Label) -> Mark:
    return life.member_id, label.rule, label.about, label.severity, label.opens.isoformat()


def _score(rule: str, wanted: Counter[Mark], found: Counter[Mark]) -> Score:
    def count(marks: Counter[Mark]) -> int:
        return sum(n for mark, n in marks.items() if mark[1] == rule)

    return Score(rule, count(wanted & found), count(found - wanted), count(wanted - found))


def _end(life: Life, label: Label, replay: Replay) -> list[str]:
    """Where a finding should have ended on a certain day and did not."""
    if label.closes is None:
        return []
    for found in replay.found:
        mine = (found.member_id, found.rule, found.about) == (
            life.member_id, label.rule, label.about
        )  # fmt: skip
        if mine and replay.closed.get((found.key, found.opened)) == label.closes:
            return []
    return [f"not over: {life.story} {label}"]
