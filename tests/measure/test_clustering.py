"""Clustering of every kind: textbook values, and the same numbers as networkx and igraph where definitions agree."""

from __future__ import annotations

import igraph
import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.builders import layered
from graphgrow.measure.adjacency import Adjacency, from_edges, of
from graphgrow.measure.clustering import (
    Pattern,
    Weighting,
    directed_clustering,
    local_clustering,
    mean_clustering,
    square_clustering,
    transitivity,
    triangles,
    weighted_clustering,
)
from graphgrow.measure.convert import from_networkx

NODES = 8
pairs = st.sets(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=50)
FEATURES = {
    "karate": (networkx.karate_club_graph, 34, 78, 0.570638, 0.255682),
    "Les Miserables": (networkx.les_miserables_graph, 77, 254, 0.573137, 0.498932),
    "Florentine": (networkx.florentine_families_graph, 15, 20, 0.16, 0.191489),
    "Petersen": (networkx.petersen_graph, 10, 15, 0.0, 0.0),
}


def digraph(edges: set[tuple[int, int]]) -> networkx.DiGraph:
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(NODES))
    graph.add_edges_from(sorted(edges))
    return graph


def listed(found: dict[int, float]) -> Array:
    return np.array([found[node] for node in range(len(found))])


def plain(graph: networkx.DiGraph) -> networkx.Graph:
    """Its undirected graph without loops."""
    made = networkx.Graph(graph.to_undirected())
    made.remove_edges_from(list(networkx.selfloop_edges(made)))
    return made


@pytest.mark.parametrize("name", FEATURES)
def test_textbook_networks(name: str) -> None:
    make, nodes, edges, mean, whole = FEATURES[name]
    graph = from_networkx(make(), None)
    assert (graph.nodes, graph.edges) == (nodes, edges)
    assert mean_clustering(graph) == pytest.approx(mean, abs=5e-7)
    assert transitivity(graph) == pytest.approx(whole, abs=5e-7)


def test_ring_lattice() -> None:
    ring = from_networkx(networkx.circulant_graph(1000, range(1, 6)))
    assert mean_clustering(ring) == pytest.approx(2 / 3, rel=1e-12)
    assert transitivity(ring) == pytest.approx(2 / 3, rel=1e-12)


@given(pairs)
def test_triangles_and_shares_are_networkx_own(edges: set[tuple[int, int]]) -> None:
    graph = digraph(edges)
    made, bones = from_networkx(graph), plain(graph)
    assert triangles(made).tolist() == listed(networkx.triangles(bones)).tolist()
    assert local_clustering(made) == pytest.approx(listed(networkx.clustering(bones)))
    assert mean_clustering(made) == pytest.approx(networkx.average_clustering(bones))
    assert transitivity(made) == pytest.approx(networkx.transitivity(bones))


@given(pairs)
def test_shares_are_igraphs_own(edges: set[tuple[int, int]]) -> None:
    bones = plain(digraph(edges))
    theirs = igraph.Graph(n=NODES, edges=list(bones.edges))
    made = from_networkx(bones)
    assert local_clustering(made) == pytest.approx(np.array(theirs.transitivity_local_undirected(mode="zero")))
    whole = theirs.transitivity_undirected()
    assert transitivity(made) == pytest.approx(0.0 if np.isnan(whole) else whole)


def test_dense_and_sparse_graphs_are_counted_alike() -> None:
    from graphgrow.measure.kernels.triangles import counts, dense_counts
    from graphgrow.measure.triads import oriented

    rng = np.random.default_rng(0)
    for nodes, share in ((1, 0.0), (63, 1.0), (64, 0.5), (65, 0.9), (200, 0.05), (130, 1.0)):
        graph = from_edges(nodes, *np.argwhere(np.triu(rng.random((nodes, nodes)) < share, 1)).T, directed=False)
        rows = oriented(graph)
        by_lists = rows.by_node(counts(rows.starts, rows.later))
        assert by_lists.tolist() == dense_counts(graph.pointer, graph.other).tolist() == triangles(graph).tolist()
        assert share < 1 or (by_lists == (nodes - 1) * (nodes - 2) // 2).all()


def test_transitivity_without_pairs_of_edges_is_0_as_in_networkx_and_undefined_in_igraph() -> None:
    assert transitivity(from_edges(2, [0], [1])) == networkx.transitivity(networkx.path_graph(2)) == 0
    assert np.isnan(igraph.Graph(n=2, edges=[(0, 1)]).transitivity_undirected())


@given(pairs)
def test_squares_are_networkx_own(edges: set[tuple[int, int]]) -> None:
    graph = digraph(edges)
    made = from_networkx(graph)
    assert square_clustering(made) == pytest.approx(listed(networkx.square_clustering(plain(graph))))


def dense_layers() -> Adjacency:
    return of(layered([10, 20, 20, 5], 1.0, np.random.default_rng(0)))


def test_layers_have_squares_and_no_triangles() -> None:
    graph = dense_layers()
    assert square_clustering(graph).mean() == pytest.approx(0.922118, abs=5e-7)
    assert not local_clustering(graph).any()
    assert not np.nan_to_num(directed_clustering(graph, Pattern.ALL)).any()


def test_squares_of_some_rows() -> None:
    graph = from_networkx(networkx.karate_club_graph())
    rows = [33, 0, 5]
    assert square_clustering(graph, rows).tolist() == square_clustering(graph)[rows].tolist()
    assert square_clustering(graph, []).size == 0
    with pytest.raises(GraphError, match=r"rows: expected nodes from 0 to 33, got 0\.\.34"):
        square_clustering(graph, [0, 34])


@pytest.mark.parametrize("nodes", [0, 1, 3])
@pytest.mark.parametrize("directed", [True, False])
def test_graphs_without_edges(nodes: int, directed: bool) -> None:
    bare = from_edges(nodes, [], [], directed=directed)
    assert (
        triangles(bare).tolist() == local_clustering(bare).tolist() == square_clustering(bare).tolist() == [0] * nodes
    )
    assert np.isnan(mean_clustering(bare)) == (nodes == 0)
    assert transitivity(bare) == 0
    assert np.isnan(directed_clustering(bare, Pattern.ALL)).all()
    assert not weighted_clustering(bare, Weighting.ONNELA).any()
    assert np.isnan(weighted_clustering(bare, Weighting.BARRAT)).all()


def test_loops_and_pieces() -> None:
    graph = from_edges(7, [0, 0, 0, 1, 3, 3, 4], [0, 1, 2, 2, 3, 4, 5])
    assert triangles(graph).tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert directed_clustering(graph, Pattern.OUT)[0] == 0.5
