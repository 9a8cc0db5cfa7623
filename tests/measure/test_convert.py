"""Any graph to other libraries and back, and in from elsewhere."""

from __future__ import annotations

from typing import Any

import igraph
import networkx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import GraphError
from graphgrow.graph.builders import braess_diamond
from graphgrow.graph.interop import to_scipy as network_to_scipy
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.convert import (
    from_igraph,
    from_networkx,
    from_scipy,
    to_igraph,
    to_networkx,
    to_scipy,
)
from tests.strategies import graphs


@st.composite
def adjacencies(draw: st.DrawFn) -> Adjacency:
    """Directed and undirected graphs with loops, with or without weights, zeros among them, and names."""
    nodes = draw(st.integers(0, 8))
    directed, weighted, named = (draw(st.booleans()) for _ in range(3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    there = rng.random((nodes, nodes)) < draw(st.sampled_from([0.0, 0.3, 1.0]))
    source, target = np.nonzero(there if directed else np.triu(there))
    weight = rng.choice([0.0, -1.5, 2.0, 1e-300], source.size) if weighted and source.size else None
    return from_edges(
        nodes, source, target, weight, directed, names=[f"n{row}" for row in range(nodes)] if named else None
    )


def same(first: Adjacency, second: Adjacency, names: bool = True) -> bool:
    weights = [graph.weight.tolist() if graph.weight is not None and graph.edges else None for graph in (first, second)]
    known = [list(range(graph.nodes)) if graph.names is None else list(graph.names) for graph in (first, second)]
    return (
        first.pointer.tolist() == second.pointer.tolist()
        and first.other.tolist() == second.other.tolist()
        and first.directed == second.directed
        and weights[0] == weights[1]
        and (known[0] == known[1] or not names)
    )


@given(adjacencies())
def test_there_and_back(graph: Adjacency) -> None:
    assert same(from_networkx(to_networkx(graph)), graph)
    assert same(from_igraph(to_igraph(graph)), graph)
    assert same(from_scipy(to_scipy(graph), graph.directed, graph.weight is not None), graph, names=False)


@given(graphs())
def test_levels_travel(graph: Any) -> None:
    seen = of(graph)
    for made in (from_networkx(to_networkx(seen), level="level"), from_igraph(to_igraph(seen), level="level")):
        assert same(made, seen)
        assert made.level is not None
        assert made.level.tolist() == graph.wiring.level.tolist()
    assert from_networkx(to_networkx(seen)).level is None


def test_rows_are_sources() -> None:
    matrix = np.array([[0, 2.0], [0, 0]])
    assert from_scipy(matrix).row.tolist() == [0]
    assert from_scipy(matrix).other.tolist() == [1]
    network = braess_diamond()
    assert same(from_scipy(network_to_scipy(network).T), of(network), names=False)


def test_a_matrix_of_ones_and_zeros_stored() -> None:
    stored = scipy.sparse.csr_array(([0.0, 1.0], [1, 0], [0, 1, 2]), shape=(2, 2))
    assert from_scipy(stored).edges == 2
    assert from_scipy(stored, weighted=False).weight is None
    copy = to_scipy(from_scipy(stored))
    copy.data[:] = 7
    assert from_scipy(stored).values.tolist() == [0.0, 1.0]


def test_igraph_without_names_or_weights() -> None:
    ring = from_igraph(igraph.Graph.Ring(5))
    assert (ring.directed, ring.edges, ring.names, ring.weight) == (False, 5, None, None)
    heavy = igraph.Graph([(0, 1), (1, 2)], edge_attrs={"cost": [2, None]})
    assert from_igraph(heavy, "cost").values.tolist() == [2, 2, 1, 1]
    assert from_igraph(heavy, None).weight is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: from_igraph(igraph.Graph([(0, 1), (0, 1)])), "parallel edges"),
        (lambda: from_igraph(igraph.Graph([(0, 1)], edge_attrs={"weight": ["heavy"]})), "expected numbers"),
        (lambda: from_igraph(igraph.Graph([(0, 1)]), level="level"), "node 0 has None"),
        (lambda: from_networkx(networkx.path_graph(2), level="level"), "node 0 has None"),
        (lambda: from_scipy(np.ones((2, 3))), "square"),
        (lambda: from_scipy(np.array([["a"]])), "real square"),
        (lambda: from_scipy(np.array([[0, 1.0], [0, 0]]), directed=False), "symmetric"),
        (lambda: from_scipy(np.array([[0, 1.0], [2, 0]]), directed=False), "symmetric"),
        (lambda: from_scipy(np.array([[np.nan]])), "not finite"),
        (lambda: from_scipy(scipy.sparse.coo_array(([1, 1], ([0, 0], [1, 1])), shape=(2, 2))), "given twice"),
    ],
)
def test_what_cannot_be_read(make: Any, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        make()


def test_odd_input_is_one_of_our_errors() -> None:
    huge = networkx.DiGraph()
    huge.add_edge(0, 1, weight=10**400)
    twins = igraph.Graph(3, [(0, 1), (1, 2)])
    twins.vs["name"] = ["a", "a", "b"]
    for convert, odd, message in (
        (from_networkx, huge, "expected numbers"),
        (from_networkx, None, "expected a networkx graph, got NoneType"),
        (from_igraph, networkx.Graph(), "expected an igraph.Graph, got Graph"),
        (from_igraph, twins, "two nodes are called the same"),
        (from_scipy, [[0, 1], [1]], "rows of unequal length"),
    ):
        with pytest.raises(GraphError, match=message):
            convert(odd)
