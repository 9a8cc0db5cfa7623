"""Differences between graphs of one run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Edit, Graph, apply, difference, patch
from graphgrow.errors import GraphError
from graphgrow.graph.builders import braess_diamond
from graphgrow.graph.difference import arrays_of, from_arrays
from tests.strategies import graphs, random_edit

seeds = st.integers(0, 2**32 - 1)


def grown(graph: Graph, seed: int, steps: int) -> Graph:
    rng = np.random.default_rng(seed)
    for event in range(steps):
        graph = apply(graph, random_edit(graph, rng), 10 + event)[0]
    return graph


@given(graphs(), seeds, st.integers(0, 3))
def test_there_and_back_bit_for_bit(graph: Graph, seed: int, steps: int) -> None:
    new = grown(graph, seed, steps)
    change = difference(graph, new)
    assert patch(graph, change).same(new)
    assert patch(new, change.inverse).same(graph)


@given(graphs(), seeds)
def test_it_survives_being_stored(graph: Graph, seed: int) -> None:
    new = grown(graph, seed, 1)
    change = difference(graph, new)
    stored = {name: array.copy() for name, array in arrays_of(change).items()}
    assert patch(graph, from_arrays(stored)).same(new)
    assert patch(new, from_arrays(stored).inverse).same(graph)


@given(graphs(), seeds)
def test_without_weights_only_the_structure_is_told(graph: Graph, seed: int) -> None:
    new = grown(graph, seed, 2)
    change = difference(graph, new, weights=False)
    assert change.weighted.size == change.biased.size == 0
    made = patch(graph, change)
    assert made.wiring.same(new.wiring)
    young = new.wiring.edge_born >= 10
    assert made.weight[young].tobytes() == new.weight[young].tobytes()


@given(graphs())
def test_no_difference_is_empty(graph: Graph) -> None:
    change = difference(graph, graph)
    for name, array in arrays_of(change).items():
        assert array.size == 0 or name == "next_id", name


def test_a_changed_sign_of_zero_is_a_difference() -> None:
    graph = braess_diamond()
    zero = graph.with_weights(np.zeros(5, np.float32), graph.bias)
    minus = graph.with_weights(-np.zeros(5, np.float32), graph.bias)
    assert difference(zero, minus).weighted.tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]
    assert patch(zero, difference(zero, minus)).same(minus)


def test_an_edge_that_died_and_came_back_is_another_edge() -> None:
    graph = braess_diamond()
    without = apply(graph, Edit(4, 1, removed_edges=[2]), 1)[0]
    again = apply(without, Edit(4, 1, source=[1], target=[2], weight=[1.0]), 2)[0]
    change = difference(graph, again)
    assert change.old.edges.tolist() == [[1, 2, 0]]
    assert change.new.edges.tolist() == [[1, 2, 2]]
    assert patch(graph, change).same(again)
    assert patch(again, change.inverse).same(graph)


def test_a_rollback_that_burns_ids() -> None:
    graph = braess_diamond()
    burnt = Graph(replace(graph.wiring, next_id=9), graph.weight, graph.bias)
    assert patch(graph, difference(graph, burnt)).wiring.next_id == 9
    assert patch(burnt, difference(graph, burnt).inverse).same(graph)


def test_a_patch_for_another_graph_names_what_is_missing() -> None:
    graph = braess_diamond()
    bare = apply(graph, Edit(4, 1, removed_edges=[0]), 1)[0]
    with pytest.raises(GraphError, match="edge 0 -> 1 is not in this graph"):
        patch(bare, difference(graph, bare))
    smaller = apply(graph, Edit(4, 1, removed_neurons=[1]), 1)[0]
    with pytest.raises(GraphError, match="neuron 1 is not in this graph"):
        patch(smaller, difference(graph, smaller))


def test_graphs_of_two_runs() -> None:
    graph = braess_diamond()
    other = Graph(replace(graph.wiring, activation=[0, 1, 2, 0]), graph.weight, graph.bias)
    with pytest.raises(GraphError, match="neuron 2 changed its activation"):
        difference(graph, other)


def test_graphs_of_two_dtypes_are_refused_since_no_patch_could_be_exact() -> None:
    single, double = braess_diamond(dtype=np.float32), braess_diamond(dtype=np.float64)
    with pytest.raises(GraphError, match="float32"):
        difference(single, double)
