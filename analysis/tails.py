"""A power law and a lognormal as lines over the tail of a distribution, each fitted to the same values."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.powerlaws import SIGNIFICANT, SMALLEST, Rival, power_law

CANDIDATES = 16
POINTS = 60


@dataclass(frozen=True, eq=False)
class Tail:
    """Two laws fitted to all values from `start` on.

    Attributes
    ----------
    start : where the tail begins.
    place : float (points,), from start to the largest value.
    share : name of a law -> float (points,): share of all values at or above each place, by that law.
    exponent : of the power law.
    verdict : which law fits better, by the likelihood ratio, in words.
    """

    start: float
    place: Array
    share: Mapping[str, Array]
    exponent: float
    verdict: str


def fit_tail(values: Array) -> Tail:
    """Both laws on the tail that a power law fits best: discrete for whole numbers, else continuous.

    Zeros take no part in the fit, but in the shares.

    Raises
    ------
    GraphError
        Fewer than 50 values above 0, or fewer than 3 different ones: such a tail fits anything.

    Source: Clauset 2009; package powerlaw, Alstott 2014.
    """
    given = np.asarray(values)
    positive = given[given > 0]
    whole = given.dtype.kind in "iu"
    if positive.size < SMALLEST or np.unique(positive).size < 3:
        raise GraphError(f"tail: expected {SMALLEST} values above 0, 3 of them different, got {positive.size}: no fit")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # The package speaks of every step of its searches.
        warnings.simplefilter("ignore")
        if whole:
            law = power_law(given, [Rival.LOGNORMAL])
            fit = _fitted(positive, law.start, True)
            verdict = law.comparisons[0].verdict
        else:
            fit = _best(positive)
            verdict = _verdict(*fit.distribution_compare("power_law", "lognormal"))
        top = float(positive.max())
        place = np.geomspace(fit.xmin, top, POINTS)
        if whole:
            place = np.unique(place.round())
        inside = float((given >= fit.xmin).mean())
        # A whole number stands for what rounds to it, in the package's fit of a lognormal.
        half = 0.5 if whole else 0.0
        bell = fit.lognormal
        share = {
            "power law": inside * np.asarray(fit.power_law.ccdf(place), float),
            "lognormal": inside * _lognormal(place - half, float(fit.xmin) - half, float(bell.mu), float(bell.sigma)),
        }
    return Tail(float(fit.xmin), place, share, float(fit.power_law.alpha), verdict)


def _lognormal(place: Array, start: float, mean: float, deviation: float) -> Array:
    """float64 (points,): share at or above each place of those at or above `start`; by logarithms, far out too."""
    from scipy.special import log_ndtr

    above, all_ = ((mean - np.log(at)) / deviation for at in (place, start))
    made: Array = np.exp(log_ndtr(above) - log_ndtr(all_))
    return made


def _best(values: Array) -> Any:
    """The continuous fit of least Kolmogorov-Smirnov distance, of some beginnings that leave enough values."""
    ordered = np.sort(values)
    starts = ordered[np.unique(np.linspace(0, ordered.size - SMALLEST, CANDIDATES).astype(int))]
    fits = [_fitted(values, float(start), False) for start in np.unique(starts)]
    return min(fits, key=lambda fit: fit.power_law.D if np.isfinite(fit.power_law.D) else np.inf)


def _fitted(values: Array, start: float, whole: bool) -> Any:
    from powerlaw import Fit

    return Fit(values, discrete=whole, xmin=start, parameter_ranges={"alpha": [1.0, 50.0]}, verbose=False)


def _verdict(ratio: float, p: float) -> str:
    """As of the discrete fit."""
    if not p <= SIGNIFICANT:
        return "not distinguishable"
    return "power law" if ratio > 0 else "lognormal"
