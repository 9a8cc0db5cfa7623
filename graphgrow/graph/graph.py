"""A network as data: a wiring with its weights and biases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array, frozen, same_bits
from graphgrow.errors import GraphError
from graphgrow.graph.wiring import Role, Wiring


@dataclass(frozen=True, eq=False)
class Graph:
    """An explicit weighted graph of neurons; immutable.

    Attributes
    ----------
    wiring : the structure.
    weight : float32 or float64 (edges,), one per edge row; the network's own dtype, so compiling and reading back is
        exact.
    bias : same dtype (neurons,), 0 on inputs.

    Raises
    ------
    GraphError
        A weight or bias is missing, not finite, or of another dtype; the message names the edge or neuron.
    """

    # networkx hands whatever bears this name to graphgrow.backend.
    __networkx_backend__ = "graphgrow"

    wiring: Wiring
    weight: Array
    bias: Array

    def __post_init__(self) -> None:
        weight, bias = np.asarray(self.weight), np.asarray(self.bias)
        if weight.dtype not in (np.float32, np.float64) or bias.dtype != weight.dtype:
            raise GraphError(
                f"expected weight and bias both float32 or both float64, got {weight.dtype} and {bias.dtype}: cast them"
            )
        object.__setattr__(self, "weight", frozen(np.array(weight, copy=True)))
        object.__setattr__(self, "bias", frozen(np.array(bias, copy=True)))
        _check(self)

    @property
    def neurons(self) -> int:
        """Number of neurons, inputs and outputs included."""
        return self.wiring.neurons

    @property
    def edges(self) -> int:
        """Number of edges."""
        return self.wiring.edges

    def with_weights(self, weight: Array, bias: Array) -> Graph:
        """The same wiring, shared, under other weights, float (edges,), and biases, float (neurons,)."""
        return Graph(self.wiring, weight, bias)

    def is_directed(self) -> bool:
        """True, as networkx asks for it."""
        return True

    def is_multigraph(self) -> bool:
        """False, as networkx asks for it."""
        return False

    def edge_rows(self, source: Array, target: Array) -> Array:
        """int64 (k,): row of each edge source -> target, -1 where there is none."""
        return self.wiring.edge_rows(source, target)

    def same(self, other: Graph) -> bool:
        """Whether both graphs are equal bit for bit, weights included."""
        return (
            self.wiring.same(other.wiring) and same_bits(self.weight, other.weight) and same_bits(self.bias, other.bias)
        )

    def __repr__(self) -> str:
        wiring = self.wiring
        sizes = "-".join(str(int((wiring.level == level).sum())) for level in wiring.levels)
        return f"Graph({wiring.neurons} neurons by level {sizes}, {wiring.edges} edges, {self.weight.dtype})"


def _check(graph: Graph) -> None:
    wiring = graph.wiring
    for name, values, rows in (("weight", graph.weight, wiring.edges), ("bias", graph.bias, wiring.neurons)):
        if values.shape != (rows,):
            raise GraphError(f"{name}: expected shape ({rows},), got {values.shape}: give one number per row")
    finite = np.isfinite(graph.weight)
    if not finite.all():
        edge = int(np.argmin(finite))
        ends = f"{wiring.id[wiring.source[edge]]} -> {wiring.id[wiring.target[edge]]}"
        raise GraphError(
            f"edge {ends}: weight {graph.weight[edge]} is not finite: lower the learning rate or mend the data"
        )
    good = np.isfinite(graph.bias) & ((graph.bias == 0) | (wiring.role != Role.INPUT))
    if not good.all():
        row = int(np.argmin(good))
        raise GraphError(f"neuron {wiring.id[row]}: bias {graph.bias[row]}: must be finite, and 0 on an input")
