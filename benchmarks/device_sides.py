"""What every side of a comparison on an accelerator can do, and our own side.

All sides keep one batch on the device and train on it again and again, so that a step is forward, loss, backward and
optimizer, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, optim
from torch.nn import functional

from benchmarks.peers.layers import Block, collect
from benchmarks.peers.peer import LEARNING_RATE, WEIGHT_DECAY
from graphgrow.arrays import Array
from graphgrow.engine import Network, Population
from graphgrow.engine.kernels import load
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.graph.graph import Graph


@dataclass(frozen=True, eq=False)
class Batch:
    """What all sides train on.

    Attributes
    ----------
    x : float (batch, inputs), in the dtype of the side.
    y : int64 (batch,).
    """

    x: Tensor
    y: Tensor

    def on(self, device: torch.device, dtype: torch.dtype) -> Batch:
        """The same on a device."""
        return Batch(self.x.to(device=device, dtype=dtype), self.y.to(device))


@dataclass(frozen=True, eq=False)
class Found:
    """What a side computes before its first step.

    Attributes
    ----------
    logits : float64 (members, batch, outputs).
    gradients : float64 (edges of all members,), by edge row, of each member's mean cross entropy.
    """

    logits: Array
    gradients: Array

    def error(self, wanted: Found) -> float:
        """The largest difference of logits or gradients, as a share of the largest number there is."""
        pairs = ((self.logits, wanted.logits), (self.gradients, wanted.gradients))
        return max(float(np.abs(made - right).max() / np.abs(right).max()) for made, right in pairs)


class DeviceSide(Protocol):
    """One way to train."""

    def step(self) -> object:
        """Forward, loss, backward and optimizer."""

    def found(self) -> Found:
        """Logits and gradients as it stands; changes no weight."""


def reference(graphs: Sequence[Graph], batch: Batch) -> Found:
    """What all sides should find: in float64 on the CPU, by plain torch."""
    logits, gradients = [], []
    for graph in graphs:
        network = Network(graph, load("reference")).double()
        output = network(batch.x.double())
        (grad,) = torch.autograd.grad(functional.cross_entropy(output, batch.y), [network.values])
        logits.append(output.detach().numpy())
        gradients.append(_by_edge(network.plan.edge, grad))
    return Found(np.stack(logits), np.concatenate(gradients))


class Ours:
    """A Network, or a Population where there are several graphs; written as a user writes it."""

    def __init__(self, graphs: Sequence[Graph], batch: Batch, device: torch.device, dtype: torch.dtype) -> None:
        made = Network(graphs[0]) if len(graphs) == 1 else Population(graphs)
        self.model: Network | Population = made.to(device=device, dtype=dtype)
        self.optimizer = adamw(list(self.model.parameters()))
        self.batch = batch.on(device, dtype)

    def _mean(self) -> Tensor:
        return self.model.objective(self.batch.x.T, self.batch.y, Loss.CROSS_ENTROPY).mean.sum()

    def step(self) -> None:
        """As DeviceSide.step."""
        self.optimizer.zero_grad(set_to_none=True)
        self._mean().backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()

    def found(self) -> Found:
        """As DeviceSide.found."""
        with torch.no_grad():
            logits = wide(self.model(self.batch.x))
        (grad,) = torch.autograd.grad(self._mean(), [self.model.values])
        if isinstance(self.model, Network):
            return Found(logits[None], _by_edge(self.model.plan.edge, grad))
        bounds = self.model.plan.values_of
        parts = [_by_edge(plan.edge, grad[bounds[k] : bounds[k + 1]]) for k, plan in enumerate(self.model.plans)]
        return Found(logits, np.concatenate(parts))


def adamw(parameters: list[Tensor]) -> optim.Optimizer:
    """AdamW in its fastest form, which on a CUDA device may also be captured."""
    capturable = parameters[0].is_cuda
    return optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True, capturable=capturable)


def wide(tensor: Tensor) -> Array:
    """float64 on the host."""
    made: Array = tensor.detach().cpu().double().numpy()
    return made


def _by_edge(edge: Array, grad: Tensor) -> Array:
    made = np.empty(edge.size)
    made[edge] = wide(grad)
    return made


def collected(
    graphs: Sequence[Graph], parts: Sequence[Sequence[Block]], logits: Tensor, grads: Sequence[Sequence[Tensor]]
) -> Found:
    """Out of gradients per member: first those of all weights, then those of all biases."""
    made = []
    for graph, own, each in zip(graphs, parts, grads, strict=True):
        moved = [grad.detach().cpu().float() for grad in each]
        made.append(collect(graph, own, moved[: len(own)], moved[len(own) :]).weight.astype(np.float64))
    return Found(wide(logits), np.concatenate(made))
