"""Fiedler values and cuts against the textbook."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given

from graphgrow.errors import GraphError
from graphgrow.graph.builders import from_edges, layered
from graphgrow.graph.graph import Graph
from graphgrow.graph.wiring import Wiring
from graphgrow.measure import spectra
from graphgrow.measure.spectra import fiedler
from tests.strategies import graphs


def of(other: nx.Graph) -> Wiring:
    """A wiring whose skeleton is the given graph: every node on a level of its own."""
    source, target = zip(*(sorted(edge) for edge in other.edges), strict=True)
    return from_edges(np.arange(other.number_of_nodes()), source, target, np.ones(len(source))).wiring


@pytest.mark.parametrize("clique", [4, 9, 200])
def test_a_barbell_falls_into_its_bells(clique: int) -> None:
    found = fiedler(of(nx.barbell_graph(clique, 0)))
    assert set(found.side[:clique].tolist()) == {-found.side[-1]}
    assert set(found.side[clique:].tolist()) == {found.side[-1]}
    assert 0 < found.value < 0.2
    crossing = found.crosses(np.array([clique - 1, 0]), np.array([clique, 1]))
    assert crossing.tolist() == [True, False]


@pytest.mark.parametrize("nodes", [2, 3, 10, 300])
def test_a_path(nodes: int) -> None:
    found = fiedler(of(nx.path_graph(nodes)))
    np.testing.assert_allclose(found.value, 1 - np.cos(np.pi / (nodes - 1)), atol=1e-7)
    assert np.linalg.norm(found.vector) == pytest.approx(1)
    if nodes % 2:
        assert found.side[nodes // 2] == 0
    assert found.side[0] == -found.side[-1] != 0


@pytest.mark.parametrize(
    ("other", "value"),
    [
        (nx.complete_graph(7), 7 / 6),
        (nx.complete_bipartite_graph(4, 6), 1.0),
        (nx.cycle_graph(8), 1 - np.cos(np.pi / 4)),
        (nx.disjoint_union(nx.complete_graph(4), nx.path_graph(3)), 0.0),
    ],
    ids=["complete", "bipartite", "cycle", "pieces"],
)
def test_known_values(other: nx.Graph, value: float) -> None:
    np.testing.assert_allclose(fiedler(of(other)).value, value, atol=1e-12)


def test_pieces_fall_apart_first() -> None:
    found = fiedler(of(nx.disjoint_union(nx.complete_graph(4), nx.path_graph(3))))
    assert set(found.side[:4].tolist()) == {-found.side[-1]}
    assert len(set(found.side[4:].tolist())) == 1


@given(graphs(dtypes=(np.float64,)))
def test_as_networkx_counts_it(graph: Graph) -> None:
    weight = np.abs(np.clip(graph.weight, -2, 2)) + 0.1
    other = nx.Graph()
    ends = zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), weight.tolist(), strict=True)
    other.add_weighted_edges_from(ends)
    assume(other.number_of_nodes() >= 2)
    values = np.linalg.eigvalsh(nx.normalized_laplacian_matrix(other).toarray())
    found = fiedler(graph.wiring, -weight)
    np.testing.assert_allclose(found.value, max(values[1], 0), atol=1e-9)
    # A random walk on the skeleton shrinks the vector by 1 - value a step.
    matrix = np.zeros((graph.neurons, graph.neurons))
    matrix[graph.wiring.target, graph.wiring.source] = weight
    matrix += matrix.T
    walk = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-300)
    np.testing.assert_allclose(walk @ found.vector, (1 - found.value) * found.vector, atol=1e-8)
    assert (found.vector[(graph.wiring.fan_in + graph.wiring.fan_out) == 0] == 0).all()


def test_the_iteration_agrees_with_the_dense_way(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring = layered([40, 60, 60, 10], 0.1, np.random.default_rng(1)).wiring
    dense = fiedler(wiring)
    monkeypatch.setattr(spectra, "DENSE", 1)
    iterated, again = fiedler(wiring), fiedler(wiring)
    np.testing.assert_allclose(iterated.value, dense.value, rtol=1e-6)
    np.testing.assert_allclose(iterated.vector, dense.vector, atol=1e-5)
    np.testing.assert_array_equal(iterated.vector, again.vector)


def test_what_it_refuses() -> None:
    wiring = of(nx.path_graph(3))
    for weight in (np.ones(3), np.array([1.0, np.nan])):
        with pytest.raises(GraphError, match="expected 2 finite weights"):
            fiedler(wiring, weight)
    with pytest.raises(GraphError, match="at least two neurons with edges"):
        fiedler(wiring, np.zeros(2))
    with pytest.raises(GraphError, match="at least two neurons with edges"):
        fiedler(from_edges([0, 1], [], [], []).wiring)
