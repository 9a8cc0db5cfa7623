"""What the tests of growth share: every optimizer that can follow, an edit of every kind, and state by neuron id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from torch import Tensor, nn, optim

from graphgrow import Activation, Edit, Graph, Remap, Role, apply
from graphgrow.engine import Fresh, Network, transplant

Make = Callable[[Iterable[nn.Parameter]], optim.Optimizer]
Key = tuple[int, ...]  # (source id, target id) of an edge, (id,) of a neuron

OPTIMIZERS: Mapping[str, Make] = {
    "SGD": lambda held: optim.SGD(held, lr=0.05),
    "SGD momentum": lambda held: optim.SGD(held, lr=0.05, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "SGD nesterov": lambda held: optim.SGD(held, lr=0.05, momentum=0.9, nesterov=True),
    "SGD maximize": lambda held: optim.SGD(held, lr=1e-3, momentum=0.9, maximize=True),
    "Adam": lambda held: optim.Adam(held, lr=0.01),
    "Adam amsgrad": lambda held: optim.Adam(held, lr=0.01, amsgrad=True),
    "Adam foreach": lambda held: optim.Adam(held, lr=0.01, foreach=True),
    "Adam maximize": lambda held: optim.Adam(held, lr=1e-3, maximize=True),
    "AdamW": lambda held: optim.AdamW(held, lr=0.01, weight_decay=0.1),
    "AdamW fused": lambda held: optim.AdamW(held, lr=0.01, fused=True),
    "NAdam": lambda held: optim.NAdam(held, lr=0.01),
    "RAdam": lambda held: optim.RAdam(held, lr=0.01),
    "Adamax": lambda held: optim.Adamax(held, lr=0.01),
    "Adagrad": lambda held: optim.Adagrad(held, lr=0.05, initial_accumulator_value=0.125),
    "Adadelta": lambda held: optim.Adadelta(held, lr=1.0),
    "RMSprop": lambda held: optim.RMSprop(held, lr=0.01),
    "RMSprop centered": lambda held: optim.RMSprop(held, lr=0.01, centered=True, momentum=0.9),
    "Rprop": lambda held: optim.Rprop(held, lr=0.01),
    "ASGD": lambda held: optim.ASGD(held, lr=0.01, t0=2),
    "Adafactor": lambda held: optim.Adafactor(held, lr=0.01),
}


def zero_edit(graph: Graph) -> Edit:
    """New edges and new neurons, one in a level of its own, that change no output: all their out-weights are 0."""
    wiring = graph.wiring
    first, last = wiring.rows(Role.INPUT), wiring.rows(Role.OUTPUT)
    size, level = graph.neurons, wiring.levels
    pairs = np.array([(source, target) for source in first for target in last])
    absent = pairs[wiring.edge_rows(pairs[:, 0], pairs[:, 1]) < 0][:3]
    source = [*absent[:, 0], first[0], first[1], size, size, size + 1]
    target = [*absent[:, 1], size, size + 1, last[0], last[1], last[0]]
    weight = [*[0.0] * len(absent), 0.5, -0.5, 0.0, 0.0, 0.0]
    return Edit(
        size,
        1,
        new_level=np.array([level[1], level[2]]),
        new_opens=np.array([False, True]),
        new_activation=np.array([Activation.TANH, Activation.SIGMOID]),
        new_bias=np.array([0.25, -0.25]),
        source=np.array(source),
        target=np.array(target),
        weight=np.array(weight),
    )


def full_edit(graph: Graph) -> Edit:
    """The same with weights, an inheriting edge, removals, and values set anew."""
    wiring, plain = graph.wiring, zero_edit(graph)
    hidden = int(wiring.rows(Role.HIDDEN)[1])
    free = np.flatnonzero((wiring.source != hidden) & (wiring.target != hidden))
    copied = np.full(plain.source.size, -1)
    copied[-1] = free[3]
    return Edit(
        graph.neurons,
        1,
        **{name: getattr(plain, name) for name in ("new_level", "new_opens", "new_activation", "new_bias")},
        source=plain.source,
        target=plain.target,
        weight=np.linspace(-0.5, 0.5, plain.source.size),
        copy_state=copied,
        removed_neurons=np.array([hidden]),
        removed_edges=free[:2],
        set_edges=free[4:5],
        set_weight=np.array([0.75]),
        set_neurons=wiring.rows(Role.OUTPUT)[:1],
        set_bias=np.array([0.5]),
    )


def grow(
    network: Network, optimizer: optim.Optimizer | None, edit: Callable[[Graph], Edit], fresh: Fresh = Fresh.ZERO
) -> tuple[Graph, Graph, Remap]:
    """Apply an edit of today's graph to the network; returns both graphs and the map."""
    old = network.graph()
    new, remap = apply(old, edit(old), 1)
    transplant(network, optimizer, new, remap, fresh)
    return old, new, remap


def edge_keys(network: Network) -> list[Key]:
    """Ids of the ends of every value."""
    wiring, edge = network.wiring, network.plan.edge
    ends = zip(wiring.id[wiring.source[edge]].tolist(), wiring.id[wiring.target[edge]].tolist(), strict=True)
    return list(ends)


def neuron_keys(network: Network) -> list[Key]:
    """Id of the neuron of every bias."""
    return [(identity,) for identity in network.wiring.id[network.plan.row[network.inputs :]].tolist()]


def vectors(network: Network, optimizer: optim.Optimizer) -> dict[str, dict[Key, float]]:
    """Every vector of the optimizer's state, by name and then by ids of edge or neuron."""
    made: dict[str, dict[Key, float]] = {}
    for parameter, keys in ((network.values, edge_keys(network)), (network.bias, neuron_keys(network))):
        for name, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor) and value.ndim:
                made.setdefault(name, {}).update(zip(keys, value.tolist(), strict=True))
    return made


def scalars(network: Network, optimizer: optim.Optimizer) -> list[tuple[str, float]]:
    """Every other number of the state."""
    return [
        (name, float(value))
        for parameter in (network.values, network.bias)
        for name, value in optimizer.state.get(parameter, {}).items()
        if value is not None and (not isinstance(value, Tensor) or not value.ndim)
    ]
