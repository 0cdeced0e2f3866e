"""What a storm does when: faults and customers' deeds, drawn from a seed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: how often it comes beside the others, and for how long it lasts."""

    name: str
    weight: float = 1.0
    shortest: float = 0.0
    longest: float = 0.0
    """Seconds; 0 = it is over at once."""
    group: str = ""
    """What it befalls: two faults of one group never overlap; default: the name."""
    slow: bool = False
    """Manners or leases make us wait for minutes after it: nothing for a short storm."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: when it begins (seconds into the storm), how long it lasts, and its own dice."""

    at: float
    kind: str
    seconds: float
    dice: int

    @property
    def until(self) -> float:
        return self.at + self.seconds


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that customers and carriers do, so many seconds into the storm."""

    at: float
    scene: str


#: What happens while it storms, and how often beside the others.
SCENES: Mapping[str, float] = {"plain": 3, "double": 2, "wrong-type": 1, "failed": 2, "moves": 2}


def plan_faults(rng: Random, kinds: Sequence[Kind], seconds: float, gap: float) -> list[Fault]:
    """Faults about `gap` seconds apart; two of a group never overlap, and all end in time."""
    planned: list[Fault] = []
    free_from: dict[str, float] = {}
    at = rng.uniform(0, gap)
    while at < seconds:
        some = [kind for kind in kinds if free_from.get(kind.group or kind.name, 0) <= at]
        if some:
            (kind,) = rng.choices(some, [one.weight for one in some])
            lasts = min(rng.uniform(kind.shortest, kind.longest), seconds - at)
            planned.append(Fault(at, kind.name, lasts, rng.randrange(2**30)))
            free_from[kind.group or kind.name] = planned[-1].until
        at += rng.uniform(0.5, 1.5) * gap
    return planned


def plan_deeds(rng: Random, seconds: float, gap: float) -> list[Deed]:
    """Every scene at least once where there is time for it, then at random."""
    wanted = list(SCENES)
    rng.shuffle(wanted)
    deeds: list[Deed] = []
    at = rng.uniform(0, gap)
    while at < seconds:
        scene = wanted.pop() if wanted else rng.choices(list(SCENES), list(SCENES.values()))[0]
        deeds.append(Deed(at, scene))
        at += rng.uniform(0.5, 1.5) * gap
    return deeds
