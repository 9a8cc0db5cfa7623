"""Many small dense networks as one: parameters stacked, one batched product per level."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from enum import Enum

import torch
from torch import Tensor
from torch.func import functional_call, stack_module_state, vmap
from torch.nn import functional

from benchmarks.networks import Batches
from benchmarks.peers.layers import blocks, collect, stacked
from benchmarks.peers.peer import Gradients, adamw
from graphgrow.arrays import Array
from graphgrow.graph.graph import Graph


class Form(Enum):
    """How it is written: with torch.vmap over a model, as its documentation does, or by hand with baddbmm."""

    VMAP = "vmap"
    BY_HAND = "by hand"


class Vmapped:
    """Dense models of one shape; with `masked` their absent edges stay zero, without it they grow full.

    The loss of all members is differentiated at once: vmap over grad, as the documentation writes it, takes longer.
    """

    def __init__(self, graphs: Sequence[Graph], batches: Batches, form: Form = Form.VMAP, masked: bool = False) -> None:
        self._graphs, self._parts = graphs, [blocks(graph) for graph in graphs]
        models = [stacked([part.linear() for part in parts]) for parts in self._parts]
        named, _ = stack_module_state(models)
        self._weights = [value for name, value in named.items() if name.endswith("weight")]
        self._biases = [value for name, value in named.items() if name.endswith("bias")]
        self._forward = self._by_hand() if form is Form.BY_HAND else self._by_vmap(models[0], named)
        self._masks = [
            torch.stack([torch.from_numpy(parts[level].mask()) for parts in self._parts])
            for level in range(len(self._parts[0]) if masked else 0)
        ]
        self._optimizer = adamw([*self._weights, *self._biases])
        self._batches, self._rows = batches, batches.forever()

    def _by_vmap(self, model: torch.nn.Module, named: dict[str, Tensor]) -> Callable[[Tensor], Tensor]:
        bare = deepcopy(model).to("meta")
        one = vmap(lambda parameters, x: functional_call(bare, parameters, (x,)), in_dims=(0, None))
        return lambda x: one(named, x)

    def _by_hand(self) -> Callable[[Tensor], Tensor]:
        def forward(x: Tensor) -> Tensor:
            made = x.expand(len(self._graphs), -1, -1)
            for number, (weight, bias) in enumerate(zip(self._weights, self._biases, strict=True)):
                made = torch.relu(made) if number else made
                made = torch.baddbmm(bias.unsqueeze(1), made, weight.transpose(1, 2))
            return made

        return forward

    def _loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Sum over members of their mean losses, so that every member gets the gradient of its own."""
        made = self._forward(x)
        classes = made.shape[-1]
        return functional.cross_entropy(made.reshape(-1, classes), y.repeat(made.shape[0]), reduction="sum") / len(y)

    def step(self) -> None:
        """As PopulationPeer.step."""
        x, y = self._batches.take(next(self._rows))
        self._optimizer.zero_grad(set_to_none=True)
        self._loss(x, y).backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        with torch.no_grad():
            for weight, mask in zip(self._weights, self._masks, strict=False):
                weight.mul_(mask)

    def outputs(self, x: Tensor) -> Array:
        """As PopulationPeer.outputs."""
        with torch.no_grad():
            made: Array = self._forward(x).numpy()
        return made

    def gradients(self, x: Tensor, y: Tensor) -> list[Gradients]:
        """As PopulationPeer.gradients."""
        grads = torch.autograd.grad(self._loss(x, y), [*self._weights, *self._biases])
        levels = len(self._weights)
        return [
            collect(graph, parts, [grad[member] for grad in grads[:levels]], [grad[member] for grad in grads[levels:]])
            for member, (graph, parts) in enumerate(zip(self._graphs, self._parts, strict=True))
        ]
