"""Any graph as sparse rows: what goes in comes out, and what is wrong is named."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import GraphError
from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.convert import from_networkx

pairs = st.sets(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=40)


@given(pairs)
def test_rows_hold_what_was_given_in_any_order(edges: set[tuple[int, int]]) -> None:
    source, target = (np.array([edge[at] for edge in edges], np.int64) for at in (0, 1))
    weight = source * 10.0 + target
    made = from_edges(9, source, target, weight)
    assert list(zip(made.row.tolist(), made.other.tolist(), strict=True)) == sorted(edges)
    assert np.array_equal(made.values, made.row * 10.0 + made.other)
    assert made.edges == len(edges)
    back = made.reversed
    assert sorted(zip(back.other.tolist(), back.row.tolist(), strict=True)) == sorted(edges)
    assert np.array_equal(back.values, back.other * 10.0 + back.row)


@given(pairs)
def test_the_skeleton_is_networkx_own(edges: set[tuple[int, int]]) -> None:
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(9))
    graph.add_edges_from(edges)
    plain = networkx.Graph(graph)
    plain.remove_edges_from(list(networkx.selfloop_edges(plain)))
    made = from_networkx(graph).skeleton
    assert made.edges == plain.number_of_edges()
    assert made.degree.tolist() == [plain.degree[node] for node in graph]
    assert made.skeleton is made


def test_an_undirected_loop_is_stored_once() -> None:
    made = from_edges(3, [0, 0], [0, 1], [2.0, 3.0], directed=False)
    assert (made.edges, made.entries, made.loops) == (2, 3, 1)
    assert made.values.tolist() == [2.0, 3.0, 3.0]
    assert made.reversed is made
    assert not made.acyclic


def test_a_network_keeps_levels_names_and_weights() -> None:
    graph = layered([4, 5, 3], 0.5, np.random.default_rng(0))
    made = of(graph)
    assert made.names == tuple(graph.wiring.id.tolist())
    assert np.array_equal(made.stage, graph.wiring.level)
    assert np.array_equal(made.depth, graph.wiring.depth)
    rows = graph.edge_rows(made.row, made.other)
    assert np.array_equal(made.weight, graph.weight[rows].astype(np.float64))
    assert of(graph.wiring).weight is None
    turned = made.reversed
    assert (turned.level[turned.row] < turned.level[turned.other]).all()


def test_depth_is_there_only_without_a_cycle() -> None:
    assert from_edges(3, [0, 1], [1, 2]).depth.tolist() == [0, 1, 2]
    assert from_edges(3, [0, 1, 2], [1, 2, 0]).depth is None
    assert from_edges(0, [], []).depth.tolist() == []


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ({"nodes": 2, "source": [0], "target": [2]}, "nodes 2..2: expected nodes from 0 to 1"),
        ({"nodes": 2, "source": [0, 0], "target": [1, 1]}, "edge 0 -> 1: given twice"),
        ({"nodes": 2, "source": [0, 1], "target": [1, 0], "directed": False}, "given twice"),
        ({"nodes": 2, "source": [0.5], "target": [1]}, "expected whole numbers"),
        ({"nodes": 2, "source": [0], "target": [1, 1]}, "as many sources as targets, got 1 and 2"),
        ({"nodes": 2, "source": [0], "target": [1], "weight": [np.nan]}, "edge 0 -> 1: weight nan is not finite"),
        ({"nodes": 2, "source": [0], "target": [1], "weight": [1, 2]}, "expected 1 weights"),
        ({"nodes": 2, "source": [0], "target": [1], "level": [1, 1]}, "level 1 to 1: levels must rise"),
        ({"nodes": 2, "source": [0], "target": [1], "level": [1]}, "expected 2 levels"),
        ({"nodes": 2, "source": [0], "target": [1], "level": [0.5, 1.5]}, "whole numbers below 2\\*\\*30"),
        ({"nodes": 2, "source": [0], "target": [1], "level": np.array([0, 2**32 + 1])}, "whole numbers below 2"),
        ({"nodes": 2, "source": [0], "target": [1], "level": [0, np.nan]}, "whole numbers below 2"),
        ({"nodes": 2, "source": [0], "target": [1], "names": ["a"]}, "names: expected 2, got 1"),
    ],
)
def test_what_is_wrong_is_named(given_: dict[str, object], message: str) -> None:
    with pytest.raises(GraphError, match=message):
        from_edges(**given_)  # type: ignore[arg-type]


def test_networkx_multigraphs_and_words_for_weights_are_refused() -> None:
    with pytest.raises(GraphError, match="got a multigraph: merge"):
        from_networkx(networkx.MultiGraph([(0, 1), (0, 1)]))
    with pytest.raises(GraphError, match="expected numbers"):
        from_networkx(networkx.Graph([(0, 1, {"weight": "heavy"})]))
    half = networkx.Graph([("a", "b", {"weight": 3.0}), ("b", "c")])
    assert from_networkx(half).values.tolist() == [3.0, 3.0, 1.0, 1.0]
    assert from_networkx(half, None).weight is None
