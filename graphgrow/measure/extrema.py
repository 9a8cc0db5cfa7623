"""Activation extrema: which neurons sit at the top or the bottom of what they can say, and how firmly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.wiring import Activation, Role, Wiring

BOUNDED = {Activation.SIGMOID: (0.0, 1.0), Activation.TANH: (-1.0, 1.0)}
PIECEWISE = (Activation.RELU, Activation.LEAKY_RELU, Activation.GELU)


class Mode(Enum):
    """How HIGH is decided for the ReLU family, whose range has no top.

    RELATIVE: mean activation in the top eps share of its level; constant by construction, for picking routes.
    ABSOLUTE: mean activation above 3x the level's median at the first probe, for every claim that extrema come or go.
    """

    RELATIVE = "relative"
    ABSOLUTE = "absolute"


@dataclass(frozen=True)
class Protocol:
    """Thresholds of extrema.

    Attributes
    ----------
    epsilon : share of the range at either end that counts as extreme; for the ReLU family the share of a level that is
        HIGH in RELATIVE mode.
    tau : share of samples that must be extreme, for bounded activations and for unbounded ones.
    quiet : share of samples at zero from which a neuron of the ReLU family is LOW.
    unbounded : share of the level's largest |activation| above which an identity neuron counts as HIGH.
    times_median : ABSOLUTE mode: how far above the level's first median.

    Raises
    ------
    SettingsError
        A share lies outside its range, or `times_median` is no positive number.
    """

    epsilon: float = 0.05
    tau: float = 0.5
    quiet: float = 0.9
    unbounded: float = 0.95
    times_median: float = 3.0
    mode: Mode = Mode.RELATIVE

    def __post_init__(self) -> None:
        for name in ("epsilon", "tau", "quiet", "unbounded"):
            value = getattr(self, name)
            if not 0 < value < 1:
                raise SettingsError(f"extrema {name}: expected a share between 0 and 1, got {value}")
        if self.epsilon >= 0.5:
            raise SettingsError(f"extrema epsilon: {self.epsilon} would make every neuron extreme; use less than 0.5")
        if not 0 < self.times_median < float("inf"):
            raise SettingsError(f"extrema times_median: expected a number above 0, got {self.times_median}; use e.g. 3")


# The founding protocol: high 0.95, low 0.05. Every sim uses it unless it varies it.
FOUNDING_PROTOCOL = Protocol()
# The same for claims that extrema come or go: the relative mode marks a constant share of each ReLU level.
ABSOLUTE = replace(FOUNDING_PROTOCOL, mode=Mode.ABSOLUTE)
# Shares that the founding document names for exploring.
BALANCED = Protocol(epsilon=0.10)
AGGRESSIVE = Protocol(epsilon=0.20)


class Side(Enum):
    """Which extrema are meant."""

    HIGH = "high"
    LOW = "low"
    EITHER = "either"


@dataclass(frozen=True, eq=False)
class Extrema:
    """Which hidden neurons are extreme.

    Attributes
    ----------
    high, low : bool (neurons,).
    severity : float32 (neurons,), share of samples for which the neuron is extreme (relative ReLU: rank of its mean
        within the level, 0..1); 0 where it is not extreme.
    dead : bool (neurons,), ReLU at zero on every sample, or a bounded neuron that never varies.
    """

    high: Array
    low: Array
    severity: Array
    dead: Array

    @property
    def scores(self) -> Array:
        """float32 (neurons,): severity of HIGH positive, of LOW negative, 0 elsewhere."""
        return np.where(self.high, self.severity, np.where(self.low, -self.severity, 0)).astype(np.float32)

    def marked(self, side: Side) -> Array:
        """bool (neurons,): the extrema on that side."""
        if side is Side.EITHER:
            return self.high | self.low
        return self.high if side is Side.HIGH else self.low

    def share(self, wiring: Wiring, side: Side = Side.EITHER) -> float:
        """Extrema on that side as a share of the hidden neurons; 0 where there are none."""
        return float(self.marked(side).sum()) / max(1, int((wiring.role == Role.HIDDEN).sum()))

    def by_level(self, wiring: Wiring) -> dict[int, tuple[int, int]]:
        """Level -> (number HIGH, number LOW), for the levels that hold hidden neurons."""
        hidden = np.unique(wiring.level[wiring.role == Role.HIDDEN])
        return {
            int(level): (int(self.high[wiring.level == level].sum()), int(self.low[wiring.level == level].sum()))
            for level in hidden
        }


def find(
    wiring: Wiring,
    activation: Array,
    protocol: Protocol = FOUNDING_PROTOCOL,
    reference: Mapping[int, float] | None = None,
) -> Extrema:
    """The extrema among hidden neurons.

    Parameters
    ----------
    activation : float (neurons, samples), by graph row.
    reference : ABSOLUTE mode only: neuron id -> median of mean activations in its level at the first probe
        (`level_medians`). A level none of whose neurons is known, opened since, has no HIGH neuron of the ReLU family.

    Raises
    ------
    SettingsError
        ABSOLUTE mode without reference: probe once, keep `level_medians`, and pass it from then on.
    """
    if protocol.mode is Mode.ABSOLUTE and reference is None:
        raise SettingsError(
            "absolute extrema need the level medians of the first probe: pass measure.extrema.level_medians"
        )
    high, low = np.zeros(wiring.neurons, bool), np.zeros(wiring.neurons, bool)
    dead = np.zeros(wiring.neurons, bool)
    severity = np.zeros(wiring.neurons, np.float32)
    hidden = wiring.role == Role.HIDDEN
    for level in np.unique(wiring.level[hidden]):
        for code in np.unique(wiring.activation[hidden & (wiring.level == level)]):
            rows = np.flatnonzero(hidden & (wiring.level == level) & (wiring.activation == code))
            kind, values = Activation(code), activation[rows]
            if kind in BOUNDED:
                found = _bounded(values, BOUNDED[kind], protocol)
            elif kind in PIECEWISE:
                found = _piecewise(values, protocol, _median(reference or {}, wiring.id[wiring.level == level]))
            else:
                found = _unbounded(values, protocol)
            high[rows], low[rows], severity[rows], dead[rows] = found
    return Extrema(high, low, severity, dead)


def level_medians(wiring: Wiring, activation: Array) -> dict[int, float]:
    """Neuron id -> median mean activation of its level's hidden neurons: the reference of ABSOLUTE mode.

    By id, since growth can open levels and so give a level another number.
    """
    hidden = wiring.role == Role.HIDDEN
    mean = activation.mean(axis=1)
    made: dict[int, float] = {}
    for level in np.unique(wiring.level[hidden]):
        inside = hidden & (wiring.level == level)
        made |= dict.fromkeys(wiring.id[inside].tolist(), float(np.median(mean[inside])))
    return made


def _median(reference: Mapping[int, float], ids: Array) -> float | None:
    """The reference of a level: that of any of its neurons that the first probe saw."""
    return next((reference[number] for number in ids.tolist() if number in reference), None)


def expected_share(epsilon: float) -> float:
    """Share of samples in the eps-ball of a sigmoid under unit Gaussian pre-activations: 2 (1 - Phi(logit(1 - eps))).

    Examples
    --------
    >>> [round(100 * expected_share(e), 1) for e in (0.05, 0.10, 0.20)]
    [0.3, 2.8, 16.6]
    """
    from math import erfc, log, sqrt

    return erfc(log((1 - epsilon) / epsilon) / sqrt(2))


def _bounded(values: Array, limits: tuple[float, float], protocol: Protocol) -> tuple[Array, Array, Array, Array]:
    """HIGH and LOW by the share of samples near either end of the range."""
    position = (values - limits[0]) / (limits[1] - limits[0])
    above = (position > 1 - protocol.epsilon).mean(axis=1)
    below = (position < protocol.epsilon).mean(axis=1)
    high, low = above > protocol.tau, below > protocol.tau
    severity = np.where(high, above, np.where(low, below, 0))
    return high, low, severity, values.max(axis=1) == values.min(axis=1)


def _piecewise(values: Array, protocol: Protocol, median: float | None) -> tuple[Array, Array, Array, Array]:
    """LOW by the share of samples at zero (below zero where the activation leaks), HIGH by the mean."""
    silent = (values <= 0).mean(axis=1)
    low = silent >= protocol.quiet
    mean = values.mean(axis=1)
    order = np.argsort(np.argsort(mean, kind="stable"), kind="stable")
    rank = (order + 1) / mean.size
    if protocol.mode is Mode.ABSOLUTE:
        border = np.inf if median is None else protocol.times_median * max(median, 0.0)
        high = (mean > border) & (mean > 0) & ~low
    else:
        # At least one, so that small levels take part.
        count = max(1, round(protocol.epsilon * mean.size))
        high = (order >= mean.size - count) & ~low & (mean > 0)
    dead: Array = np.all(values <= 0, axis=1)
    return high, low, np.where(high, rank, np.where(low, silent, 0)), dead


def _unbounded(values: Array, protocol: Protocol) -> tuple[Array, Array, Array, Array]:
    """HIGH where |a| exceeds a share of the level's largest on a majority of samples; selects none or one a level."""
    size = np.abs(values)
    share = (size > protocol.unbounded * size.max(axis=0, keepdims=True)).mean(axis=1)
    high = share > protocol.tau
    low = np.zeros(high.shape, bool)
    return high, low, np.where(high, share, 0), values.max(axis=1) == values.min(axis=1)
