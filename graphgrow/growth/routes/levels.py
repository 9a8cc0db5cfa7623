"""Routes that first choose a later level and then a partner in it: forwarding rules of the founding document."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.pairs import Pairs, Rectangle
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.parts import Room, Route, Routes, View
from graphgrow.measure.criticality import level_norms
from graphgrow.measure.signals import Score


def saturated(wiring: Wiring, scores: Array, many: float) -> Array:
    """bool (occupied levels,): levels in which the share of hidden neurons that are targets is `many` or more."""
    hidden, size = wiring.role == Role.HIDDEN, hidden_sizes(wiring)
    found = np.bincount(wiring.rank[hidden & (scores != 0)], minlength=wiring.levels.size)
    return (size > 0) & (found >= many * size)


def hidden_sizes(wiring: Wiring) -> Array:
    """int64 (occupied levels,): hidden neurons of each level."""
    return np.bincount(wiring.rank[wiring.role == Role.HIDDEN], minlength=wiring.levels.size)


class LevelChoice(ABC):
    """Which later level a source forwards to."""

    @abstractmethod
    def __call__(self, view: View, scores: Array, row: int, ranks: Array) -> int | None:
        """One of the occupied levels `ranks`, int (k,) ascending, k >= 1, that lie ahead; None for none of them."""


@dataclass(frozen=True)
class NextStable(LevelChoice):
    """The first later hidden level with few extrema; None where there is none: then `structures.NewLevel` opens one.

    Outputs are no level to forward to: they are never extrema, so that no level would ever be opened.
    """

    many: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.many <= 1:
            raise SettingsError(f"NextStable(many={self.many}): expected a share above 0 and at most 1")

    def __call__(self, view: View, scores: Array, row: int, ranks: Array) -> int | None:
        """The nearest that is not saturated."""
        wiring = view.read().wiring
        stable = ranks[(hidden_sizes(wiring) > 0)[ranks] & ~saturated(wiring, scores, self.many)[ranks]]
        return int(stable[0]) if stable.size else None


@dataclass(frozen=True)
class LeastDense(LevelChoice):
    """The later level that has the smallest share of the in-edges it may have within the view's reach."""

    def __call__(self, view: View, scores: Array, row: int, ranks: Array) -> int | None:
        """The nearest of equals."""
        return int(ranks[np.argmin(view.memo(in_density)[ranks])])


def in_density(view: View) -> Array:
    """float64 (occupied levels,): in-edges over pairs in reach; ask through `view.memo`."""
    wiring = view.read().wiring
    count = wiring.levels.size
    senders = np.bincount(wiring.rank[wiring.role != Role.OUTPUT], minlength=count)
    before = np.concatenate([[0], np.cumsum(senders)])
    first = np.maximum(np.arange(count) - view.reach, 0)
    places = (before[np.arange(count)] - before[first]) * np.bincount(wiring.rank, minlength=count)
    edges = np.bincount(wiring.rank[wiring.target], minlength=count)
    return np.where(places > 0, edges / np.maximum(places, 1), np.inf)


@dataclass(frozen=True)
class BySeverity(LevelChoice):
    """The more severe the source, the further: 3 levels above 0.99, 2 above 0.95, else 1; never past the last."""

    severe: float = 0.99
    moderate: float = 0.95

    def __post_init__(self) -> None:
        if not 0 <= self.moderate <= self.severe:
            raise SettingsError(f"{self}: expected 0 <= moderate <= severe")

    def __call__(self, view: View, scores: Array, row: int, ranks: Array) -> int | None:
        """The level that far ahead, or the last in reach before it."""
        levels = 3 if scores[row] > self.severe else 2 if scores[row] > self.moderate else 1
        return int(ranks[min(levels, ranks.size) - 1])


@dataclass(frozen=True)
class WeakestGradient(LevelChoice):
    """The later level where gradients shrink most: smallest norm of deltas relative to the level after it.

    The last level, which no gradient has yet crossed, counts 1.
    """

    def __call__(self, view: View, scores: Array, row: int, ranks: Array) -> int | None:
        """The nearest of equals."""
        return int(ranks[np.argmin(view.memo(kept_gradient)[ranks])])


def kept_gradient(view: View) -> Array:
    """float64 (occupied levels,): norm of deltas over that of the next level; ask through `view.memo`."""
    norms = level_norms(view.read().wiring, view.probe().delta)
    after = np.concatenate([norms[1:], norms[-1:]])
    return np.where(after > 0, norms / np.where(after > 0, after, 1), np.where(norms > 0, np.inf, 1.0))


@dataclass(frozen=True)
class ToLevel(Route):
    """From each HIGH neuron to the steepest absent partners, |mean a_i d_j|, in a level chosen for it.

    Attributes
    ----------
    level : how the level is chosen, among those within the view's reach.
    partners : new routes per source and event.
    """

    level: LevelChoice = field(default_factory=NextStable)
    partners: int = 1

    def __post_init__(self) -> None:
        if self.partners < 1:
            raise SettingsError(f"ToLevel(partners={self.partners}): expected 1 or more")

    def __call__(self, view: View, scores: Array, room: Room) -> Routes:
        """Routes by severity of their source."""
        wiring = view.read().wiring
        scorer = view.probe().scorer
        high = np.flatnonzero((scores > 0) & (wiring.role != Role.OUTPUT))
        found = []
        for row in high[np.lexsort((high, -scores[high]))].tolist():
            rank = int(wiring.rank[row])
            ranks = np.arange(rank + 1, min(rank + 1 + view.reach, wiring.levels.size))
            chosen = self.level(view, scores, row, ranks) if ranks.size else None
            if chosen is None:
                continue
            targets = np.flatnonzero((wiring.rank == chosen) & (wiring.role != Role.INPUT)).astype(np.int32)
            pairs = Pairs(wiring, (Rectangle(np.array([row], np.int32), targets),))
            found.append(scorer.best_absent(pairs, self.partners, Score.GRADIENT))
        if not found:
            return Routes(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))
        source, target, _ = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return Routes(source, target, scores[source].astype(np.float32))
