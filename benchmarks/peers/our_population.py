"""Our own side of a population, written as a user writes it, with public names only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from benchmarks.networks import Batches
from benchmarks.peers.ours import by_row
from benchmarks.peers.peer import LEARNING_RATE, WEIGHT_DECAY, Gradients
from graphgrow.arrays import Array
from graphgrow.engine import Loss, MemberOptimizer, Population
from graphgrow.graph.graph import Graph


class OurPopulation:
    """A Population with a learning rate for each member."""

    def __init__(self, graphs: Sequence[Graph], batches: Batches) -> None:
        self.population = Population(graphs)
        rates = np.full(len(graphs), LEARNING_RATE)
        self.optimizer = MemberOptimizer(self.population, learning_rate=rates, weight_decay=WEIGHT_DECAY)
        self._batches, self._rows = batches, batches.forever()

    def step(self) -> None:
        """As PopulationPeer.step."""
        x, y = self._batches.take(next(self._rows))
        self.optimizer.zero_grad()
        self.population.backpropagate(x.T, y, Loss.CROSS_ENTROPY)
        self.optimizer.step()

    def outputs(self, x: Tensor) -> Array:
        """As PopulationPeer.outputs."""
        with torch.no_grad():
            made: Array = self.population(x).numpy()
        return made

    def gradients(self, x: Tensor, y: Tensor) -> list[Gradients]:
        """As PopulationPeer.gradients."""
        population = self.population
        means = population.objective(x.T, y, Loss.CROSS_ENTROPY).mean
        values, bias = torch.autograd.grad(means.sum(), [population.values, population.bias])
        edges, neurons = population.offsets
        return [
            by_row(plan, values[edges[k] : edges[k + 1]], bias[neurons[k] : neurons[k + 1]])
            for k, plan in enumerate(population.plans)
        ]
