"""SparseProp (Nikdan et al. 2023): sparse layers in C++ with AVX2, the best published sparse training on CPUs.

`pip install --no-build-isolation sparseprop` compiles it and needs a C++ compiler with OpenMP, and pybind11, setuptools
and wheel installed before, since its setup script looks for pybind11 where it runs.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.networks import Batches
from benchmarks.peers.layers import blocks, collect, stacked
from benchmarks.peers.peer import Gradients, adamw
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph

PACKAGE = "sparseprop"


class SparseProp:
    """One of its linear layers per pair of levels, dense ones where nearly all edges are there (as it advises)."""

    def __init__(self, graph: Graph, batches: Batches) -> None:
        from sparseprop.modules import SparseLinear

        self._graph, self._parts = graph, blocks(graph)
        linear = [part.linear() for part in self._parts]
        self._layers = [
            layer if part.dense else SparseLinear.from_dense(layer)
            for layer, part in zip(linear, self._parts, strict=True)
        ]
        self._model = stacked(self._layers)
        self._optimizer = adamw(list(self._model.parameters()))
        self._batches, self._rows = batches, batches.forever()

    def step(self) -> None:
        """As Peer.step."""
        x, y = self._batches.take(next(self._rows))
        self._optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(self._model(x), y).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()

    def outputs(self, x: Tensor) -> Array:
        """As Peer.outputs."""
        with torch.no_grad():
            made: Array = self._model(x).numpy()
        return made

    def gradients(self, x: Tensor, y: Tensor) -> Gradients:
        """As Peer.gradients; its values are in CSR order, which is that of the edges."""
        parameters = [*(layer.weight for layer in self._layers), *(layer.bias for layer in self._layers)]
        grads = torch.autograd.grad(functional.cross_entropy(self._model(x), y), parameters)
        return collect(self._graph, self._parts, grads[: len(self._layers)], grads[len(self._layers) :])
