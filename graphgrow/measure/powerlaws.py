"""Whether degrees follow a power law: the best tail, its exponent, and how it fares against other distributions."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError

# Fewer values tell no tail from another (Clauset 2009).
SMALLEST = 50
# So many beginnings of the tail are tried; between the best one's neighbours as many again.
CANDIDATES = 32
# The package stops at 3 where it is not told to go on; steeper tails than this are no power law to anybody.
STEEPEST = 50.0
# Above it, the likelihood ratio may have come about by chance.
SIGNIFICANT = 0.1


class Rival(Enum):
    """What a power law is compared with, as the package powerlaw calls it."""

    LOGNORMAL = "lognormal"
    EXPONENTIAL = "exponential"
    TRUNCATED = "truncated_power_law"


@dataclass(frozen=True)
class Comparison:
    """A likelihood ratio test of the power law against a rival on the same tail.

    Attributes
    ----------
    ratio : log-likelihood of the power law less the rival's; above 0 speaks for the power law.
    p : how likely a ratio of that size is if neither is better.
    """

    rival: Rival
    ratio: float
    p: float

    @property
    def verdict(self) -> str:
        """Which of the two fits better, or "not distinguishable" where p exceeds 0.1 or has no value."""
        if not self.p <= SIGNIFICANT:
            return "not distinguishable"
        return "power law" if self.ratio > 0 else self.rival.value.replace("_", " ")


@dataclass(frozen=True)
class PowerLaw:
    """The power law that fits a tail best, p(k) ~ k^-exponent for k >= start.

    Attributes
    ----------
    exponent, deviation : by maximum likelihood, with its standard error.
    start : where the tail begins, chosen for the least Kolmogorov-Smirnov distance among those that leave 50 values.
    distance : that distance.
    tail, values : how many values lie in the tail, and how many there are above 0.
    comparisons : one a rival.
    """

    exponent: float
    deviation: float
    start: int
    distance: float
    tail: int
    values: int
    comparisons: tuple[Comparison, ...]

    @property
    def verdict(self) -> str:
        """Rivals that fit better, else those from which it cannot be told, else that it beats all of them."""
        better = [each.verdict for each in self.comparisons if each.verdict not in ("power law", "not distinguishable")]
        if better:
            return f"no power law: better fitted by {' and '.join(better)}"
        unclear = [each.rival.value.replace("_", " ") for each in self.comparisons if each.verdict != "power law"]
        if unclear:
            return f"not distinguishable from {' and '.join(unclear)}"
        return "power law: better than every rival"


def power_law(degrees: ArrayLike, rivals: Sequence[Rival] = tuple(Rival)) -> PowerLaw:
    """Fit a discrete power law to degrees, those of 0 left out, and compare it with rivals.

    Parameters
    ----------
    degrees : int (values,), 0 or more.
    rivals : TRUNCATED takes seconds, whatever the number of values; the others a fraction of one.

    Raises
    ------
    GraphError
        Degrees that are not whole or negative; fewer than 50 above 0, or fewer than 3 different ones: a tail of those
        fits anything.

    Source: Clauset 2009; package powerlaw, Alstott 2014.
    """
    values = _checked(degrees)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # The package speaks of every step of its searches.
        warnings.simplefilter("ignore")
        fit = _best(values)
        law = fit.power_law
        compared = tuple(
            Comparison(
                rival,
                *(
                    float(number)
                    for number in fit.distribution_compare("power_law", rival.value, nested=rival is Rival.TRUNCATED)
                ),
            )
            for rival in rivals
        )
    tail = int((values >= fit.xmin).sum())
    return PowerLaw(float(law.alpha), float(law.standard_err), int(fit.xmin), float(law.D), tail, values.size, compared)


def _checked(degrees: ArrayLike) -> Array:
    """int64 (values,), above 0, descending."""
    given = np.asarray(degrees)
    if given.ndim != 1 or (given.size and (given.dtype.kind not in "iu" or given.min() < 0)):
        raise GraphError(f"power law: expected whole degrees (values,) of 0 or more, got {given.dtype} {given.shape}")
    values = np.sort(given[given > 0].astype(np.int64))[::-1]
    if values.size < SMALLEST or np.unique(values).size < 3:
        raise GraphError(
            f"power law: expected {SMALLEST} degrees above 0 or more, 3 of them different, got {values.size}, "
            f"{np.unique(values).size} different: such a tail fits anything; take a larger graph"
        )
    return values


def _best(values: Array) -> Any:
    """The fit whose tail has the least distance, of those that leave enough values."""
    starts = np.unique(values[SMALLEST - 1 :])
    # The largest value alone is no tail.
    starts = starts[starts < values[0]]
    starts = starts if starts.size else values[-1:]
    coarse = _spaced(starts)
    fits = [_fitted(values, start) for start in starts[coarse]]
    at = coarse[_least(fits)]
    if starts.size > CANDIDATES:
        place = int(np.searchsorted(coarse, at))
        low, high = coarse[max(place - 1, 0)], coarse[min(place + 1, coarse.size - 1)]
        near = starts[low : high + 1]
        fits = [_fitted(values, start) for start in near[_spaced(near)]]
    return fits[_least(fits)]


def _spaced(starts: Array) -> Array:
    """Places of at most CANDIDATES starts, first and last among them, denser at the low end where most values lie."""
    if starts.size <= CANDIDATES:
        return np.arange(starts.size)
    return np.unique(np.geomspace(1, starts.size, CANDIDATES).astype(np.int64)) - 1


def _fitted(values: Array, start: int) -> Any:
    """The package's fit of the tail from `start` on."""
    from powerlaw import Fit

    return Fit(values, discrete=True, xmin=int(start), parameter_ranges={"alpha": [1.0, STEEPEST]}, verbose=False)


def _least(fits: list[Any]) -> int:
    """Index of the fit with the least distance; one without a distance is never chosen before one with."""
    return int(np.argmin([fit.power_law.D if np.isfinite(fit.power_law.D) else np.inf for fit in fits]))
