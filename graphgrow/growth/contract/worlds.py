"""Small networks with made-up signals and views, and a slow forward pass: what contracts of rules are tried on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.graph.builders import from_edges
from graphgrow.graph.graph import Graph
from graphgrow.graph.history import History
from graphgrow.graph.wiring import Activation, Role, Wiring
from graphgrow.growth.parts import View
from graphgrow.measure.criticality import Ring, Snapshot
from graphgrow.measure.signals import Signals, from_rows
from graphgrow.rng import stream

SAMPLES = 32


@dataclass(frozen=True)
class World:
    """A kind of network: level sizes, how many levels edges may span, share of those pairs that are edges."""

    sizes: tuple[int, ...]
    activation: Activation
    span: int = 1
    share: float = 0.4
    reach: int = 1


WORLDS = {
    "sigmoid layered": World((6, 8, 8, 8, 4), Activation.SIGMOID),
    "tanh skips": World((5, 7, 6, 7, 3), Activation.TANH, span=3, reach=3),
    "relu layered": World((6, 9, 9, 4), Activation.RELU),
    "relu skips": World((4, 7, 7, 7, 7, 3), Activation.RELU, span=5, share=0.3, reach=2),
    "sigmoid single hidden": World((6, 10, 4), Activation.SIGMOID, reach=2),
    "gelu single neurons": World((3, 1, 1, 1, 2), Activation.GELU, span=4, share=0.6, reach=4),
    "relu empty": World((5, 6, 6, 3), Activation.RELU, share=0.0, reach=2),
    "sigmoid full": World((4, 6, 5, 3), Activation.SIGMOID, share=1.0),
}


def make(world: World, seed: int = 0) -> Graph:
    """One such network with weights large enough to saturate some neurons."""
    rng = stream(seed, "test network")
    level = np.repeat(np.arange(len(world.sizes)), world.sizes)
    ahead = level[None, :] - level[:, None]
    feasible = (ahead >= 1) & (ahead <= world.span)
    source, target = np.nonzero(feasible & (rng.random(feasible.shape) < world.share))
    weight = 3.0 * rng.standard_normal(source.size)
    bias = np.where(level == 0, 0, 3.0 * rng.standard_normal(level.size))
    return from_edges(level, source, target, weight, bias=bias, activation=world.activation, dtype=np.float64)


def forward(graph: Graph, inputs: Array) -> Array:
    """float64 (neurons, samples): activations, level by level through a dense matrix; inputs (inputs, samples)."""
    wiring = graph.wiring
    dense = np.zeros((graph.neurons, graph.neurons))
    dense[wiring.target, wiring.source] = graph.weight
    values = np.zeros((graph.neurons, inputs.shape[1]))
    values[wiring.rows(Role.INPUT)] = inputs
    for level in wiring.levels[1:].tolist():
        rows = np.flatnonzero(wiring.level == level)
        total = dense[rows] @ values + graph.bias[rows, None]
        for at, row in enumerate(rows.tolist()):
            values[row] = _activated(total[at], Activation(wiring.activation[row]))
    return values


def _activated(z: Array, kind: Activation) -> Array:
    made: Array
    match kind:
        case Activation.IDENTITY:
            made = z
        case Activation.RELU:
            made = np.maximum(z, 0)
        case Activation.LEAKY_RELU:
            made = np.where(z > 0, z, 0.01 * z)
        case Activation.GELU:
            made = 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
        case Activation.SIGMOID:
            made = 1 / (1 + np.exp(-z))
        case Activation.TANH:
            made = np.tanh(z)
    return made


def signals_of(graph: Graph, seed: int = 0, samples: int = SAMPLES) -> Signals:
    """Real activations of random inputs; deltas as a probe gives them at inputs and outputs, else random."""
    rng = stream(seed, "test signals")
    inputs = graph.wiring.role == Role.INPUT
    activation = forward(graph, rng.standard_normal((int(inputs.sum()), samples)))
    delta = rng.standard_normal(activation.shape)
    delta[inputs] = 0
    label = rng.integers(0, graph.wiring.rows(Role.OUTPUT).size, samples)
    return answering(graph.wiring, from_rows(activation, delta, rng.random(samples)), label)


def answering(wiring: Wiring, signals: Signals, label: Array) -> Signals:
    """The signals with deltas and losses at the outputs as cross entropy with these classes, int (samples,), gives."""
    rows = wiring.rows(Role.OUTPUT)
    output = signals.activation[rows].astype(np.float64)
    output -= output.max(axis=0)
    told = output - np.log(np.exp(output).sum(axis=0))
    delta = signals.delta.copy()
    delta[rows] = np.exp(told) - (label == np.arange(rows.size)[:, None])
    return from_rows(signals.activation, delta, -told[label, np.arange(label.size)])


def ring_of(graph: Graph, seed: int = 0, snapshots: int = 6) -> Ring:
    """Snapshots of mean activations that swing, each neuron with a strength of its own, and a little noise."""
    rng = stream(seed, "test ring")
    strength, noise = rng.standard_normal((2, graph.neurons)), rng.standard_normal((snapshots, graph.neurons))
    made = Ring(50)
    for at in range(snapshots):
        value = strength[0] * np.cos(at) + strength[1] * np.sin(at) + 0.01 * noise[at]
        made = made.with_snapshot(Snapshot(at, graph.wiring.id, value.astype(np.float32)))
    return made


def passes_of(graph: Graph, seed: int = 0, passes: int = 4) -> Array:
    """float32 (passes, neurons, samples): activations when a random half of the hidden neurons says nothing."""
    rng = stream(seed, "test passes")
    inputs = rng.standard_normal((int((graph.wiring.role == Role.INPUT).sum()), SAMPLES))
    hidden = graph.wiring.role == Role.HIDDEN
    made = []
    for _ in range(passes):
        muted = hidden & (rng.random(graph.neurons) < 0.5)
        weight = np.where(muted[graph.wiring.source], 0, graph.weight)
        made.append(forward(graph.with_weights(weight, graph.bias), inputs))
    return np.array(made, np.float32)


def view_of(
    graph: Graph,
    signals: Signals | None = None,
    *,
    reach: int = 1,
    seed: int = 0,
    asks_left: int = 1,
    step: int = 100,
    history: History | None = None,
    epoch: int = 1,
) -> View:
    """A view of the network, fresh random stream included."""
    seen = signals_of(graph, seed) if signals is None else signals
    return View(
        site="main",
        step=step,
        epoch=epoch,
        total_steps=1000,
        asks_left=asks_left,
        reach=reach,
        history=history or History(),
        rng=stream(seed, "growth", step),
        read=lambda: graph,
        probe=lambda: seen,
        ring=lambda: ring_of(graph, seed),
        dropout=lambda: passes_of(graph, seed),
    )
