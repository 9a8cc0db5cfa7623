"""Running a part of the levels, forward and backward."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from graphgrow import Graph
from graphgrow.engine import Kernel, Network
from graphgrow.engine.kernels import load
from graphgrow.errors import SettingsError
from graphgrow.graph.builders import chain, from_edges
from tests.engine.dense import Parameters, example, normal, ordinary, parameters, run, runs, same
from tests.strategies import graphs

BOTH = pytest.mark.parametrize("kernels", [load("cpu"), load("reference")])
doubles = graphs(4, 4, (np.float64,)).filter(runs).map(ordinary)


def dense_advance(graph: Graph, state: Tensor, own: Parameters, network: Network, first: int, last: int) -> Tensor:
    """The same by slot, neuron by neuron."""
    rows = [state[slot] for slot in network.plan.slot.tolist()]
    made = run(graph.wiring, own, rows, first, last)
    return torch.stack([made[row] for row in network.plan.row.tolist()])


@BOTH
@given(graph=doubles, data=st.data())
@settings(max_examples=60)
def test_any_levels_equal_the_dense_reference(kernels: Kernel, graph: Graph, data: st.DataObject) -> None:
    network = Network(graph, kernels)
    plan = network.plan
    first = data.draw(st.integers(1, plan.levels))
    last = data.draw(st.integers(first, plan.levels))
    start, wanted_grad = (
        normal(1, plan.neurons, 3, dtype=torch.float64),
        normal(2, plan.neurons, 3, dtype=torch.float64),
    )
    state, twin, own = start.clone().requires_grad_(), start.clone().requires_grad_(), parameters(graph)
    made, wanted = network.advance(state, first, last), dense_advance(graph, twin, own, network, first, last)
    torch.testing.assert_close(made, wanted, rtol=1e-11, atol=1e-11)
    grads = torch.autograd.grad((made * wanted_grad).sum(), [state, network.values, network.bias])
    wanted_grads = torch.autograd.grad(
        (wanted * wanted_grad).sum(), [twin, own.weight, own.bias], allow_unused=True, materialize_grads=True
    )
    torch.testing.assert_close(grads[0], wanted_grads[0], rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(grads[1], wanted_grads[1][plan.edge.tolist()], rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(grads[2], wanted_grads[2][plan.row[plan.inputs :].tolist()], rtol=1e-11, atol=1e-11)


@BOTH
def test_edges_before_the_first_level_carry_no_gradient(kernels: Kernel) -> None:
    # Of a chain 0 -> 1 -> 2 only the last level is computed, so neuron 0 has no influence.
    graph = chain(2)
    network = Network(graph, kernels)
    state = torch.ones(3, 1).requires_grad_()
    torch.autograd.backward(network.advance(state, 2, 3)[2].sum())
    assert state.grad is not None
    assert state.grad.flatten().tolist() == [0.0, float(graph.weight[1]), 0.0]


@BOTH
def test_all_levels_are_columns(kernels: Kernel) -> None:
    network, x = Network(example(), kernels), normal(0, 4, 5)
    state = network.activations(x)
    assert same(state[network.plan.outputs.tolist()], network.columns(x))
    assert same(state[:4], x)


@BOTH
@given(graph=graphs(dtypes=(np.float32,)).filter(runs).map(ordinary), cut=st.integers(1, 5))
@settings(max_examples=25)
def test_two_parts_are_one_whole(kernels: Kernel, graph: Graph, cut: int) -> None:
    network = Network(graph, kernels)
    cut, levels = min(cut, network.plan.levels), network.plan.levels
    states, grads = [], []
    for cuts in ([1, levels], [1, cut, levels]):
        network.zero_grad()
        state = normal(0, network.plan.neurons, 3)
        for first, last in pairwise(cuts):
            state = network.advance(state, first, last)
        torch.autograd.backward(state.square().sum())
        states.append(state)
        grads.append([parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None])
    assert same(states[0], states[1])
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


@BOTH
def test_rows_outside_the_levels_stay_and_the_state_given_too(kernels: Kernel) -> None:
    network = Network(example(), kernels)
    pointer = network.plan.level_pointer
    state = normal(0, network.plan.neurons, 3)
    before = state.clone()
    made = network.advance(state, 2, 3)
    assert same(state, before)
    start, stop = int(pointer[2]), int(pointer[3])
    assert same(made[:start], state[:start])
    assert same(made[stop:], state[stop:])
    assert not torch.equal(made[start:stop], state[start:stop])


@BOTH
def test_no_levels_pass_the_state_on(kernels: Kernel) -> None:
    network = Network(example(), kernels)
    state = normal(0, network.plan.neurons, 3).requires_grad_()
    for at in range(1, network.plan.levels + 1):
        made = network.advance(state, at, at)
        assert same(made, state)
        (grad,) = torch.autograd.grad(made.sum(), state)
        assert torch.equal(grad, torch.ones_like(state))


def test_what_stood_in_the_computed_levels_does_not_matter() -> None:
    network, x = Network(example()), normal(0, 4, 5)
    wanted = network.activations(x)
    filled = torch.cat([x, torch.full((network.plan.neurons - 4, 5), float("nan"))])
    assert same(network.advance(filled, 1, network.plan.levels), wanted)


def test_early_exit_may_drop_what_no_later_level_reads() -> None:
    network, x = Network(example(2)), normal(0, 4, 5)
    wanted, half = network.columns(x), 2
    state = network.advance(network.activations(x), 1, half)
    state[torch.from_numpy(network.plan.last_reader < half)] = float("nan")
    made = network.advance(state, half, network.plan.levels)
    assert same(made[network.plan.outputs.tolist()], wanted)


@pytest.mark.parametrize(("first", "last"), [(0, 2), (-1, 1), (3, 2), (1, 9), (9, 9)])
def test_levels_that_do_not_fit(first: int, last: int) -> None:
    network = Network(example())
    with pytest.raises(SettingsError, match=r"expected 1 <= first <= last <= 4"):
        network.advance(torch.zeros(network.plan.neurons, 1), first, last)


@pytest.mark.parametrize("shape", [(2, 1), (3,), (3, 1, 1)])
def test_a_state_that_does_not_fit(shape: tuple[int, ...]) -> None:
    network = Network(from_edges([0, 1, 2], [0, 1], [1, 2], [1.0, 1.0]))
    with pytest.raises(SettingsError, match=r"expected state \(3, batch\), got"):
        network.advance(torch.zeros(shape), 1, 2)
