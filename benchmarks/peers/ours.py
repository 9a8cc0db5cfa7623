"""Our own side, written as a user writes it, with public names only."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.networks import Batches
from benchmarks.peers.peer import LEARNING_RATE, WEIGHT_DECAY, Gradients, adamw
from graphgrow.arrays import Array
from graphgrow.engine import Loss, MemberOptimizer, Network
from graphgrow.engine.plan import Plan
from graphgrow.graph.graph import Graph


class Ours:
    """A Network with its own optimizer, or with torch's where growth has to carry it along."""

    def __init__(self, graph: Graph, batches: Batches, *, torch_optimizer: bool = False) -> None:
        self.network = Network(graph)
        self.optimizer: Any = (
            adamw([self.network.values, self.network.bias])
            if torch_optimizer
            else MemberOptimizer(self.network, learning_rate=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        )
        self.batches, self._rows = batches, batches.forever()

    def step(self) -> None:
        """As Peer.step."""
        x, y = self.batches.take(next(self._rows))
        self.optimizer.zero_grad()
        self.network.backpropagate(x.T, y, Loss.CROSS_ENTROPY)
        self.optimizer.step()

    def outputs(self, x: Tensor) -> Array:
        """As Peer.outputs."""
        with torch.no_grad():
            made: Array = self.network(x).numpy()
        return made

    def gradients(self, x: Tensor, y: Tensor) -> Gradients:
        """As Peer.gradients."""
        parameters = [self.network.values, self.network.bias]
        values, bias = torch.autograd.grad(self.network.objective(x.T, y, Loss.CROSS_ENTROPY).mean, parameters)
        return by_row(self.network.plan, values, bias)


def by_row(plan: Plan, values: Tensor, bias: Tensor) -> Gradients:
    """Gradients in plan order as those by row of the graph."""
    weight, offset = np.empty(plan.edges, np.float32), np.zeros(plan.neurons, np.float32)
    weight[plan.edge] = values.numpy()
    offset[plan.row[plan.inputs :]] = bias.numpy()
    return Gradients(weight, offset)
