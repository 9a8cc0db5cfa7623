"""Growth that an optimizer cannot follow is refused before anything changes."""

from __future__ import annotations

import pytest
import torch
from torch import nn, optim

from graphgrow import apply
from graphgrow.engine import Network, transplant
from graphgrow.errors import EditError, OptimizerError
from tests.engine.dense import example, step
from tests.engine.growing import full_edit


class Odd(optim.Adam):
    """An Adam that someone gave one number per pair of elements."""


def unchanged(network: Network, optimizer: optim.Optimizer | None, error: type[Exception], match: str) -> None:
    """The growth is refused, and the network is as it was."""
    graph, parameters, plan = network.graph(), list(network.parameters()), network.plan
    new, remap = apply(graph, full_edit(graph), 1)
    with pytest.raises(error, match=match):
        transplant(network, optimizer, new, remap)
    assert all(one is other for one, other in zip(network.parameters(), parameters, strict=True))
    assert network.graph().same(graph)
    assert network.plan is plan


def test_lbfgs_and_sparse_adam_are_refused() -> None:
    for kind in (optim.LBFGS, optim.SparseAdam):
        network = Network(example())
        unchanged(network, kind(network.parameters()), OptimizerError, f"{kind.__name__} cannot carry .* one of SGD")


@pytest.mark.skipif(not hasattr(optim, "Muon"), reason="this torch has no Muon")
def test_muon_is_refused() -> None:
    optimizer = optim.Muon([nn.Parameter(torch.zeros(2, 2))])
    unchanged(Network(example()), optimizer, OptimizerError, "Muon cannot carry its state through growth")


def test_an_optimizer_of_something_else_is_refused() -> None:
    for held in ([nn.Parameter(torch.zeros(1))], Network(example()).parameters()):
        optimizer = optim.Adam(held)
        unchanged(Network(example()), optimizer, OptimizerError, "does not hold this network's parameters: make")


def test_an_optimizer_of_the_values_alone_is_refused() -> None:
    network = Network(example())
    unchanged(network, optim.Adam([network.values]), OptimizerError, "does not hold this network's parameters")


def test_state_that_is_not_per_element_is_refused() -> None:
    network = Network(example())
    optimizer = Odd(network.parameters())
    step(network, optimizer, 0)
    optimizer.state[network.bias]["pairs"] = torch.zeros(3, 3)
    unchanged(network, optimizer, OptimizerError, r"Odd state pairs has shape \(3, 3\), not one number per element")


def test_one_process_of_several_may_not_grow_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)
    network = Network(example())
    unchanged(network, None, OptimizerError, "growing one of 2 processes alone .* train in one process")


def test_the_map_of_another_change_is_refused() -> None:
    network = Network(example())
    optimizer = optim.Adam(network.parameters())
    step(network, optimizer, 0)
    graph = network.graph()
    new, remap = apply(graph, full_edit(graph), 1)
    later, second = apply(new, full_edit(new), 2)
    for pair in ((new, second), (later, remap), (later, second), (graph, remap)):
        with pytest.raises(EditError, match="pass the Remap that apply returned"):
            transplant(network, optimizer, *pair)
    assert network.graph().same(graph)
    transplant(network, optimizer, later, remap.then(second))
    assert network.graph().same(later)
