"""First weights for a wiring, scaled to the fan-ins that are really there."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Wiring

RELU_FAMILY = (Activation.RELU, Activation.LEAKY_RELU, Activation.GELU)


class Init(Enum):
    """How first weights are drawn: normal with mean 0 and a standard deviation per edge.

    SPARSE_KAIMING: sqrt(2 / fan-in present) into the ReLU family, sqrt(1 / fan-in present) into the others (He 2015,
    with the fan-in of the sparse network as in Evci 2022). SPARSE_XAVIER: sqrt(2 / (target's fan-in + source's
    fan-out)) (Glorot 2010).
    """

    SPARSE_KAIMING = "sparse_kaiming"
    SPARSE_XAVIER = "sparse_xavier"

    def deviation(self, wiring: Wiring) -> Array:
        """Standard deviation of each first weight, float64 (edges,)."""
        fan_in = wiring.fan_in[wiring.target].astype(np.float64)
        if self is Init.SPARSE_XAVIER:
            return np.asarray(np.sqrt(2.0 / (fan_in + wiring.fan_out[wiring.source])))
        gain = np.where(np.isin(wiring.activation[wiring.target], RELU_FAMILY), 2.0, 1.0)
        return np.asarray(np.sqrt(gain / fan_in))


def initialise(
    wiring: Wiring,
    rng: np.random.Generator,
    dtype: DTypeLike = np.float32,
    weights: Init = Init.SPARSE_KAIMING,
) -> Graph:
    """The wiring with first weights drawn from `rng` and biases 0.

    One normal number is drawn per edge row in float64 and then rounded, so both dtypes get the same network.

    Raises
    ------
    GraphError
        The dtype is neither float32 nor float64.
    """
    made = float_dtype(dtype)
    weight = rng.standard_normal(wiring.edges) * weights.deviation(wiring)
    return Graph(wiring, weight.astype(made), np.zeros(wiring.neurons, made))


def float_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """The dtype of a network, checked.

    Raises
    ------
    GraphError
        It is neither float32 nor float64.
    """
    made = np.dtype(dtype)
    if made not in (np.float32, np.float64):
        raise GraphError(f"expected dtype float32 or float64, got {made}: pass one of the two")
    return made
