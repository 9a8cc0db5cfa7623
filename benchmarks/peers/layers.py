"""A layered graph as one block per pair of successive levels: what every peer with layers is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.peers.peer import Gradients
from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Activation, Role

DENSE_FROM = 0.5  # share of edges from which a peer runs a block as a plain dense layer, as its users would


@dataclass(frozen=True, eq=False)
class Block:
    """The edges between two successive levels.

    Attributes
    ----------
    shape : (targets, sources).
    edges : int64 (k,), edge rows, by ascending (target, source).
    target, source : int64 (k,), positions within their levels.
    rows : int64 (targets,), neuron rows of the targets.
    weight : float (k,).
    bias : float (targets,).
    """

    shape: tuple[int, int]
    edges: Array
    target: Array
    source: Array
    rows: Array
    weight: Array
    bias: Array

    @property
    def density(self) -> float:
        """Share of the pairs that are edges."""
        return self.edges.size / (self.shape[0] * self.shape[1])

    @property
    def dense(self) -> bool:
        """Whether a plain dense layer is the better way to run it."""
        return self.density >= DENSE_FROM

    def matrix(self) -> Array:
        """float (targets, sources), 0 where there is no edge."""
        made = np.zeros(self.shape, self.weight.dtype)
        made[self.target, self.source] = self.weight
        return made

    def mask(self) -> Array:
        """The same with 1 on edges."""
        made = np.zeros(self.shape, self.weight.dtype)
        made[self.target, self.source] = 1
        return made

    def linear(self) -> nn.Linear:
        """A dense layer with these weights and biases."""
        made = nn.Linear(self.shape[1], self.shape[0])
        with torch.no_grad():
            made.weight.copy_(torch.from_numpy(self.matrix()))
            made.bias.copy_(torch.from_numpy(self.bias.copy()))
        return made


def blocks(graph: Graph) -> list[Block]:
    """The blocks of a graph of ReLU levels without skips, first level first.

    Raises
    ------
    GraphError
        An edge skips a level, a hidden neuron is no ReLU, or an output is not linear: build it with builders.layered.
    """
    wiring = graph.wiring
    levels = [np.flatnonzero(wiring.rank == rank) for rank in range(wiring.levels.size)]
    expected = np.where(wiring.role == Role.HIDDEN, Activation.RELU, Activation.IDENTITY)
    skips = wiring.rank[wiring.target] != wiring.rank[wiring.source] + 1
    if skips.any() or (wiring.activation != expected).any():
        raise GraphError("expected successive levels of ReLU neurons and linear outputs: build with builders.layered")
    position = np.empty(wiring.neurons, np.int64)
    for rows in levels:
        position[rows] = np.arange(rows.size)
    made = []
    for before, after in pairwise(range(len(levels))):
        edges = np.flatnonzero(wiring.rank[wiring.target] == after)
        made.append(
            Block(
                (levels[after].size, levels[before].size),
                edges,
                position[wiring.target[edges]],
                position[wiring.source[edges]],
                levels[after],
                graph.weight[edges],
                graph.bias[levels[after]],
            )
        )
    return made


def stacked(layers: Sequence[nn.Module]) -> nn.Sequential:
    """Layers with ReLU between them."""
    modules: list[nn.Module] = []
    for layer in layers:
        modules += [layer, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def collect(graph: Graph, parts: Sequence[Block], weights: Sequence[Tensor], biases: Sequence[Tensor]) -> Gradients:
    """Gradients by row of the graph out of those per block; a matrix or one number per edge for the weights."""
    weight, bias = np.zeros(graph.edges, graph.weight.dtype), np.zeros(graph.neurons, graph.weight.dtype)
    for part, of_weight, of_bias in zip(parts, weights, biases, strict=True):
        found = of_weight.detach().numpy()
        weight[part.edges] = found if found.ndim == 1 else found[part.target, part.source]
        bias[part.rows] = of_bias.detach().numpy()
    return Gradients(weight, bias)
