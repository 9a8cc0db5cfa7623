"""Choosing among absent pairs: by lot, by score, by the wiring."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.pairs import Pairs
from graphgrow.growth.links import Paths, best_linked
from graphgrow.growth.parts import Routes, View
from graphgrow.growth.routes.candidates import shortlist
from graphgrow.measure.signals import Score, Signals

# Scoring so many pairs with 1024 samples takes seconds.
MOST_PAIRS = 1 << 27


class Pick(ABC):
    """Which of the absent pairs get an edge first."""

    @abstractmethod
    def __call__(self, view: View, pairs: Pairs, count: int) -> Routes:
        """The `count` first absent pairs, or all if there are fewer."""


@dataclass(frozen=True)
class Drawn(Pick):
    """Uniformly at random."""

    def __call__(self, view: View, pairs: Pairs, count: int) -> Routes:
        """In random order; scores 0."""
        source, target = pairs.draw(count, view.rng)
        return Routes(source, target, np.zeros(source.size, np.float32))


@dataclass(frozen=True)
class Best(Pick):
    """By a score of activations and deltas, exactly; beyond `most_pairs` pairs from a `shortlist` of large ends."""

    score: Score = Score.GRADIENT
    most_pairs: int = MOST_PAIRS

    def __post_init__(self) -> None:
        if self.most_pairs < 1:
            raise SettingsError(f"{self}: expected most_pairs of 1 or more")

    def __call__(self, view: View, pairs: Pairs, count: int) -> Routes:
        """By (-score, target, source)."""
        signals = view.probe()
        if pairs.size > self.most_pairs:
            pairs = shortlist(pairs, count, *_sizes(signals, self.score), self.most_pairs)
        return Routes(*signals.scorer.best_absent(pairs, count, self.score))


def _sizes(signals: Signals, score: Score) -> tuple[Array, Array]:
    """float64 (neurons,) twice: lengths of the rows that sources and targets are scored by."""
    rows = signals.activation.astype(np.float64)
    if score is Score.CORRELATION:
        rows -= rows.mean(axis=1, keepdims=True)
        length = np.linalg.norm(rows, axis=1)
        return length, length
    power = 2 if score is Score.FISHER else 1
    first, second = rows**power, signals.delta.astype(np.float64) ** power
    return np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1)


@dataclass(frozen=True)
class Linked(Pick):
    """By paths of length three in the wiring; where no path predicts anything, at random.

    Each rectangle of the pairs must hold a whole pair of levels, since paths are looked for inside it.
    """

    paths: Paths = Paths.CH3

    def __call__(self, view: View, pairs: Pairs, count: int) -> Routes:
        """Predicted pairs by (-score, target, source), then others in random order."""
        return topped_up(Routes(*best_linked(pairs, count, self.paths)), view, pairs, count)


def topped_up(found: Routes, view: View, pairs: Pairs, count: int) -> Routes:
    """Routes found, and after them other absent pairs by lot until there are `count`, as far as there are so many."""
    if found.source.size >= count:
        return found
    source, target = pairs.draw(count, view.rng)
    size = pairs.wiring.neurons
    key = target.astype(np.int64) * size + source
    other = ~np.isin(key, found.target.astype(np.int64) * size + found.source)
    missing = count - found.source.size
    source, target = source[other][:missing], target[other][:missing]
    return Routes(
        np.concatenate([found.source, source]),
        np.concatenate([found.target, target]),
        np.concatenate([found.score, np.zeros(source.size, np.float32)]),
    )
