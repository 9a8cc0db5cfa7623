"""Which law a falling series follows, and into how many phases a course breaks; both by information criteria.

A criterion says which description is worth its parameters, not that it is true: laws whose AICc differ by less than 2
are not told apart (Burnham and Anderson 2002), and neither are phases whose BIC do (Raftery 1995).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from graphgrow.arrays import Array
from graphgrow.errors import DataError

TOLD_APART = 2.0
"""Least difference of AICc or BIC that counts."""
FEWEST = 6
"""Values a law is fitted to, at least: AICc of three parameters needs more than four."""
MOST_PHASES = 3
SHORTEST = 3
"""Values in a phase, at least."""
STEEPEST = 10.0
# Of the mean square: an exact fit would otherwise be infinitely good.
FLOOR = 1e-12


class Law(Enum):
    """How a count changes with the number of the event, t = 1, 2, ..."""

    POWER = "power law"
    EXPONENTIAL = "exponential"
    CONSTANT = "constant"


@dataclass(frozen=True, eq=False)
class Fit:
    """One law fitted by least squares: scale * t^-rate, scale * exp(-rate * (t - 1)), or the scale alone.

    Rates are 0 or more: a law of decay cannot describe a rise, and a rising series is best described by the constant.
    """

    law: Law
    scale: float
    rate: float
    aicc: float

    def at(self, t: ArrayLike) -> Array:
        """float64: what the law says at these numbers of events."""
        made: Array = self.scale * _shape(self.law, np.asarray(t, np.float64), self.rate)
        return made


@dataclass(frozen=True, eq=False)
class Decay:
    """All laws fitted to one series, the best first."""

    fits: tuple[Fit, ...]

    @property
    def told_apart(self) -> bool:
        """Whether the best law is better than every other by at least 2 in AICc."""
        return self.fits[1].aicc - self.fits[0].aicc >= TOLD_APART

    @property
    def name(self) -> str:
        """The best law, or that there is none."""
        return self.fits[0].law.value if self.told_apart else "not distinguishable"

    def lead(self, law: Law) -> float:
        """AICc of the best other law minus that of this one: above 2, this law is the one."""
        mine = next(fit.aicc for fit in self.fits if fit.law is law)
        return min(fit.aicc for fit in self.fits if fit.law is not law) - mine


def decay(values: ArrayLike) -> Decay:
    """Power law, exponential and constant fitted to values at t = 1, 2, ...

    Raises
    ------
    DataError
        Fewer than 6 values, or one that is not finite.
    """
    y = _series(values, FEWEST)
    t = np.arange(1, y.size + 1, dtype=np.float64)
    made = [_fitted(law, t, y) for law in Law]
    return Decay(tuple(sorted(made, key=lambda fit: fit.aicc)))


def _shape(law: Law, t: Array, rate: float) -> Array:
    made: Array = (
        t**-rate if law is Law.POWER else np.exp(-rate * (t - 1)) if law is Law.EXPONENTIAL else np.ones(t.size)
    )
    return made


def _fitted(law: Law, t: Array, y: Array) -> Fit:
    """The scale follows from the rate, so that one number is searched."""

    def solved(rate: float) -> tuple[float, float]:
        shape = _shape(law, t, rate)
        scale = float(shape @ y / (shape @ shape))
        return scale, float(((y - scale * shape) ** 2).sum())

    rate = 0.0
    if law is not Law.CONSTANT:
        # Several starts, since the error has more than one valley for wide ranges of rates.
        edges = [0.0, 0.1, 0.5, 2.0, STEEPEST]
        found = [
            minimize_scalar(lambda at: solved(float(at))[1], bounds=pair, method="bounded", options={"xatol": 1e-6})
            for pair in pairwise(edges)
        ]
        rate = float(min(found, key=lambda one: float(one.fun)).x)
    scale, error = solved(rate)
    return Fit(law, scale, rate, _aicc(error, y, 2 if law is Law.CONSTANT else 3))


def _aicc(error: float, y: Array, parameters: int) -> float:
    """Of least squares with equal noise, whose variance is one of the parameters."""
    n = y.size
    small = 2 * parameters * (parameters + 1) / (n - parameters - 1)
    return float(n * np.log(_mean_square(error, y))) + 2 * parameters + small


def _mean_square(error: float, y: Array) -> float:
    return max(error / y.size, FLOOR * max(float((y**2).mean()), 1e-300))


@dataclass(frozen=True, eq=False)
class Phased:
    """A course as straight pieces.

    Attributes
    ----------
    starts : position of the first value of every piece.
    levels : mean of every piece.
    bic : of the best division into 1, 2 and 3 pieces; infinite where there are too few values.
    """

    starts: tuple[int, ...]
    levels: tuple[float, ...]
    bic: tuple[float, float, float]

    @property
    def lead(self) -> float:
        """BIC of the better of one and two pieces minus that of three: above 2, there are three phases."""
        return min(self.bic[:2]) - self.bic[2] if np.isfinite(self.bic[2]) else 0.0

    @property
    def falling(self) -> bool:
        """Whether every piece lies lower than the one before."""
        return all(first > second for first, second in pairwise(self.levels))


def phases(values: ArrayLike) -> Phased:
    """The course as one, two or three straight pieces, by BIC: every piece costs a level, a slope and where it begins.

    Pieces hold at least 3 values and need not join. The number of pieces with the smallest BIC is taken.

    Raises
    ------
    DataError
        Fewer than 6 values, or one that is not finite.
    """
    y = _series(values, FEWEST)
    cost = _costs(y)
    divisions: dict[int, tuple[tuple[int, ...], float]] = {1: ((0,), float(cost[0, y.size]))}
    for count in range(2, MOST_PHASES + 1):
        if y.size >= count * SHORTEST + 1:
            divisions[count] = _divided(cost, y.size, count)
    bic = [np.inf] * MOST_PHASES
    for count, (_, error) in divisions.items():
        bic[count - 1] = float(y.size * np.log(_mean_square(error, y)) + 3 * count * np.log(y.size))
    best = divisions[1 + int(np.argmin(bic))][0]
    ends = (*best[1:], y.size)
    levels = tuple(float(y[first:end].mean()) for first, end in zip(best, ends, strict=True))
    return Phased(best, levels, (bic[0], bic[1], bic[2]))


def _divided(cost: Array, size: int, count: int) -> tuple[tuple[int, ...], float]:
    """The best division: all places of the first cut, then those of the second."""
    if count == 2:
        cuts = np.arange(SHORTEST, size - SHORTEST + 1)
        total = cost[0, cuts] + cost[cuts, size]
        at = int(np.argmin(total))
        return (0, int(cuts[at])), float(total[at])
    best: tuple[tuple[int, ...], float] = ((0,), np.inf)
    for first in range(SHORTEST, size - 2 * SHORTEST + 1):
        cuts = np.arange(first + SHORTEST, size - SHORTEST + 1)
        total = cost[0, first] + cost[first, cuts] + cost[cuts, size]
        at = int(np.argmin(total))
        if total[at] < best[1]:
            best = ((0, first, int(cuts[at])), float(total[at]))
    return best


def _costs(y: Array) -> Array:
    """float64 (n, n + 1): squared error of the straight line through y[i:j]; from running sums."""
    x = np.arange(y.size, dtype=np.float64)
    sums = [np.concatenate([[0.0], np.cumsum(values)]) for values in (x, y, x * x, x * y, y * y)]
    begin, end = np.arange(y.size)[:, None], np.arange(y.size + 1)[None, :]
    n = np.maximum(end - begin, 1).astype(np.float64)
    sx, sy, sxx, sxy, syy = (total[end] - total[begin] for total in sums)
    across = np.maximum(sxx - sx * sx / n, 1e-12)
    made: Array = np.maximum(syy - sy * sy / n - (sxy - sx * sy / n) ** 2 / across, 0.0)
    return made


def _series(values: ArrayLike, fewest: int) -> Array:
    y = np.asarray(values, np.float64)
    if y.ndim != 1 or y.size < fewest or not np.isfinite(y).all():
        raise DataError(f"expected {fewest} finite values or more, got {y.size}: leave out runs with fewer events")
    return y
