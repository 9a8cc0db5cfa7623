"""What hidden levels do, level by level, out of one probe: severity, dead neurons, gradient ratios, effective ranks."""

from __future__ import annotations

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.measure.criticality import level_norms
from graphgrow.measure.extrema import Extrema, Side
from graphgrow.measure.information import effective_rank

# An eigenvalue problem of this size takes some milliseconds; a level of 4,096 neurons would take minutes an epoch.
MOST = 256


def hidden_levels(wiring: Wiring) -> dict[int, Array]:
    """Level -> int64 (k,) rows of its hidden neurons, for levels that have some."""
    hidden = np.flatnonzero(wiring.role == Role.HIDDEN)
    return {int(level): hidden[wiring.level[hidden] == level] for level in np.unique(wiring.level[hidden])}


def severities(wiring: Wiring, extrema: Extrema) -> dict[int, float]:
    """Level -> mean severity of its extreme neurons, 0 where it has none."""
    made = {}
    for level, rows in hidden_levels(wiring).items():
        extreme = rows[extrema.marked(Side.EITHER)[rows]]
        made[level] = float(extrema.severity[extreme].mean(dtype=np.float64)) if extreme.size else 0.0
    return made


def dead_neurons(wiring: Wiring, extrema: Extrema) -> dict[int, int]:
    """Level -> hidden neurons that say the same on every sample: at zero (ReLU family), or never varying."""
    return {level: int(extrema.dead[rows].sum()) for level, rows in hidden_levels(wiring).items()}


def level_gradient_ratios(wiring: Wiring, delta: Array) -> dict[int, float]:
    """Level -> norm of its deltas over that of the occupied level before it.

    The first level after the inputs has none, nor has one that follows a level no gradient reaches.

    Parameters
    ----------
    delta : float (neurons, samples), of `Signals`.
    """
    norms = level_norms(wiring, delta)
    pairs = range(2, wiring.levels.size)
    return {int(wiring.levels[at]): float(norms[at] / norms[at - 1]) for at in pairs if norms[at - 1] > 0}


def effective_ranks(wiring: Wiring, activation: Array, most: int = MOST) -> dict[int, float]:
    """Level -> effective rank of its hidden neurons' activations (Roy 2007), over the first `most` samples.

    So it is at most `most`, and in levels wider than that it is a lower bound.

    Parameters
    ----------
    activation : float (neurons, samples), by graph row.
    """
    return {level: effective_rank(activation[rows, :most]) for level, rows in hidden_levels(wiring).items()}
