"""Rules of the sim topology_of_growth: published ones and controls, from a start whose edges may skip levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import RuleError
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.graph import Graph
from graphgrow.growth import registry
from graphgrow.growth.parts import Proposer
from graphgrow.growth.rule import Rule
from graphgrow.growth.starts import Outline, Start
from sims.parts.rule_parts import Skipping

STEM = "_with_skips"


@dataclass(frozen=True)
class DenseSkipping(Start):
    """Every level joined completely to every later one."""

    exceeds: ClassVar[bool] = True

    def __call__(self, outline: Outline, sample: Callable[[], Array], rng: np.random.Generator) -> Graph:
        """The densest network of these levels."""
        most = sum(early * late for early, late in combinations(outline.sizes, 2))
        return erdos_renyi(
            outline.sizes, rng, edges=most, skips=True, activation=outline.activation, dtype=outline.dtype
        )


def _beginning(name: str, start: Start) -> Rule:
    """A rule of the shelf with another start."""
    rule = registry.load(name).rule
    if not isinstance(rule, Rule):
        raise RuleError(f"{name}: expected a rule joined from parts, got {type(rule).__name__}: its start is its own")
    return replace(rule, start=start)


STARTS: Mapping[str, Start] = {
    "static_at_budget": Skipping(),
    "set": Skipping(),
    "rigl": Skipping(),
    "dense_then_prune": DenseSkipping(),
}
RULES: Mapping[str, Proposer] = {f"{name}{STEM}": _beginning(name, start) for name, start in STARTS.items()}
