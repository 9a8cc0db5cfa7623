"""Rank correlation inside levels, for measures that grow with depth by construction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError

SMALLEST = 3
# Values that agree in so many digits are equal: centralities are sums, which order rounds differently.
DIGITS = 12


@dataclass(frozen=True, eq=False)
class WithinLevels:
    """Spearman correlations level by level.

    Attributes
    ----------
    mean : of the correlations, each level counting with its nodes; NaN where no level has one.
    level : int64 (levels,), the levels that have a correlation: 3 nodes or more, and neither side constant.
    correlation : float64 (levels,), from -1 to 1.
    size : int64 (levels,), nodes of each.
    """

    mean: float
    level: Array
    correlation: Array
    size: Array


def within_levels(values_a: ArrayLike, values_b: ArrayLike, stage: ArrayLike) -> WithinLevels:
    """How alike two measures order the nodes of a level, whatever they do between levels.

    Parameters
    ----------
    values_a, values_b : float (nodes,), finite.
    stage : int (nodes,), e.g. `Adjacency.stage`.

    Raises
    ------
    GraphError
        Arrays of different length, or values that are not finite.

    Source: Spearman 1904; equal values, and those that agree in 12 digits, share the mean of their ranks.

    Examples
    --------
    >>> within_levels([1, 2, 3, 10, 20, 30], [1, 2, 3, 3, 2, 1], [0, 0, 0, 1, 1, 1]).correlation.tolist()
    [1.0, -1.0]
    """
    one, other, level = np.asarray(values_a, np.float64), np.asarray(values_b, np.float64), np.asarray(stage)
    if level.ndim != 1 or one.shape != level.shape or other.shape != level.shape:
        raise GraphError(
            f"within levels: expected two values and a level a node, got shapes {one.shape}, {other.shape} and "
            f"{level.shape}: pass arrays of equal length"
        )
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        raise GraphError("within levels: expected finite values: leave nodes without a value out of all three arrays")
    name, group = np.unique(level, return_inverse=True)
    size = np.bincount(group, minlength=name.size)
    ranked = [_centred_ranks(values, group, size) for values in (one, other)]
    spread = [np.bincount(group, ranks * ranks, minlength=name.size) for ranks in ranked]
    both = np.bincount(group, ranked[0] * ranked[1], minlength=name.size)
    kept = (size >= SMALLEST) & (spread[0] > 0) & (spread[1] > 0)
    correlation = both[kept] / np.sqrt(spread[0][kept] * spread[1][kept])
    correlation = np.clip(correlation, -1.0, 1.0)
    mean = float(np.average(correlation, weights=size[kept])) if kept.any() else float("nan")
    return WithinLevels(mean, name[kept].astype(np.int64), correlation, size[kept])


def rounded(values: Array) -> Array:
    """float64, any shape: the values to 12 digits, so that sums of the same parts in another order are the same."""
    part, power = np.frexp(values)
    made: Array = np.ldexp(np.round(part, DIGITS), power)
    return made


def _centred_ranks(values: Array, group: Array, size: Array) -> Array:
    """float64 (nodes,): rank within the node's group less the group's mean rank; ties share a mean."""
    values = rounded(values)
    order = np.lexsort((values, group))
    first = np.cumsum(size) - size
    place = np.arange(values.size) - first[group[order]]
    fresh = np.ones(values.size, bool)
    fresh[1:] = (np.diff(values[order]) != 0) | (np.diff(group[order]) != 0)
    tie = np.cumsum(fresh) - 1
    shared = np.bincount(tie, place) / np.bincount(tie) if values.size else place.astype(np.float64)
    made = np.empty(values.size)
    made[order] = shared[tie] - (size[group[order]] - 1) / 2
    return made
