"""Spectra against networkx, numpy and closed forms."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphgrow.errors import GraphError
from graphgrow.graph.builders import from_dense, layered
from graphgrow.graph.graph import Graph
from graphgrow.measure import eigenvalues
from graphgrow.measure.adjacency import from_edges, of
from graphgrow.measure.convert import from_networkx
from graphgrow.measure.eigenvalues import adjacency_radius, algebraic_connectivity, block_spectra, laplacian_spectrum
from graphgrow.measure.spectra import fiedler
from tests.strategies import graphs

EMPTY, SINGLE = from_edges(0, [], []), from_edges(1, [], [])

random_graphs = st.builds(
    nx.gnp_random_graph, st.integers(0, 14), st.sampled_from([0.05, 0.2, 0.6]), st.integers(0, 2**31), st.booleans()
)


@given(random_graphs)
def test_the_whole_spectrum_is_networkxs(other: nx.Graph) -> None:
    found = laplacian_spectrum(from_networkx(other))
    skeleton = nx.Graph(other)
    if other:
        wanted = np.linalg.eigvalsh(nx.normalized_laplacian_matrix(skeleton).toarray())
        np.testing.assert_allclose(found.values, wanted, atol=1e-7)
    assert found.components == nx.number_connected_components(skeleton)
    assert found.components == int((found.values < 1e-9).sum())
    assert found.whole
    assert (found.gap > 0) == (found.components == 1) or other.number_of_nodes() < 2


@given(random_graphs)
def test_algebraic_connectivity_is_networkxs(other: nx.Graph) -> None:
    if other.number_of_nodes() < 2:
        with pytest.raises(GraphError, match="two nodes or more"):
            algebraic_connectivity(from_networkx(other))
        return
    wanted = nx.algebraic_connectivity(nx.Graph(other), method="tracemin_lu", seed=1, tol=1e-12)
    np.testing.assert_allclose(algebraic_connectivity(from_networkx(other)), wanted, atol=1e-7)


def test_networkx_calls_the_unnormalised_one_algebraic_connectivity_and_the_gap_is_fiedlers() -> None:
    graph = layered([8, 9, 7], 0.6, np.random.default_rng(0))
    skeleton = nx.Graph(list(zip(graph.wiring.source.tolist(), graph.wiring.target.tolist(), strict=True)))
    plain, normal = (nx.algebraic_connectivity(skeleton, normalized=flag, seed=1) for flag in (False, True))
    assert plain > 1.2 * normal
    assert algebraic_connectivity(of(graph)) == pytest.approx(plain, rel=1e-6)
    assert laplacian_spectrum(of(graph)).gap == pytest.approx(normal, rel=1e-6)
    assert laplacian_spectrum(of(graph)).gap == pytest.approx(fiedler(graph.wiring).value, rel=1e-9)


@pytest.mark.parametrize("nodes", [2, 5, 12])
def test_closed_forms(nodes: int) -> None:
    complete = laplacian_spectrum(from_networkx(nx.complete_graph(nodes)))
    np.testing.assert_allclose(complete.values, [0, *[nodes / (nodes - 1)] * (nodes - 1)], atol=1e-12)
    assert algebraic_connectivity(from_networkx(nx.complete_graph(nodes))) == pytest.approx(nodes)
    path = from_networkx(nx.path_graph(nodes))
    assert algebraic_connectivity(path) == pytest.approx(2 - 2 * np.cos(np.pi / nodes))
    assert laplacian_spectrum(path).largest == pytest.approx(2)


@settings(max_examples=15)
@given(st.integers(0, 2**31), st.sampled_from([0.03, 0.08, 0.3]), st.integers(1, 3))
def test_both_ends_of_a_large_spectrum(seed: int, density: float, ends: int) -> None:
    other = nx.gnp_random_graph(60, density, seed=seed)
    graph = from_networkx(other)
    whole, found = laplacian_spectrum(graph), laplacian_spectrum(graph, exact=10, ends=ends)
    assert not found.whole
    assert found.components == whole.components == nx.number_connected_components(other)
    assert found.gap == pytest.approx(whole.gap, abs=1e-7)
    assert found.largest == pytest.approx(whole.largest, abs=1e-7)
    # Everything that was found is an eigenvalue.
    assert np.abs(found.values[:, None] - whole.values).min(axis=1).max() < 1e-6
    assert algebraic_connectivity(graph, exact=10) == pytest.approx(algebraic_connectivity(graph), abs=1e-6)


def test_no_convergence_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eigenvalues, "ROUNDS", 1)
    path = from_networkx(nx.path_graph(400))
    for asked in (laplacian_spectrum, algebraic_connectivity):
        with pytest.raises(GraphError, match="no convergence to 1e-08 on 400 nodes: raise the tolerance"):
            asked(path, exact=10)


@given(random_graphs)
def test_the_radius_is_numpys(other: nx.Graph) -> None:
    matrix = nx.to_numpy_array(other) if other else np.zeros((1, 1))
    wanted = np.abs(np.linalg.eigvals(matrix)).max()
    # Defective eigenvalues of 0 come out of a dense matrix as large as the root of rounding.
    np.testing.assert_allclose(adjacency_radius(from_networkx(other)), wanted, atol=5e-2 if wanted < 0.1 else 1e-7)


def test_a_network_has_radius_zero_whatever_its_weights() -> None:
    graph = of(layered([9, 9, 9, 9], 1.0, np.random.default_rng(0)))
    assert adjacency_radius(graph) == 0
    assert adjacency_radius(from_edges(3, [0, 1, 2], [1, 2, 0], [2.0, 2.0, 2.0])) == pytest.approx(2)
    assert adjacency_radius(from_edges(2, [0, 0], [0, 1], [-3.0, 1.0])) == 3


@given(graphs(dtypes=(np.float64,)))
def test_singular_values_of_blocks(graph: Graph) -> None:
    graph = graph.with_weights(np.clip(graph.weight, -1e3, 1e3), graph.bias)
    full = np.zeros((graph.neurons, graph.neurons))
    full[graph.wiring.target, graph.wiring.source] = graph.weight
    for block in block_spectra(of(graph)):
        held = full[graph.wiring.level == block.target_level][:, graph.wiring.level == block.source_level]
        assert held.shape == (block.rows, block.columns)
        wanted = np.linalg.svd(held, compute_uv=False)
        np.testing.assert_allclose(block.values, wanted, atol=1e-9 * max(1, wanted[0]))
        if wanted[0] > 0:
            assert block.stable_rank == pytest.approx((held**2).sum() / wanted[0] ** 2)
            assert 1 - 1e-9 <= block.stable_rank <= np.linalg.matrix_rank(held) + 1e-9
            assert block.effective_rank is not None
            assert 1 - 1e-9 <= block.effective_rank <= np.linalg.matrix_rank(held) + 1e-9


def test_ranks_that_are_known() -> None:
    orthogonal = np.linalg.qr(np.random.default_rng(0).normal(size=(6, 6)))[0]
    one = np.outer(np.arange(1.0, 7), np.arange(1.0, 7))
    first, second = block_spectra(of(from_dense([orthogonal, one])))
    assert (first.stable_rank, first.effective_rank) == (pytest.approx(6), pytest.approx(6))
    assert (second.stable_rank, second.effective_rank) == (pytest.approx(1), pytest.approx(1))


def test_large_blocks_have_their_largest_value() -> None:
    graph = of(layered([40, 50], 0.4, np.random.default_rng(0)))
    (whole,), (found,) = block_spectra(graph), block_spectra(graph, exact=20)
    np.testing.assert_allclose(found.values, whole.values[:1], rtol=1e-8)
    assert found.stable_rank == pytest.approx(whole.stable_rank)
    assert (found.effective_rank is None, whole.values.size) == (True, 40)


def test_random_restarts_draw_the_same_every_time() -> None:
    """ARPACK draws anew where a graph has few eigenvalues, by default from the system's entropy."""
    levels = [0] * 12 + [1] * 12
    matching = from_edges(24, range(12), range(12, 24), np.ones(12), level=levels)
    assert len({float(block_spectra(matching, exact=3)[0].values[0]) for _ in range(12)}) == 1


def test_large_blocks_whose_weights_cancel_or_are_zero() -> None:
    ends = np.repeat(np.arange(6), 6), np.tile(np.arange(6, 12), 6)
    levels = [0] * 6 + [1] * 6
    for signs in (np.tile([1.0, -1.0], 18), np.repeat([1.0, -1.0] * 3, 6)):
        block = block_spectra(from_edges(12, *ends, signs, level=levels), exact=3)[0]
        assert block.values == pytest.approx(6)
    (dead,) = block_spectra(from_edges(12, *ends, np.zeros(36), level=levels), exact=3)
    assert (dead.values.tolist(), dead.stable_rank, dead.effective_rank) == ([0], 0, None)


@pytest.mark.parametrize("size", [1e-200, 1e200, 5e-324])
def test_ranks_do_not_depend_on_the_size_of_weights(size: float) -> None:
    (block,) = block_spectra(from_edges(4, [0, 0, 1, 1], [2, 3, 2, 3], np.array([1.0, 2.0, 3.0, 6.0]) * size))
    assert (block.stable_rank, block.effective_rank) == (pytest.approx(1), pytest.approx(1))
    assert block.values[0] == pytest.approx(np.sqrt(50) * size, rel=0.1)


def test_a_large_graph_without_edges_has_zeros_alone() -> None:
    found = laplacian_spectrum(from_edges(50, [], []), exact=10)
    assert (found.values.tolist(), found.components, found.whole) == ([0] * 50, 50, True)


def test_strange_graphs() -> None:
    assert (laplacian_spectrum(EMPTY).values.size, laplacian_spectrum(EMPTY).components) == (0, 0)
    assert np.isnan(laplacian_spectrum(EMPTY).largest)
    assert laplacian_spectrum(SINGLE).values.tolist() == [0]
    assert np.isnan(laplacian_spectrum(SINGLE).gap)
    assert laplacian_spectrum(from_edges(2, [0], [0])).values.tolist() == [0, 0]
    assert laplacian_spectrum(SINGLE, exact=0).whole
    assert algebraic_connectivity(from_edges(2, [0], [1]), exact=0) == pytest.approx(2)
    assert algebraic_connectivity(from_edges(3, [0], [1])) == 0
    assert adjacency_radius(EMPTY) == adjacency_radius(from_edges(0, [], [], directed=False)) == 0
    assert block_spectra(EMPTY) == ()
    dead = block_spectra(from_edges(3, [0, 0], [1, 2], [0.0, 0.0]))[0]
    assert (dead.values.tolist(), dead.stable_rank, dead.effective_rank) == ([0], 0, 0)
    with pytest.raises(GraphError, match="expected a directed graph without cycle"):
        block_spectra(from_edges(2, [0, 1], [1, 0]))
