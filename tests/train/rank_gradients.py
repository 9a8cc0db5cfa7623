"""What processes of a group do with gradients in tests of parallel training: average, add up, draw, fail half-way."""

from __future__ import annotations

import hashlib
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn, optim

from graphgrow import apply
from graphgrow.engine.network import Network
from graphgrow.engine.transplant import transplant
from graphgrow.errors import DivergedError
from graphgrow.graph.builders import erdos_renyi
from graphgrow.graph.edit import Edit
from graphgrow.graph.wiring import Activation
from graphgrow.rng import stream
from graphgrow.train.parallel import DataParallel
from graphgrow.train.parallel.wire import Wire, added_up

Result = dict[str, Any]


def tanh_network() -> Network:
    """A network in which every edge has a gradient."""
    draws, dtype = stream(5, "start"), np.dtype(np.float64)
    return Network(
        erdos_renyi((2, 6, 5, 2), draws, density=0.4, every_neuron=True, activation=Activation.TANH, dtype=dtype)
    )


def grown(network: Network, optimizer: optim.Optimizer, parallel: DataParallel) -> None:
    """One edge more, by an edit that every process makes alike."""
    graph = network.graph()
    wiring = graph.wiring
    ends = [(s, t) for t in np.flatnonzero(wiring.level == 2) for s in np.flatnonzero(wiring.level == 1)]
    absent = [pair for pair in ends if wiring.edge_rows(np.array(pair[:1]), np.array(pair[1:]))[0] < 0]
    edit = Edit(graph.neurons, 1, source=absent[0][:1], target=absent[0][1:], weight=[0.25])  # type: ignore[arg-type]
    transplant(network, optimizer, *apply(graph, edit, 1), together=parallel.several)


def inputs(rank: int) -> Tensor:
    """(inputs, batch) of one process."""
    return torch.from_numpy(np.random.default_rng(rank).normal(size=(2, 7)))


def loss(network: nn.Module, x: Tensor) -> Tensor:
    assert isinstance(network, Network)
    return network.columns(x).square().mean()


def flat(network: Network) -> list[float]:
    """All gradients of a network."""
    return [entry for p in (network.values, network.bias) if p.grad is not None for entry in p.grad.tolist()]


def apart(network: Network, x: Tensor) -> list[float]:
    """Gradients of a copy of the network that trains in this process alone."""
    copy = Network(network.graph())
    loss(copy, x).backward()  # type: ignore[no-untyped-call]
    return flat(copy)


def gradients(folder: Path, rank: int) -> Result:
    """Gradients of different batches, before and after growth; what the wrapper holds and whether it goes."""
    parallel, network = DataParallel(), tanh_network()
    optimizer = optim.AdamW(network.parameters(), lr=0.02)
    wrapped = parallel.wrap(network)
    once, watched = wrapped is parallel.wrap(network), weakref.ref(wrapped)
    del wrapped
    made: Result = {"got": [], "singles": [], "whole": [], "edges": []}
    for growth in range(3):
        if growth:
            grown(network, optimizer, parallel)
        for _ in range(2):
            optimizer.zero_grad(set_to_none=True)
            own = parallel.run(network, lambda model: loss(model, inputs(rank))) / parallel.ranks
            own.backward()  # type: ignore[no-untyped-call]
        made["got"].append(flat(network))
        made["singles"].append([apart(network, inputs(other)) for other in range(parallel.ranks)])
        made["whole"].append(apart(network, torch.cat([inputs(other) for other in range(parallel.ranks)], 1)))
        made["edges"].append(network.plan.edges)
    before = parallel.wrap(network)
    network.bias.requires_grad_(False)
    frozen = parallel.wrap(network)
    return {
        **made,
        "buffers": [name for name, _ in frozen.named_buffers()],
        "wrapped_once": once,
        "old_wrapper_gone": watched() is None,
        "wrapped_anew_when_frozen": frozen is not before,
    }


def draws(folder: Path, rank: int) -> Result:
    """Random numbers in the forward pass of a host, and the next ones outside of it."""
    torch.manual_seed(3)
    own = DataParallel().run(nn.Linear(1, 1), lambda model: torch.rand(4))
    return {"own": own.tolist(), "after": torch.rand(4).tolist()}


def sums(folder: Path, rank: int) -> Result:
    """Sums of vectors of several lengths, each as SHA-256, with what adding in the order of ranks gives."""
    wire = Wire.of(None)
    made: Result = {}
    for size in (1, 2, 3, 4, 7, 1000):
        parts = [
            torch.from_numpy(np.random.default_rng([size, other]).normal(size=size)).float()
            for other in range(wire.ranks)
        ]
        total = parts[0].clone()
        for part in parts[1:]:
            total += part
        added = added_up(wire, parts[rank].clone())
        made[str(size)] = [hashlib.sha256(entry.numpy().tobytes()).hexdigest() for entry in (added, total)]
    return made


def deals(folder: Path, rank: int) -> Result:
    """Pieces of work of several counts, and one that fails in process 2 alone."""
    parallel = DataParallel()
    made = {str(count): parallel.deal(range(count), lambda piece: (piece, 0.1 * piece)) for count in (0, 1, 3, 5, 7)}

    def fail(piece: int) -> tuple[float, float]:
        if piece == 2:
            raise DivergedError("the third piece")
        return 0.0, 0.0

    try:
        parallel.deal(range(4), fail)
    except DivergedError as error:
        return {**made, "failed": str(error)}
    return made


def dies(folder: Path, rank: int) -> Result:
    """The last process fails in the middle of a step, where the others wait for its gradients."""
    network = tanh_network()

    def forward(model: nn.Module) -> Tensor:
        if rank == torch.distributed.get_world_size() - 1:
            raise MemoryError("in the middle of a step")
        return loss(model, inputs(rank))

    parallel = DataParallel()
    parallel.run(network, forward).backward()  # type: ignore[no-untyped-call]
    return {}
