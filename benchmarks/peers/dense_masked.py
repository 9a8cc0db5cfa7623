"""Dense layers whose absent edges are held at zero by masks, as RigL, SET, ITOP and most codes of the field do it."""

from __future__ import annotations

from enum import Enum

import torch
from torch import Tensor
from torch.nn import functional

from benchmarks.networks import Batches
from benchmarks.peers.layers import blocks, collect, stacked
from benchmarks.peers.peer import Gradients, adamw
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph


class Masking(Enum):
    """What is multiplied by the masks in a step.

    BOTH: gradients before the step and weights after it, as RigL-style codes do. WEIGHTS: only weights after the step,
    the least that keeps absent edges at zero. NONE: nothing, so that it becomes a dense network in its first step: not
    the same computation, but what a user of dense layers pays.
    """

    BOTH = "both"
    WEIGHTS = "weights"
    NONE = "none"


class DenseMasked:
    """One dense layer per pair of levels; `fused` is the form of AdamW, which most codes leave at torch's default."""

    def __init__(self, graph: Graph, batches: Batches, masking: Masking = Masking.BOTH, fused: bool = True) -> None:
        self._graph, self._parts = graph, blocks(graph)
        self._layers = [part.linear() for part in self._parts]
        masked = [] if masking is Masking.NONE else [part for part in self._parts if part.density < 1]
        self._masks = [torch.from_numpy(part.mask()) for part in masked]
        self._masked = [layer.weight for layer, part in zip(self._layers, self._parts, strict=True) if part in masked]
        self._masks_gradients = masking is Masking.BOTH
        self._model = stacked(self._layers)
        self._optimizer = adamw(list(self._model.parameters()), fused)
        self._batches, self._rows = batches, batches.forever()

    def step(self) -> None:
        """As Peer.step."""
        x, y = self._batches.take(next(self._rows))
        self._optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(self._model(x), y).backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():
            if self._masks_gradients:
                for weight, mask in zip(self._masked, self._masks, strict=True):
                    if weight.grad is not None:
                        weight.grad.mul_(mask)
            self._optimizer.step()
            for weight, mask in zip(self._masked, self._masks, strict=True):
                weight.mul_(mask)

    def outputs(self, x: Tensor) -> Array:
        """As Peer.outputs."""
        with torch.no_grad():
            made: Array = self._model(x).numpy()
        return made

    def gradients(self, x: Tensor, y: Tensor) -> Gradients:
        """As Peer.gradients."""
        parameters = [*(layer.weight for layer in self._layers), *(layer.bias for layer in self._layers)]
        grads = torch.autograd.grad(functional.cross_entropy(self._model(x), y), parameters)
        return collect(self._graph, self._parts, grads[: len(self._layers)], grads[len(self._layers) :])
