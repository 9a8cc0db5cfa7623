"""The networks that are timed, each from its own named random stream, and batches to train them on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, pairwise

import numpy as np
import torch
from torch import Tensor

from graphgrow import Activation, Graph, Role, Wiring, rng
from graphgrow.arrays import Array
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import layered
from graphgrow.graph.draws import share_out

SEED = 0
LARGE = (784, 1000, 1000, 1000, 10)
LENET = (784, 300, 100, 10)
SMALL = (64, 32, 32, 10)
WIDTH = 16_384  # of the hidden levels of the networks of `huge`
HIDDEN_LEVELS = 5


def uniform(sizes: tuple[int, ...], density: float, *, dense_head: bool = False) -> Graph:
    """The same share of edges between every two successive levels, the last pair in full with `dense_head`."""
    shares = [density] * (len(sizes) - 1)
    if dense_head:
        shares[-1] = 1.0
    return layered(sizes, shares, rng.stream(SEED, "benchmarks", "uniform", *sizes))


def directed(sizes: tuple[int, ...] = LENET) -> Graph:
    """Of 784-300-100-10 27,520 edges: a tenth of every level pair but the last, and a dense head.

    Every neuron has an in-edge and an out-edge, since connex takes no other networks.
    """
    shares = [*[0.1] * (len(sizes) - 2), 1.0]
    return layered(sizes, shares, rng.stream(SEED, "benchmarks", "directed"), every_neuron=True)


def population(members: int, density: float) -> list[Graph]:
    """Graphs of 64-32-32-10 that all differ."""
    return [layered(SMALL, density, rng.stream(SEED, "benchmarks", "population", k)) for k in range(members)]


def named(sizes: tuple[int, ...]) -> str:
    """Sizes as words: 784-1000-1000-1000-10."""
    return "-".join(str(size) for size in sizes)


def huge(edges: int, width: int = WIDTH) -> Graph:
    """Exactly `edges` edges over 784-width^5-10, written in sorted order into the arrays that a Wiring keeps.

    The fan-ins of a level differ by at most one. A neuron's sources are one from each of as many stretches of the level
    before as it has in-edges: they come out sorted and none twice, without a look at the pairs that are no edges.

    Raises
    ------
    SettingsError
        More edges than the levels have room for; ask for fewer.
    """
    sizes = [LARGE[0], *[width] * HIDDEN_LEVELS, LARGE[-1]]
    capacities = [before * after for before, after in pairwise(sizes)]
    if not 0 < edges <= sum(capacities):
        raise SettingsError(f"edges: expected 1 to {sum(capacities)}, got {edges}: ask for fewer, or widen the levels")
    counts = share_out(edges, capacities, capacities)
    source, target, weight = np.empty(edges, np.int32), np.empty(edges, np.int32), np.empty(edges, np.float32)
    first, start = np.concatenate([[0], np.cumsum(sizes)]), 0
    draws = rng.stream(SEED, "benchmarks", "huge", edges)
    for pair, count in enumerate(counts):
        fan_in = np.full(sizes[pair + 1], count // sizes[pair + 1])
        fan_in[draws.permutation(fan_in.size)[: count % fan_in.size]] += 1
        for row, degree in enumerate(fan_in.tolist()):
            stop = start + degree
            edge = np.arange(degree + 1, dtype=np.int64) * sizes[pair] // max(degree, 1)
            source[start:stop] = first[pair] + draws.integers(edge[:-1], edge[1:])
            target[start:stop] = first[pair + 1] + row
            weight[start:stop] = draws.standard_normal(degree, np.float32) * np.float32((2.0 / max(degree, 1)) ** 0.5)
            start = stop
    return Graph(_levels(sizes, source, target), weight, np.zeros(int(first[-1]), np.float32))


def _levels(sizes: list[int], source: Array, target: Array) -> Wiring:
    """A fresh wiring of levels out of edges that are sorted already."""
    neurons, last = sum(sizes), len(sizes) - 1
    level = np.repeat(np.arange(len(sizes)), sizes)
    role = np.where(level == 0, Role.INPUT, np.where(level == last, Role.OUTPUT, Role.HIDDEN))
    return Wiring(
        id=np.arange(neurons),
        level=level,
        role=role,
        activation=np.where(role == Role.HIDDEN, Activation.RELU, Activation.IDENTITY),
        neuron_born=np.zeros(neurons),
        parent=np.full(neurons, -1),
        source=source,
        target=target,
        edge_born=np.zeros(source.size, np.int32),
    )


@dataclass(frozen=True, eq=False)
class Batches:
    """Samples with labels, and the rows of each batch; every side gathers its own batches from the same samples.

    Attributes
    ----------
    x : float32 (samples, inputs).
    y : int64 (samples,).
    rows : int64 (batch,) each, a random order of the samples cut into batches.
    """

    x: Tensor
    y: Tensor
    rows: tuple[Tensor, ...]

    def take(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """x (batch, inputs) and y (batch,) of a batch; by numpy, which takes half as long as torch here."""
        index = rows.numpy()
        return torch.from_numpy(self.x.numpy()[index]), torch.from_numpy(self.y.numpy()[index])

    def forever(self) -> cycle[Tensor]:
        """The rows of one batch after another, without end."""
        return cycle(self.rows)


def batches(inputs: int, classes: int, batch: int, samples: int = 8192) -> Batches:
    """Normal inputs and random labels."""
    draws = rng.stream(SEED, "benchmarks", "samples", inputs, classes)
    x = torch.from_numpy(draws.standard_normal((samples, inputs), np.float32))
    y = torch.from_numpy(draws.integers(0, classes, samples))
    order = torch.from_numpy(draws.permutation(samples))
    return Batches(x, y, torch.split(order, batch)[: max(1, samples // batch)])
