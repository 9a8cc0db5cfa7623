"""Scores of pairs that are products of rows: the best of all pairs are then found block by block, exactly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.pairs import Pairs, Rectangle
from graphgrow.growth.parts import Target, View
from graphgrow.growth.targets import Extremes, cut
from graphgrow.measure.search import Found
from graphgrow.measure.signals import RowScorer, Score


class PairScore(ABC):
    """A score of pairs of neurons, larger for the more wanted; what scores 0 is not wanted at all."""

    @abstractmethod
    def of(self, view: View, source: Array, target: Array) -> Array:
        """float32 (k,): the scores of these pairs."""

    @abstractmethod
    def best(self, view: View, pairs: Pairs, count: int) -> Found:
        """The `count` best absent pairs."""


@dataclass(frozen=True)
class ByScore(PairScore):
    """By activations and deltas: gradient, correlation or Fisher information."""

    score: Score = Score.GRADIENT

    def of(self, view: View, source: Array, target: Array) -> Array:
        """From the scorer of the probe."""
        return view.probe().scorer.pairs(source, target, self.score)

    def best(self, view: View, pairs: Pairs, count: int) -> Found:
        """From the scorer of the probe."""
        return view.probe().scorer.best_absent(pairs, count, self.score)


@dataclass(frozen=True)
class ByExtrema(PairScore):
    """By how severe the ends are: half the sum of both severities."""

    target: Target = field(default_factory=Extremes)

    def of(self, view: View, source: Array, target: Array) -> Array:
        """Half the sum of severities."""
        return view.memo(self.rows).pairs(source, target)

    def best(self, view: View, pairs: Pairs, count: int) -> Found:
        """The most severe pairs."""
        return view.memo(self.rows).best_absent(pairs, count)

    def rows(self, view: View) -> RowScorer:
        """Two columns whose mean product is the score."""
        severity = np.abs(self.target(view)).astype(np.float32)
        ones = np.ones_like(severity)
        return RowScorer(np.stack([severity, ones], axis=1), np.stack([ones, severity], axis=1))


@dataclass(frozen=True)
class ByCut(PairScore):
    """By how much an edge would raise the Fiedler value: (y_i - y_j)^2 - value (y_i^2 + y_j^2) for its vector y.

    The first-order change of the second eigenvalue of L y = value D y. Only pairs across the cut count, and none where
    the value is 1 or more: such a network falls apart nowhere.
    """

    def of(self, view: View, source: Array, target: Array) -> Array:
        """The change, 0 for pairs on one side."""
        found = view.memo(cut)
        first, second = found.vector[source], found.vector[target]
        gain = (1 - found.value) * (first**2 + second**2) - 2 * first * second
        return np.where(found.crosses(source, target) & (found.value < 1), gain, 0).astype(np.float32)

    def best(self, view: View, pairs: Pairs, count: int) -> Found:
        """The pairs across the cut that raise it most."""
        found = view.memo(cut)
        square, ones = (1 - found.value) * found.vector**2, np.ones(found.vector.size)
        # Three columns; their mean product is a third of the change, and across the cut no term is negative.
        first = np.stack([square, ones, -2 * found.vector], axis=1).astype(np.float32)
        second = np.stack([ones, square, found.vector], axis=1).astype(np.float32)
        across = _across(pairs, found.vector) if found.value < 1 else ()
        source, target, third = RowScorer(first, second).best_absent(Pairs(pairs.wiring, across), count)
        return source, target, 3 * third


def _across(pairs: Pairs, vector: Array) -> tuple[Rectangle, ...]:
    """The pairs whose ends have opposite signs."""
    made = []
    for part in pairs.rectangles:
        for sign in (1, -1):
            sources = part.sources[sign * vector[part.sources] > 0]
            targets = part.targets[sign * vector[part.targets] < 0]
            made.append(Rectangle(sources, targets))
    return tuple(part for part in made if part.size)
