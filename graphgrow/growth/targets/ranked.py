"""Neurons that lead their level by some measure. Levels differ in size by construction, so each ranks its own."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.growth.parts import Target, View
from graphgrow.growth.products import product
from graphgrow.measure import katz


def leaders(wiring: Wiring, values: Array, share: float) -> Array:
    """float32 (neurons,): for the leading share of hidden neurons of each level, value over the level's largest.

    At least one a level, as far as values are above 0; equal values go by row. All other neurons are 0.

    Parameters
    ----------
    values : float (neurons,), the larger the more wanted.
    """
    made = np.zeros(wiring.neurons, np.float32)
    hidden = np.flatnonzero((wiring.role == Role.HIDDEN) & (values > 0))
    for rank in np.unique(wiring.rank[hidden]):
        rows = hidden[wiring.rank[hidden] == rank]
        size = int(((wiring.rank == rank) & (wiring.role == Role.HIDDEN)).sum())
        first = rows[np.lexsort((rows, -values[rows]))][: max(1, math.floor(share * size + 0.5))]
        made[first] = values[first] / values[first[0]]
    return made


def require_share(share: float, part: object) -> None:
    """Refuse a share outside (0, 1]."""
    if not 0 < share <= 1:
        raise SettingsError(f"{part}: expected a share above 0 and at most 1")


@dataclass(frozen=True)
class KatzMeasure:
    """Katz centrality as a measure to be memoised; see `measure.katz`."""

    alpha: float = 0.1
    value: katz.EdgeValue = katz.EdgeValue.ABSOLUTE
    direction: katz.Direction = katz.Direction.INWARD

    def __call__(self, view: View) -> Array:
        """float64 (neurons,)."""
        return katz.katz(view.read(), self.value, self.alpha, direction=self.direction)


def katz_of(view: View, measure: KatzMeasure) -> Array:
    """float32 (neurons,): centrality of hidden neurons as a share of the largest in their level, 0 elsewhere."""
    return leaders(view.read().wiring, view.memo(measure), 1.0)


@dataclass(frozen=True)
class Katz(Target):
    """The most central hidden neurons of each level by Katz centrality (Fletcher 2018; the founding document)."""

    share: float = 0.1
    measure: KatzMeasure = field(default_factory=KatzMeasure)

    def __post_init__(self) -> None:
        require_share(self.share, self)

    def __call__(self, view: View) -> Array:
        """Centrality over the level's largest."""
        return leaders(view.read().wiring, view.memo(self.measure), self.share)


@dataclass(frozen=True)
class Gradient(Target):
    """The hidden neurons of each level whose bias has the steepest loss gradient, |mean d|."""

    share: float = 0.1

    def __post_init__(self) -> None:
        require_share(self.share, self)

    def __call__(self, view: View) -> Array:
        """Gradient over the level's largest."""
        mean = view.probe().delta.mean(axis=1, dtype=np.float64)
        return leaders(view.read().wiring, np.abs(mean), self.share)


@dataclass(frozen=True)
class Fisher(Target):
    """The hidden neurons of each level whose bias has the largest Fisher information, mean d^2."""

    share: float = 0.1

    def __post_init__(self) -> None:
        require_share(self.share, self)

    def __call__(self, view: View) -> Array:
        """Information over the level's largest."""
        delta = view.probe().delta
        squares = np.einsum("ns,ns->n", delta, delta, dtype=np.float64) / delta.shape[1]
        return leaders(view.read().wiring, squares, self.share)


@dataclass(frozen=True)
class Correlated(Target):
    """The hidden neurons of each level that are most correlated with the rest of the network (Hebbian).

    By the root mean square of their correlations with all neurons that vary. Exact in memory of samples x samples: the
    squares of a row of X X^T add up to x (X^T X) x.
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        require_share(self.share, self)

    def __call__(self, view: View) -> Array:
        """Correlation over the level's largest."""
        return leaders(view.read().wiring, view.memo(mean_correlation), self.share)


def mean_correlation(view: View) -> Array:
    """float64 (neurons,): root mean square correlation with the neurons that vary; ask through `view.memo`."""
    rows = view.probe().activation
    centred = rows - rows.mean(axis=1, keepdims=True, dtype=np.float64)
    length = np.linalg.norm(centred, axis=1)
    varies = length > 1e-6 * np.abs(rows).max(initial=0)
    scaled = centred[varies] / length[varies, None]
    made = np.zeros(rows.shape[0])
    if scaled.shape[0] < scaled.shape[1]:
        squares = np.square(product(scaled, scaled.T)).sum(axis=1)
    else:
        squares = np.einsum("ns,ns->n", product(scaled, product(scaled.T, scaled)), scaled)
    made[varies] = np.sqrt(np.maximum(squares, 0) / max(1, scaled.shape[0]))
    return made
