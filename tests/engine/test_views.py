"""Networks as torch's sparse tensors: the same matrices as the edges say, in the same memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Activation, Graph
from graphgrow.engine import Network
from graphgrow.engine.population import Population
from graphgrow.engine.views import batched_csr, levels_to_torch_csr, to_torch_csr
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import from_edges
from tests.engine.dense import example, normal, ordinary, runs
from tests.strategies import graphs

networks = graphs(4, 4).filter(runs).map(ordinary).map(Network)


def matrix(network: Network) -> Tensor:
    """Weights (neurons, neurons) by slot, written edge by edge."""
    graph = network.graph()
    made = torch.zeros(graph.neurons, graph.neurons, dtype=network.values.dtype)
    for source, target, weight in zip(graph.wiring.source, graph.wiring.target, graph.weight, strict=True):
        made[network.plan.slot[target], network.plan.slot[source]] = float(weight)
    return made


@given(networks)
@settings(max_examples=30)
def test_the_matrix_holds_the_edges(network: Network) -> None:
    made = to_torch_csr(network)
    assert made.layout == torch.sparse_csr
    assert torch.equal(network.to_torch_csr().to_dense(), made.to_dense())
    assert torch.equal(made.to_dense(), matrix(network))
    assert made.values().numel() == network.plan.edges


@given(networks)
@settings(max_examples=30)
def test_the_levels_are_the_matrix_cut_by_rows(network: Network) -> None:
    plan, wanted = network.plan, matrix(network)
    made = levels_to_torch_csr(network)
    assert len(made) == plan.levels - 1
    for level, part in enumerate(made, start=1):
        rows = wanted[int(plan.level_pointer[level]) : int(plan.level_pointer[level + 1])]
        assert torch.equal(part.to_dense(), rows)


def test_memory_is_shared_and_gradients_are_not() -> None:
    network = Network(example())
    whole, levels = to_torch_csr(network), levels_to_torch_csr(network)
    assert whole.values().data_ptr() == network.values.data_ptr()
    assert levels[0].values().data_ptr() == network.values.data_ptr()
    with torch.no_grad():
        network.values.add_(1)
    assert torch.equal(whole.values(), network.values.detach())
    assert torch.equal(torch.cat([level.values() for level in levels]), network.values.detach())
    assert not whole.requires_grad


def test_the_level_matrices_run_the_network() -> None:
    drawn = example()
    identity = replace(drawn.wiring, activation=np.full(drawn.neurons, Activation.IDENTITY))
    network = Network(Graph(identity, drawn.weight, drawn.bias))
    plan, x = network.plan, normal(0, 4, 5)
    state = torch.cat([x, torch.zeros(plan.neurons - plan.inputs, 5)])
    for level, part in enumerate(levels_to_torch_csr(network), start=1):
        first, last = int(plan.level_pointer[level]), int(plan.level_pointer[level + 1])
        bias = network.bias.detach()[first - plan.inputs : last - plan.inputs]
        state[first:last] = part @ state + bias[:, None]
    torch.testing.assert_close(state[plan.outputs.tolist()], network.columns(x).detach(), rtol=1e-5, atol=1e-5)


@given(st.lists(networks, min_size=1, max_size=3))
@settings(max_examples=30)
def test_a_batch_holds_the_matrix_of_each_network(given_networks: list[Network]) -> None:
    chosen = [network.to(torch.float64) for network in given_networks]
    made = batched_csr(chosen)
    most = max(network.plan.neurons for network in chosen)
    assert made.shape == (len(chosen), most, most)
    assert made.values().shape == (len(chosen), max(network.plan.edges for network in chosen))
    for k, network in enumerate(chosen):
        size = network.plan.neurons
        assert torch.equal(made[k].to_dense()[:size, :size], matrix(network))
        assert int(made[k].to_dense().count_nonzero()) == int(matrix(network).count_nonzero())
    # torch's own check of order and of cells that are there twice.
    torch.sparse_csr_tensor(made.crow_indices(), made.col_indices(), made.values(), made.shape, check_invariants=True)


def test_a_population_of_equal_sizes_shares_its_memory() -> None:
    first = example()
    population = Population([first, first.with_weights(first.weight * 2, first.bias)])
    made = batched_csr(population)
    assert made.values().data_ptr() == population.values.data_ptr()
    assert torch.equal(made[1].to_dense(), 2 * made[0].to_dense())


def test_a_population_of_other_sizes_is_filled_up() -> None:
    members = [example(0), example(1, sizes=(4, 2, 3))]
    made = batched_csr(Population(members))
    for k, member in enumerate(members):
        assert torch.equal(made[k].to_dense()[: member.neurons, : member.neurons], matrix(Network(member)))


def test_a_network_without_edges() -> None:
    network = Network(from_edges([0, 1], [], [], []))
    assert not to_torch_csr(network).to_dense().any()
    assert [tuple(part.shape) for part in levels_to_torch_csr(network)] == [(1, 2)]
    assert batched_csr([network, Network(example())]).shape == (2, 18, 18)


def test_networks_that_do_not_go_together() -> None:
    with pytest.raises(SettingsError, match=r"got 0 of \[\]: pass some of one kind"):
        batched_csr([])
    with pytest.raises(SettingsError, match="one dtype on one device, got 2 of"):
        batched_csr([Network(example()), Network(example(0, np.float64))])
