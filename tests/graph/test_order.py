"""Longest paths, cycles and reachability."""

from __future__ import annotations

from itertools import pairwise

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow import Graph
from graphgrow.errors import GraphError
from graphgrow.graph.order import find_cycle, longest_paths, reachable, reaching
from tests.strategies import graphs


def directed(graph: Graph) -> networkx.DiGraph:
    made = networkx.DiGraph()
    made.add_nodes_from(range(graph.neurons))
    made.add_edges_from(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True))
    return made


@given(graphs())
def test_depth_agrees_with_networkx(graph: Graph) -> None:
    made = directed(graph)
    depth: dict[int, int] = {}
    for row in networkx.topological_sort(made):
        depth[row] = max([depth[before] + 1 for before in made.predecessors(row)], default=0)
    assert graph.wiring.depth.tolist() == [depth[row] for row in range(graph.neurons)]


@given(graphs(), st.integers(0, 2**32 - 1))
def test_reach_agrees_with_networkx(graph: Graph, seed: int) -> None:
    made, wiring = directed(graph), graph.wiring
    start = np.random.default_rng(seed).random(graph.neurons) < 0.3
    rows = np.flatnonzero(start).tolist()
    after = set(rows).union(*(networkx.descendants(made, row) for row in rows))
    before = set(rows).union(*(networkx.ancestors(made, row) for row in rows))
    given_mask = start.copy()
    assert set(np.flatnonzero(reachable(wiring.level, wiring.source, wiring.target, start))) == after
    assert set(np.flatnonzero(reaching(wiring.level, wiring.source, wiring.target, start))) == before
    assert np.array_equal(start, given_mask)


@given(st.integers(2, 8), st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25))
def test_a_cycle_is_found_exactly_when_there_is_one(neurons: int, ends: list[tuple[int, int]]) -> None:
    ends = sorted({(a % neurons, b % neurons) for a, b in ends})
    source, target = np.array(ends, np.int64).reshape(-1, 2).T
    made = networkx.DiGraph(ends)
    if networkx.is_directed_acyclic_graph(made):
        assert longest_paths(neurons, source, target).size == neurons
        return
    with pytest.raises(GraphError, match=r"cycle \d") as caught:
        longest_paths(neurons, source, target)
    path = [int(row) for row in str(caught.value).split(":")[0].removeprefix("cycle ").split(" -> ")]
    assert path[0] == path[-1]
    assert len(path) >= 2
    assert set(pairwise(path)) <= set(ends)


def test_find_cycle_follows_the_edges() -> None:
    source, target = np.array([0, 1, 2, 2]), np.array([1, 2, 0, 3])
    cycle = find_cycle(source, target, np.ones(4, bool))
    assert cycle[0] == cycle[-1]
    assert set(pairwise(cycle)) == {(0, 1), (1, 2), (2, 0)}


def test_a_deep_chain_is_no_recursion() -> None:
    rows = np.arange(5000)
    assert longest_paths(5000, rows[:-1], rows[1:])[-1] == 4999


def test_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert longest_paths(0, none, none).size == 0
    assert reachable(np.zeros(2, int), none, none, np.array([True, False])).tolist() == [True, False]
