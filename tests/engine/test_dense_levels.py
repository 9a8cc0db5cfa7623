"""Levels that are computed as dense ones: which they are, that nothing else changes, and that threads change no bit."""

from __future__ import annotations

import gc
import sys
import weakref
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from graphgrow import Activation, Graph
from graphgrow.engine import Network, compile
from graphgrow.engine.kernels import dense_loops, load
from graphgrow.engine.kernels.dense import Mixed, _known, dense_levels
from graphgrow.graph.builders import erdos_renyi, from_edges
from graphgrow.rng import stream
from graphgrow.settings import EngineSettings
from tests.engine.dense import example, normal, ordinary, parameters, runs, same
from tests.engine.test_advance import dense_advance
from tests.engine.test_kernels import check
from tests.strategies import graphs, random_graph

ALL = EngineSettings(dense_above=sys.float_info.min, dense_from=1)  # every level that has an edge
HALF = EngineSettings(dense_above=0.5, dense_from=1)
BATCHES = (1, 3, 17, 65, 130)
doubles = graphs(4, 4, (np.float64,)).filter(runs).map(ordinary)
floats = graphs(4, 4, (np.float32,)).filter(runs).map(ordinary)


def layered(*densities: float, width: int = 8, dtype: type = np.float64) -> Graph:
    """Levels of one width, each connected to the one before at this density."""
    rng, source, target = stream(0, "layered", width), [], []
    for level, density in enumerate(densities):
        chosen = np.sort(rng.permutation(width * width)[: round(density * width * width)])
        source.append(level * width + chosen % width)
        target.append((level + 1) * width + chosen // width)
    ends = np.concatenate(source), np.concatenate(target)
    level = np.repeat(np.arange(len(densities) + 1), width)
    weight = rng.standard_normal(ends[0].size)
    activation = np.where(level == 0, Activation.IDENTITY, 1 + (level + np.arange(level.size)) % 5)
    return ordinary(from_edges(level, *ends, weight, activation=activation, dtype=dtype))


def numbers(graph: Graph, engine: EngineSettings) -> list[int]:
    return [block.level for block in dense_levels(compile(graph.wiring), engine)]


def test_the_share_of_its_possible_edges_decides() -> None:
    graph = layered(1.0, 0.25, 0.75)
    for above, wanted in ((0.01, [1, 2, 3]), (0.25, [1, 2, 3]), (0.26, [1, 3]), (0.75, [1, 3]), (1.0, [1])):
        assert numbers(graph, EngineSettings(above, 1)) == wanted
    assert numbers(graph, EngineSettings()) == []


def test_a_level_that_is_too_small_is_sparse() -> None:
    graph = layered(1.0, 1.0)
    assert numbers(graph, EngineSettings(0.5, 64)) == [1, 2]
    assert numbers(graph, EngineSettings(0.5, 65)) == []


def test_sources_are_sought_in_the_span_that_holds_them() -> None:
    # The last neuron reads both inputs at the ends of a row of five: 2 edges of 5, or of 6 with the level between.
    graph = from_edges([0] * 5 + [1, 2], [0, 4, 0, 5], [5, 5, 6, 6], [1.0] * 4)
    first, second = dense_levels(compile(graph.wiring), ALL)
    assert (first.level, first.first, first.last, first.low, first.high, first.places) == (1, 5, 6, 0, 5, 5)
    assert (second.low, second.high, second.places) == (0, 6, 6)
    assert numbers(graph, EngineSettings(0.4, 1)) == [1]


def test_a_level_without_edges_is_sparse() -> None:
    assert numbers(from_edges([0, 1, 2], [0], [1], [1.0]), ALL) == [1]


def test_what_is_known_of_a_plan_goes_with_it() -> None:
    plan = compile(layered(1.0).wiring)
    dense_levels(plan, ALL)
    gone = weakref.ref(plan)
    before = len(_known)
    del plan
    gc.collect()
    assert gone() is None
    assert len(_known) < before


@given(graph=doubles, size=st.sampled_from(BATCHES), engine=st.sampled_from([ALL, HALF]))
@settings(max_examples=60)
def test_forward_and_gradients_equal_the_dense_reference(graph: Graph, size: int, engine: EngineSettings) -> None:
    check(graph, Mixed(engine), size, 1e-11)


@given(graph=floats, size=st.sampled_from(BATCHES))
@settings(max_examples=30)
def test_single_precision_is_close(graph: Graph, size: int) -> None:
    check(graph, Mixed(ALL), size, 2e-5)


@pytest.mark.parametrize("code", list(Activation))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_activation_and_every_remainder_of_a_panel(code: Activation, dtype: type) -> None:
    tolerance = 1e-11 if dtype is np.float64 else 2e-5
    for width in (1, 5, 6, 7, 13):
        graph = erdos_renyi((width, width + 1, 3), stream(width, "panel"), density=0.7, activation=code, dtype=dtype)
        for size in BATCHES:
            check(ordinary(graph), Mixed(ALL), size, tolerance)


def test_more_columns_than_are_taken_at_once() -> None:
    # 300 sources times 520 samples of 8 bytes are more than the share of a cache that one strip may take.
    graph = erdos_renyi(
        (300, 40, 30, 3), stream(0, "strips"), density=0.5, activation=Activation.TANH, dtype=np.float64
    )
    assert dense_loops.strip(300, 520, 8) < 520
    check(ordinary(graph), Mixed(HALF), 520, 1e-10)


@given(graph=doubles, data=st.data())
@settings(max_examples=40)
def test_any_levels_equal_the_dense_reference(graph: Graph, data: st.DataObject) -> None:
    network = Network(graph, Mixed(ALL))
    plan = network.plan
    first = data.draw(st.integers(1, plan.levels))
    last = data.draw(st.integers(first, plan.levels))
    start, weight_of_state = (normal(seed, plan.neurons, 3, dtype=torch.float64) for seed in (1, 2))
    state, twin, own = start.clone().requires_grad_(), start.clone().requires_grad_(), parameters(graph)
    made, wanted = network.advance(state, first, last), dense_advance(graph, twin, own, network, first, last)
    torch.testing.assert_close(made, wanted, rtol=1e-11, atol=1e-11)
    grads = torch.autograd.grad((made * weight_of_state).sum(), [state, network.values, network.bias])
    wanted_grads = torch.autograd.grad(
        (wanted * weight_of_state).sum(), [twin, own.weight, own.bias], allow_unused=True, materialize_grads=True
    )
    torch.testing.assert_close(grads[0], wanted_grads[0], rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(grads[1], wanted_grads[1][plan.edge.tolist()], rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(grads[2], wanted_grads[2][plan.row[plan.inputs :].tolist()], rtol=1e-11, atol=1e-11)


def test_deltas_of_inputs_stay_zero() -> None:
    # A probe reads the deltas of all neurons; levels below a sparse one must not write into the rows of the inputs.
    graph, seen = layered(1.0, 0.2, 0.9, 0.1), []
    for kernel in (Mixed(HALF), load("cpu")):
        network = Network(graph, kernel)
        network.watch = lambda state, deltas: seen.append(deltas.clone())
        torch.autograd.backward(network.columns(normal(0, 8, 5, dtype=torch.float64)).square().sum())
    assert not seen[0][:8].any()
    torch.testing.assert_close(seen[0], seen[1], rtol=1e-11, atol=1e-11)


def test_only_what_is_asked_for_is_written() -> None:
    # Skips from the inputs end in dense levels that have other sources too.
    graph = ordinary(random_graph([4, 6, 5, 3], 0.9, stream(2, "written"), np.float64))
    network = Network(graph, Mixed(ALL))
    plan = network.plan
    assert [block.low < plan.inputs < block.high for block in dense_levels(plan, ALL)][1:] == [True, True]
    state = network.activations(normal(0, 4, 5, dtype=torch.float64)).detach()
    results = []
    for filling in (0.0, float("nan")):
        grad = torch.full_like(state, filling)
        grad[: plan.inputs] = 7.0
        grad[plan.outputs.tolist()] = 1.0
        grads = Mixed(ALL).backward(
            plan, network.values, state, state.clone(), grad, 1, plan.levels, False, plan.is_output
        )
        assert (grad[: plan.inputs] == 7.0).all()
        results.append([*grads, grad])
    assert all(same(one, other) for one, other in zip(*results, strict=True))


def test_every_level_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel, seen = Mixed(HALF), []

    def spy(name: str, place: int) -> None:
        real = getattr(kernel.sparse, name)

        def noted(*given: object) -> object:
            seen.append((name, *given[place : place + 2]))
            return real(*given)

        monkeypatch.setattr(kernel.sparse, name, noted)

    spy("forward", 5)
    spy("backward", 5)
    network = Network(layered(0.2, 1.0, 0.3, 0.1, 0.9), kernel)
    torch.autograd.backward(network.columns(normal(0, 8, 5, dtype=torch.float64)).sum())
    assert seen == [("forward", 1, 2), ("forward", 3, 5), ("backward", 3, 5), ("backward", 1, 2)]


def test_two_parts_are_one_whole() -> None:
    network = Network(layered(1.0, 0.2, 0.9, 0.6), Mixed(HALF))
    levels = network.plan.levels
    states = []
    for cuts in ([1, levels], [1, 2, levels], [1, 3, 4, levels]):
        state = normal(0, network.plan.neurons, 3, dtype=torch.float64)
        for first, last in pairwise(cuts):
            state = network.advance(state, first, last)
        states.append(state)
    assert same(states[0], states[1])
    assert same(states[0], states[2])


def test_an_empty_batch() -> None:
    network = Network(layered(1.0, 0.2), Mixed(HALF))
    output = network.columns(torch.zeros(8, 0, dtype=torch.float64))
    torch.autograd.backward(output.sum())
    assert output.shape == (8, 0)
    assert network.values.grad is not None
    assert not network.values.grad.any()


def test_a_diverged_run_shows_it() -> None:
    network = Network(layered(1.0, 1.0, dtype=np.float32), Mixed(ALL))
    with torch.no_grad():
        network.values[0] = float("nan")
    output = network.columns(torch.ones(8, 2))
    torch.autograd.backward(output.sum())
    assert torch.isnan(output).any()
    assert network.values.grad is not None
    assert torch.isnan(network.values.grad).any()


def test_a_wide_level_that_is_dense_by_itself() -> None:
    # As the runs of a study have it: only the first level is wide and dense enough.
    graph = erdos_renyi((40, 60, 10), stream(3, "wide"), density=0.8, activation=Activation.RELU)
    engine = EngineSettings(0.7, 2400)
    assert numbers(graph, engine) == [1]
    check(graph, Mixed(engine), 17, 2e-5)


def test_skips_reach_over_dense_levels() -> None:
    graph = ordinary(random_graph([5, 6, 6, 6, 4], 0.8, stream(1, "skips"), np.float64))
    assert numbers(graph, HALF)
    check(graph, Mixed(HALF), 17, 1e-11)
    drawn = example(4, np.float64, (4, 6, 5, 6, 3))
    check(drawn, Mixed(HALF), 9, 1e-11)
