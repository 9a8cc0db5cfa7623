"""Who reaches whom: the same as a search from every node, over blocks, cycles and pieces."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import GraphError
from graphgrow.measure import reach
from graphgrow.measure.adjacency import from_edges
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.reach import condensation, reached, reached_among, reached_set

pairs = st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=40)
kinds = st.sampled_from([networkx.Graph, networkx.DiGraph])


def built(edges: set[tuple[int, int]], kind: type) -> networkx.Graph:
    made = kind()
    made.add_nodes_from(range(12))
    made.add_edges_from(edges)
    return made


@given(pairs, kinds, st.sets(st.integers(0, 11)))
def test_counts_and_sets_are_networkx_descendants(edges: set[tuple[int, int]], kind: type, marks: set[int]) -> None:
    graph = built(edges, kind)
    made = from_networkx(graph)
    reach_of = [networkx.descendants(graph, node) for node in graph]
    assert reached(made).tolist() == [len(each) for each in reach_of]
    mask = np.isin(np.arange(12), list(marks))
    closed = [each | {node} for node, each in enumerate(reach_of)]
    assert reached_among(made, mask).tolist() == [len(each & marks) for each in closed]
    assert reached_set(made, mask).tolist() == [[mark in each for mark in sorted(marks)] for each in closed]


@given(pairs)
def test_parts_are_networkx_own_and_edges_lead_upward(edges: set[tuple[int, int]]) -> None:
    graph = built(edges, networkx.DiGraph)
    whole = condensation(from_networkx(graph))
    found = {frozenset(np.flatnonzero(whole.part == part).tolist()) for part in range(whole.parts)}
    assert found == {frozenset(part) for part in networkx.strongly_connected_components(graph)}
    assert whole.size.tolist() == np.bincount(whole.part).tolist()
    assert all(whole.part[source] <= whole.part[target] for source, target in edges)
    joins = set(zip(whole.row.tolist(), whole.other.tolist(), strict=True))
    assert {pair for pair in joins if pair[0] != pair[1]} == {
        (whole.part[a], whole.part[b]) for a, b in edges if whole.part[a] != whole.part[b]
    }


@pytest.mark.parametrize("directed", [True, False])
def test_many_blocks_are_one(directed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = from_networkx(networkx.gnp_random_graph(500, 0.003, seed=1, directed=directed))
    rng = np.random.default_rng(0)
    order = rng.permutation(500)
    rows, others = order[graph.row], order[graph.other]
    forward = from_edges(500, np.minimum(rows, others), np.maximum(rows, others)) if directed else graph
    expected = reached(graph), reached(forward)
    assert expected[1].max() > 64
    monkeypatch.setattr(reach, "WORDS", 2)
    assert np.array_equal(reached(graph), expected[0])
    assert np.array_equal(reached(forward), expected[1])
    monkeypatch.setattr(reach, "MEMORY", 1)
    assert np.array_equal(reached(forward), expected[1])


def test_a_long_line_and_a_long_circle() -> None:
    at = np.arange(999)
    assert reached(from_edges(1000, at, at + 1)).tolist() == list(range(999, -1, -1))
    assert reached(from_edges(1000, at + 1, at)).tolist() == list(range(1000))
    assert set(reached(from_edges(1000, np.arange(1000), (np.arange(1000) + 1) % 1000)).tolist()) == {999}


def test_weights_do_not_count_and_nothing_is_reached_in_nothing() -> None:
    assert reached(from_edges(3, [0, 1, 2], [1, 2, 1], [0.0, 0.0, 0.0])).tolist() == [2, 1, 1]
    assert reached(from_edges(0, [], [])).tolist() == []
    assert reached(from_edges(1, [0], [0])).tolist() == [0]
    assert reached_set(from_edges(2, [0], [1]), np.zeros(2, bool)).shape == (2, 0)


def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = from_edges(3, [0], [1])
    with pytest.raises(GraphError, match=r"expected bool \(3,\), got int64"):
        reached_among(graph, np.arange(3))
    monkeypatch.setattr(reach, "MEMORY", 8)
    with pytest.raises(GraphError, match="expected at most 8 entries: mark fewer"):
        reached_set(graph, np.ones(3, bool))
