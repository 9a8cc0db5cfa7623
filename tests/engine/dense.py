"""A second implementation of a network, one neuron at a time in plain torch, and small helpers for the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, optim
from torch.nn import functional

from graphgrow import Activation, Graph, Role, Wiring
from graphgrow.engine import Network
from graphgrow.rng import stream
from tests.strategies import random_graph

FUNCTIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    Activation.IDENTITY: lambda z: z,
    Activation.RELU: functional.relu,
    Activation.LEAKY_RELU: lambda z: functional.leaky_relu(z, 0.01),
    Activation.GELU: functional.gelu,
    Activation.SIGMOID: torch.sigmoid,
    Activation.TANH: torch.tanh,
}


@dataclass(frozen=True, eq=False)
class Parameters:
    """Weights by edge row and biases by neuron row, as leaves of an autograd graph."""

    weight: Tensor
    bias: Tensor


def parameters(graph: Graph) -> Parameters:
    """The graph's own weights and biases."""
    return Parameters(
        torch.tensor(graph.weight.copy(), requires_grad=True), torch.tensor(graph.bias.copy(), requires_grad=True)
    )


def run(wiring: Wiring, own: Parameters, rows: list[Tensor], first: int, last: int) -> list[Tensor]:
    """Rows (batch,) of all neurons, those on the occupied levels first to last - 1 computed anew from the others."""
    made = list(rows)
    for row in np.argsort(wiring.rank, kind="stable").tolist():
        if first <= wiring.rank[row] < last:
            total = own.bias[row].expand(rows[0].shape[0])
            edges = np.flatnonzero(wiring.target == row)
            if edges.size:
                into = torch.stack([made[source] for source in wiring.source[edges].tolist()])
                total = total + own.weight[torch.from_numpy(edges)] @ into
            made[row] = FUNCTIONS[Activation(wiring.activation[row])](total)
    return made


def dense(graph: Graph, x: Tensor, own: Parameters | None = None) -> Tensor:
    """x (inputs, batch) -> (outputs, batch)."""
    wiring = graph.wiring
    rows = [x.new_zeros(x.shape[1]) for _ in range(graph.neurons)]
    for at, row in enumerate(wiring.rows(Role.INPUT).tolist()):
        rows[row] = x[at]
    made = run(wiring, own or parameters(graph), rows, 1, wiring.levels.size)
    return torch.stack([made[row] for row in wiring.rows(Role.OUTPUT).tolist()])


def runs(graph: Graph) -> bool:
    """Whether the graph has an output, as a network must; every one of the test strategies has an input."""
    return bool(graph.wiring.rows(Role.OUTPUT).size)


def ordinary(graph: Graph) -> Graph:
    """The same graph with weights and biases near 1, since the strategies also draw 1e-40 and 3e38."""
    rng = stream(graph.edges, "ordinary weights", graph.neurons)
    bias = np.where(graph.wiring.role == Role.INPUT, 0, rng.standard_normal(graph.neurons))
    dtype = graph.weight.dtype
    return graph.with_weights(rng.standard_normal(graph.edges).astype(dtype), bias.astype(dtype))


def example(seed: int = 0, dtype: type = np.float32, sizes: tuple[int, ...] = (4, 6, 5, 3)) -> Graph:
    """A graph with skips, all activations, and outputs on the last level only, all of them outputs."""
    drawn = random_graph(list(sizes), 0.6, stream(seed, "engine example"), dtype)
    wiring, last = drawn.wiring, drawn.wiring.level.max()
    role = np.where(wiring.level == 0, Role.INPUT, np.where(wiring.level == last, Role.OUTPUT, Role.HIDDEN))
    names = ("id", "level", "activation", "neuron_born", "parent", "source", "target", "edge_born", "next_id")
    made = Wiring(role=role, **{name: getattr(wiring, name) for name in names})
    return ordinary(Graph(made, drawn.weight, drawn.bias))


def normal(seed: int, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Draws from a unit normal."""
    return torch.from_numpy(stream(seed, "normal", *shape).standard_normal(shape)).to(dtype)


def batch(network: Network, seed: int, size: int = 8) -> tuple[Tensor, Tensor]:
    """Columns of inputs and of targets for one step."""
    dtype = network.values.dtype
    return normal(seed, network.inputs, size, dtype=dtype), normal(seed + 1, network.outputs, size, dtype=dtype)


def step(network: Network, optimizer: optim.Optimizer, seed: int) -> float:
    """One step of mean squared error on random data; returns the loss."""
    x, target = batch(network, seed)
    optimizer.zero_grad()
    loss = (network.columns(x) - target).square().mean()
    torch.autograd.backward(loss)
    optimizer.step()
    return float(loss.detach())


def same(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors agree bit for bit, NaN included."""
    return first.dtype == second.dtype and first.shape == second.shape and bits(first) == bits(second)


def bits(tensor: Tensor) -> bytes:
    """The tensor's memory."""
    return tensor.detach().contiguous().numpy().tobytes()
