"""Many small dense networks trained one after another: a loop over ordinary PyTorch models."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.networks import Batches
from benchmarks.peers.layers import blocks, collect, stacked
from benchmarks.peers.peer import Gradients, adamw
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph


class Optimizers(Enum):
    """One for each model, which may then learn at its own rate as the members of a population do, or one for all."""

    EACH = "each"
    TOGETHER = "together"


class Sequential:
    """Dense models; with `masked` their absent edges stay zero, without it they grow full, which costs less."""

    def __init__(
        self,
        graphs: Sequence[Graph],
        batches: Batches,
        optimizers: Optimizers = Optimizers.EACH,
        masked: bool = False,
    ) -> None:
        self._graphs, self._parts = graphs, [blocks(graph) for graph in graphs]
        self._layers = [[part.linear() for part in parts] for parts in self._parts]
        self._models = [stacked(layers) for layers in self._layers]
        self._masks = [
            (layer.weight, torch.from_numpy(part.mask()))
            for layers, parts in zip(self._layers, self._parts, strict=True)
            for layer, part in zip(layers, parts, strict=True)
            if masked
        ]
        parameters = [list(model.parameters()) for model in self._models]
        if optimizers is Optimizers.TOGETHER:
            parameters = [[parameter for own in parameters for parameter in own]]
        self._optimizers = [adamw(own) for own in parameters]
        self._batches, self._rows = batches, batches.forever()

    def step(self) -> None:
        """As PopulationPeer.step."""
        x, y = self._batches.take(next(self._rows))
        for optimizer in self._optimizers:
            optimizer.zero_grad(set_to_none=True)
        for model in self._models:
            functional.cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call]
        for optimizer in self._optimizers:
            optimizer.step()
        with torch.no_grad():
            for weight, mask in self._masks:
                weight.mul_(mask)

    def outputs(self, x: Tensor) -> Array:
        """As PopulationPeer.outputs."""
        with torch.no_grad():
            made: Array = torch.stack([model(x) for model in self._models]).numpy()
        return made

    def gradients(self, x: Tensor, y: Tensor) -> list[Gradients]:
        """As PopulationPeer.gradients."""
        found = []
        for graph, parts, layers, model in zip(self._graphs, self._parts, self._layers, self._models, strict=True):
            parameters = [*(layer.weight for layer in layers), *(layer.bias for layer in layers)]
            grads = torch.autograd.grad(functional.cross_entropy(model(x), y), parameters)
            found.append(collect(graph, parts, grads[: len(layers)], grads[len(layers) :]))
        return found
