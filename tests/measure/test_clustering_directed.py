"""Clustering with directions and weights: the papers' formulas, and networkx and igraph where they have them."""

from __future__ import annotations

import igraph
import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.measure.adjacency import from_edges
from graphgrow.measure.clustering import (
    Pattern,
    Weighting,
    directed_clustering,
    directed_patterns,
    local_clustering,
    weighted_clustering,
)
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.katz import EdgeValue

NODES = 8
pairs = st.sets(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=50)
rising = st.sets(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda edge: edge[0] < edge[1]), max_size=28
)


def digraph(edges: set[tuple[int, int]], weights: bool = False) -> networkx.DiGraph:
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(NODES))
    graph.add_edges_from(sorted(edges))
    if weights:
        for at, edge in enumerate(graph.edges):
            graph.edges[edge]["weight"] = (at * 7 % 11 + 1) / 4
    return graph


def listed(found: dict[int, float]) -> Array:
    return np.array([found[node] for node in range(len(found))])


def dense_patterns(matrix: Array, weight: Array | None = None) -> dict[Pattern, Array]:
    """Table 1 of Fagiolo 2007 with matrices; with weights the formulas of Clemente and Grassi 2018, section 3."""
    a, w = matrix, matrix if weight is None else weight
    degree_in, degree_out = a.sum(0), a.sum(1)
    strong_in, strong_out = np.diag(a.T @ w), np.diag(a @ w.T)
    both = np.diag(w @ a + a @ w) / 2
    through = (strong_in * degree_out + strong_out * degree_in) / 2 - both
    total = (w + w.T) @ (a + a.T) @ (a + a.T)
    shares = {
        Pattern.CYCLE: (w @ a @ a + w.T @ a.T @ a.T, through),
        Pattern.MIDDLEMAN: (w.T @ a @ a.T + w @ a.T @ a, through),
        Pattern.IN: (w.T @ (a + a.T) @ a, strong_in * (degree_in - 1)),
        Pattern.OUT: (w @ (a + a.T) @ a.T, strong_out * (degree_out - 1)),
        Pattern.ALL: (total, (strong_in + strong_out) * (degree_in + degree_out - 1) - 2 * both),
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        return {name: np.where(most > 0, np.diag(found) / 2 / most, np.nan) for name, (found, most) in shares.items()}


def matrices(graph: networkx.DiGraph) -> tuple[Array, Array]:
    weight = networkx.to_numpy_array(graph)
    joined = networkx.to_numpy_array(graph, weight=None)
    for each in (weight, joined):
        np.fill_diagonal(each, 0)
    return joined, weight


@given(pairs)
def test_directed_patterns_are_the_papers(edges: set[tuple[int, int]]) -> None:
    graph = digraph(edges)
    made, wanted = from_networkx(graph), dense_patterns(matrices(graph)[0])
    for pattern in Pattern:
        assert np.array_equal(directed_clustering(made, pattern), wanted[pattern], equal_nan=True), pattern


@given(pairs)
def test_all_patterns_together_are_networkx_own(edges: set[tuple[int, int]]) -> None:
    graph = digraph(edges)
    found = directed_clustering(from_networkx(graph), Pattern.ALL)
    assert np.nan_to_num(found) == pytest.approx(listed(networkx.clustering(graph)))


def test_networkx_has_0_where_the_degrees_allow_no_triangle() -> None:
    graph = networkx.DiGraph([(0, 1)])
    assert networkx.clustering(graph) == {0: 0, 1: 0}
    assert np.isnan(directed_clustering(from_networkx(graph), Pattern.ALL)).all()


@given(rising)
def test_without_cycles_all_patterns_are_half_the_undirected_share(edges: set[tuple[int, int]]) -> None:
    made = from_networkx(digraph(edges))
    found = directed_patterns(made)
    assert np.nan_to_num(found[Pattern.ALL]) == pytest.approx(local_clustering(made) / 2)
    assert not np.nan_to_num(found[Pattern.CYCLE]).any()
    assert (np.nan_to_num(found[Pattern.ALL]) <= 0.5).all()


def test_an_undirected_graph_has_every_pattern_alike() -> None:
    graph = from_networkx(networkx.karate_club_graph())
    for found in directed_patterns(graph).values():
        joined = graph.degree > 1
        assert found[joined] == pytest.approx(local_clustering(graph)[joined])
        assert np.isnan(found[~joined]).all()


@given(pairs)
def test_onnela_is_networkx_own(edges: set[tuple[int, int]]) -> None:
    graph = digraph(edges, weights=True)
    made = weighted_clustering(from_networkx(graph), Weighting.ONNELA)
    assert made == pytest.approx(listed(networkx.clustering(graph, weight="weight")))
    bones = networkx.Graph(graph)
    made = weighted_clustering(from_networkx(bones), Weighting.ONNELA)
    assert made == pytest.approx(listed(networkx.clustering(bones, weight="weight")))


def test_onnela_with_signs_is_networkx_own_and_without_them_is_not() -> None:
    graph = networkx.cycle_graph(3)
    graph.add_edge(0, 1, weight=-1)
    graph.add_edge(3, 0, weight=0)
    made = from_networkx(graph)
    theirs = listed(networkx.clustering(graph, weight="weight"))
    assert theirs[0] == pytest.approx(-1 / 3)
    assert weighted_clustering(made, Weighting.ONNELA, value=EdgeValue.SIGNED) == pytest.approx(theirs)
    assert weighted_clustering(made, Weighting.ONNELA)[0] == pytest.approx(1 / 3)


@given(pairs)
def test_barrat_is_igraphs_own(edges: set[tuple[int, int]]) -> None:
    graph = digraph(edges, weights=True)
    graph.remove_edges_from(list(networkx.selfloop_edges(graph)))
    theirs = igraph.Graph(n=NODES, edges=list(graph.edges), directed=True)
    theirs.es["weight"] = [data["weight"] for _, _, data in graph.edges(data=True)]
    theirs.to_undirected(combine_edges="sum")
    wanted = np.array(theirs.transitivity_local_undirected(weights="weight"))
    assert weighted_clustering(from_networkx(graph), Weighting.BARRAT) == pytest.approx(wanted, nan_ok=True)


@given(pairs)
def test_clemente_grassi_is_the_papers(edges: set[tuple[int, int]]) -> None:
    graph = digraph(edges, weights=True)
    made, wanted = from_networkx(graph), dense_patterns(*matrices(graph))
    for pattern in Pattern:
        found = weighted_clustering(made, Weighting.CLEMENTE_GRASSI, pattern)
        assert found == pytest.approx(wanted[pattern], nan_ok=True), pattern


@given(rising)
def test_without_cycles_clemente_grassi_is_half_of_barrat(edges: set[tuple[int, int]]) -> None:
    made = from_networkx(digraph(edges, weights=True))
    half = weighted_clustering(made, Weighting.BARRAT) / 2
    assert weighted_clustering(made, Weighting.CLEMENTE_GRASSI) == pytest.approx(half, nan_ok=True)


def test_on_an_undirected_graph_clemente_grassi_is_barrat() -> None:
    graph = from_networkx(networkx.les_miserables_graph())
    found = [weighted_clustering(graph, each) for each in (Weighting.BARRAT, Weighting.CLEMENTE_GRASSI)]
    assert found[0] == pytest.approx(found[1], nan_ok=True)


@pytest.mark.parametrize("weighting", Weighting)
@pytest.mark.parametrize("undirected", [True, False])
def test_scaled_weights_change_nothing(weighting: Weighting, undirected: bool) -> None:
    rng = np.random.default_rng(3)
    edges = np.argwhere(np.triu(rng.random((20, 20)) < 0.4, 1))
    weight = rng.normal(size=len(edges))
    one, other = (from_edges(20, *edges.T, each, directed=not undirected) for each in (weight, 37.5 * weight))
    assert weighted_clustering(one, weighting) == pytest.approx(weighted_clustering(other, weighting), nan_ok=True)


@pytest.mark.parametrize("weighting", Weighting)
def test_equal_weights_give_the_unweighted_share(weighting: Weighting) -> None:
    edges = np.argwhere(np.triu(np.random.default_rng(3).random((20, 20)) < 0.4, 1))
    graph = from_edges(20, *edges.T, np.full(len(edges), -2.5), directed=False)
    assert np.nan_to_num(weighted_clustering(graph, weighting)) == pytest.approx(local_clustering(graph))
    alike = weighted_clustering(graph, weighting, value=EdgeValue.UNWEIGHTED)
    assert np.nan_to_num(alike) == pytest.approx(local_clustering(graph))


def test_what_weights_cannot_answer_is_named() -> None:
    signed = from_edges(3, [0, 0, 1], [1, 2, 2], [1.0, -2.0, 1.0])
    for weighting in (Weighting.BARRAT, Weighting.CLEMENTE_GRASSI):
        with pytest.raises(GraphError, match=r"edge 0 -> 2: weight -2\.0: .* use EdgeValue.ABSOLUTE"):
            weighted_clustering(signed, weighting, value=EdgeValue.SIGNED)
    with pytest.raises(GraphError, match="use CLEMENTE_GRASSI for directions"):
        weighted_clustering(signed, Weighting.BARRAT, Pattern.IN)


def test_weights_of_0_leave_nothing_to_share() -> None:
    dead = from_edges(4, [0, 0, 1, 2], [1, 2, 2, 3], [0.0] * 4)
    found = {each: weighted_clustering(dead, each) for each in Weighting}
    assert np.isnan(found[Weighting.BARRAT]).all()
    assert np.isnan(found[Weighting.CLEMENTE_GRASSI]).all()
    assert np.isnan(found[Weighting.ONNELA]).tolist() == [True, True, True, False]
    assert found[Weighting.ONNELA][3] == 0
