"""How much of a sigmoid network lies in the ball at the ends of the range, and what a Gaussian would predict."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, log, log2, nan

import numpy as np
from scipy.special import ndtr

from graphgrow.arrays import Array
from graphgrow.errors import DataError
from graphgrow.graph.wiring import Activation, Role, Wiring
from graphgrow.measure.extrema import Protocol, expected_share, find


@dataclass(frozen=True)
class Ball:
    """One ball in one network, over its hidden neurons and the samples of a probe.

    Attributes
    ----------
    share : of (neuron, sample) pairs with a < epsilon or a > 1 - epsilon.
    unit : that share for pre-activations of mean 0 and variance 1.
    by_level, by_neuron : that share for Gaussians with the measured mean and variance of each level, of each neuron.
    hidden, extreme : neurons, and those extreme by `Protocol(epsilon)`.
    gradient : mean a (1 - a) of the extreme neurons over all samples; NaN where there are none.
    inside : the same over those of their samples that lie in the ball.
    border : epsilon (1 - epsilon), the slope at the border of the ball.
    bits : log2(100 (1 - 2 epsilon)), usable bits at 100 levels that can be told apart.
    used : entropy in bits of the activations outside the ball, in as many equal bins as there are such levels.
    """

    epsilon: float
    share: float
    unit: float
    by_level: float
    by_neuron: float
    hidden: int
    extreme: int
    gradient: float
    inside: float
    border: float
    bits: float
    used: float


def ball(wiring: Wiring, activation: Array, epsilon: float) -> Ball:
    """What the ball of size `epsilon` holds; activation float (neurons, samples), by graph row.

    Raises
    ------
    DataError
        Some hidden neuron is no sigmoid, or there is none: the prediction speaks of sigmoids alone.
    """
    rows = np.flatnonzero(wiring.role == Role.HIDDEN)
    if not rows.size or (wiring.activation[rows] != Activation.SIGMOID).any():
        raise DataError("expected hidden neurons that are all sigmoid: the share in the ball is predicted for these")
    values = activation[rows].astype(np.float64)
    # What float32 rounds to 0 or 1 would be infinitely far out.
    held = np.clip(values, np.finfo(np.float32).tiny, 1 - np.finfo(np.float32).epsneg)
    before, border = np.log(held / (1 - held)), log((1 - epsilon) / epsilon)
    inside = (values < epsilon) | (values > 1 - epsilon)
    found = find(wiring, activation, Protocol(epsilon))
    extreme = (found.high | found.low)[rows]
    slope = values * (1 - values)
    usable = 1 - 2 * epsilon
    return Ball(
        epsilon=epsilon,
        share=float(inside.mean()),
        unit=expected_share(epsilon),
        by_level=_by_level(before, wiring.rank[rows], border),
        by_neuron=float(beyond(before.mean(axis=1), before.std(axis=1), border).mean()),
        hidden=rows.size,
        extreme=int(extreme.sum()),
        gradient=float(slope[extreme].mean()) if extreme.any() else nan,
        inside=float(slope[extreme][inside[extreme]].mean()) if extreme.any() else nan,
        border=epsilon * (1 - epsilon),
        bits=log2(100 * usable),
        used=_entropy(values[~inside], epsilon, round(100 * usable)),
    )


def beyond(mean: Array, deviation: Array, border: float) -> Array:
    """float64: the share of a Gaussian with |x| > border; where it does not vary, 0 or 1."""
    varies = deviation > 0
    safe = np.where(varies, deviation, 1)
    tails = ndtr((-border - mean) / safe) + ndtr((mean - border) / safe)
    made: Array = np.where(varies, tails, np.abs(mean) > border)
    return made


def factor(measured: float, predicted: float, least: float) -> float:
    """|log2(measured / predicted)|: 1 is a factor of two either way; what is below `least` counts as `least`."""
    if isnan(measured) or isnan(predicted):
        return nan
    return abs(log2(max(measured, least) / max(predicted, least)))


def _by_level(before: Array, level: Array, border: float) -> float:
    """The Gaussian of every level, weighted by its neurons."""
    total = 0.0
    for number in np.unique(level):
        values = before[level == number]
        total += len(values) * float(beyond(values.mean(), values.std(), border))
    return total / len(before)


def _entropy(values: Array, epsilon: float, bins: int) -> float:
    """Entropy in bits; 0 where nothing lies outside the ball."""
    counts = np.histogram(values, bins, (epsilon, 1 - epsilon))[0]
    shares = counts[counts > 0] / max(values.size, 1)
    return float(-(shares * np.log2(shares)).sum()) + 0.0
